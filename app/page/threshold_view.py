"""Where two classes are told apart: from which score on an image is called positive, and what that costs."""

from pathlib import Path

import streamlit as st
from markupsafe import Markup

from app.page.html_parts import tile
from app.work.bundle_facts import BundleFacts
from imaging.errors import shown
from workflow.where.threshold_slider import ThresholdPoint, ThresholdSlider

LEAST_PREVALENCE, MOST_PREVALENCE = 0.1, 99.0  # per cent


def show_threshold(facts: BundleFacts, folder: Path) -> float:
    """The slider with the four measures at it; the threshold chosen, or the bundle's where nothing is to choose.

    folder: that of the facts.
    """
    if not facts.positive:
        return facts.threshold
    slider = _slider(facts.digest, facts, folder)
    at_own = slider.at(facts.threshold)
    costs = f"sensitivity {100 * at_own.sensitivity.value:.0f} %, specificity {100 * at_own.specificity.value:.0f} %"
    with st.expander(f"When is an image called positive? At the models' own threshold: {costs}. Move it"):
        positive = " + ".join(map(shown, facts.positive))
        st.html(Markup('<div class="hb"><p>Positive means <b>{}</b>.</p></div>').format(positive))
        own = round(facts.threshold, 3)
        threshold = st.slider("Called positive from this score on", 0.0, 1.0, own, 0.005, format="%.3f")
        prevalence = st.number_input(
            "Of 100 images where you work, how many are positive?",
            LEAST_PREVALENCE,
            MOST_PREVALENCE,
            min(max(round(100 * slider.prevalence, 1), LEAST_PREVALENCE), MOST_PREVALENCE),
            format="%.1f",
            help=f"Among the training images they are {100 * slider.prevalence:.0f}, and elsewhere hardly ever so.",
        )
        if threshold == own:
            threshold = facts.threshold  # not rounded
        st.html(_point_markup(slider.at(threshold, prevalence / 100), slider, facts))
    return threshold


@st.cache_resource(max_entries=4)
def _slider(digest: str, _facts: BundleFacts, _folder: Path) -> ThresholdSlider:
    """Of the bundle of this digest."""
    return ThresholdSlider(_facts.read_out_of_fold(_folder), _facts.threshold, _facts.aim)


def _point_markup(point: ThresholdPoint, slider: ThresholdSlider, facts: BundleFacts) -> Markup:
    positives = point.true_positives + point.false_negatives
    negatives = point.true_negatives + point.false_positives
    measures = {
        "Sensitivity": (point.sensitivity, f"{point.false_negatives} of {positives} missed"),
        "Specificity": (point.specificity, f"{point.false_positives} of {negatives} false alarms"),
        "PPV": (point.positive_value, "of positive calls are right"),
        "NPV": (point.negative_value, "of negative calls are right"),
    }
    tiles = []
    for name, (interval, meaning) in measures.items():
        tiles.append(tile(name, (interval.value, interval.low, interval.high), meaning=meaning))
    own = f"The models' own threshold is {facts.threshold:.3f}, chosen for: {facts.aim}."
    return Markup('<div class="hb"><dl class="hb-tiles">{}</dl><p class="soft">{} {}</p></div>').format(
        Markup("").join(tiles), own, slider.sentence
    )
