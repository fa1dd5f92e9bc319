"""A folder of results as pages: its numbers, the ROC curve by hover, errors by class, patients, its audit."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from markupsafe import Markup

from app.page.html_parts import care_box, heading, table_markup, tile
from app.page.runs.run_data import PREDICTIONS, Run, pages_of, read_audited, read_run, run_names, stamps_of
from app.page.session import settings
from cohort.audit.audited import Audited
from imaging.errors import shown
from report.measures.accuracy import patient_table
from report.trained.training_history import OPTIMISTIC

TILES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "auc": "AUC",
    "sensitivity": "sensitivity at 0.50",
    "specificity": "specificity at 0.50",
}
MOST_ROWS = 200  # of a table
ANY = "any"
CURVE: dict[str, Any] = {
    "height": 420,
    "layer": [
        {
            "data": {"values": [{"false": 0, "found": 0}, {"false": 100, "found": 100}]},
            "mark": {"type": "line", "strokeDash": [4, 4], "color": "#7d8790", "strokeWidth": 1},
        },
        {"mark": {"type": "line", "interpolate": "step-after", "color": "#0072b2", "strokeWidth": 2.5}},
        {
            "mark": {"type": "point", "filled": True, "color": "#0072b2"},
            "params": [{"name": "near", "select": {"type": "point", "on": "pointerover", "nearest": True}}],
            "encoding": {
                "size": {"condition": {"param": "near", "empty": False, "value": 160}, "value": 18},
                "tooltip": [
                    {"field": "threshold", "title": "threshold", "format": ".3f"},
                    {"field": "found", "title": "sensitivity, %", "format": ".1f"},
                    {"field": "specificity", "title": "specificity, %", "format": ".1f"},
                ],
            },
        },
    ],
    "encoding": {
        "x": {"field": "false", "type": "quantitative", "title": "1 − specificity (%)", "scale": {"domain": [0, 100]}},
        "y": {"field": "found", "type": "quantitative", "title": "sensitivity (%)", "scale": {"domain": [0, 100]}},
    },
    "config": {"axis": {"labelFontSize": 13, "titleFontSize": 14, "labelColor": "#1c2126", "titleColor": "#1c2126"}},
}


def show_runs() -> None:
    """Choose a run and look at it."""
    results = settings().results
    names = run_names(results)
    if not names:
        st.info("There are no runs here yet. At the terminal, `python pipeline.py demo` makes one, and so does `cv`.")
        return
    name = st.selectbox("Run", names, format_func=shown)
    if name not in names:  # no other text is ever made a path
        return
    folder = results / name
    if (folder / PREDICTIONS).is_file():
        _show_run(_read(str(folder), stamps_of(folder)))
    else:
        _show_audit(read_audited(folder))
    for words, page in pages_of(folder).items():
        file = f"{name}-{page.name}"
        st.download_button(words, page.read_bytes, file, "text/html", icon=":material/download:", on_click="ignore")


def _show_run(run: Run) -> None:
    """All that there is to a cross-validation."""
    if run.out_of_fold.is_optimistic or run.numbers.get("selected_on_test"):
        st.html(care_box(OPTIMISTIC))
    _show_numbers(run)
    _show_roc(run)
    _show_errors(run)
    _show_patients(run)
    _show_audit(run.audited)


@st.cache_resource(max_entries=4, show_spinner="reading the run")
def _read(folder: str, stamps: Sequence[int]) -> Run:
    return read_run(Path(folder))


def _show_numbers(run: Run) -> None:
    """The measures over all images."""
    fusion = run.out_of_fold
    tiles = [tile(words, _ends(run.numbers.get(key)), key) for key, words in TILES.items() if run.numbers.get(key)]
    about = f"{len(fusion.label)} images of {len(fusion.classes)} classes, each answered by models that never saw it"
    html = Markup('<div class="hb"><p>{}.</p><dl class="hb-tiles">{}</dl><p class="soft">{}</p></div>')
    st.html(html.format(about, Markup("").join(tiles), "Below each number its 95 % interval."))


def _ends(interval: Mapping[str, Any] | Any) -> tuple[float, float, float]:
    """An interval of numbers.json; what is no number there is NaN."""
    if not isinstance(interval, Mapping):
        return (float("nan"),) * 3
    ends = [interval.get(end) for end in ("value", "low", "high")]
    value, low, high = (float(end) if isinstance(end, int | float) else float("nan") for end in ends)
    return value, low, high


def _show_roc(run: Run) -> None:
    """The ROC curve, whose points say their threshold."""
    if not run.roc:
        return
    positive = " + ".join(run.out_of_fold.positive or ())
    st.html(heading(f"ROC curve: {shown(positive)} against the rest"))
    st.caption("Point at the curve to see the threshold, and the sensitivity and specificity that it gives.")
    described = {"description": f"ROC curve of {len(run.roc)} points: {shown(positive)} against the rest"}
    points = [{**point, "specificity": 100 - point["false"]} for point in run.roc]
    st.vega_lite_chart(points, CURVE | described, width="stretch", theme=None)


def _show_errors(run: Run) -> None:
    """The wrong answers, of one class or all."""
    classes = [ANY, *run.out_of_fold.classes]
    every = run.errors("", "")
    st.html(heading(f"{len(every)} wrong answers"))
    with st.container(horizontal=True):
        true = st.selectbox("True class", classes, format_func=shown)
        answered = st.selectbox("Answered", classes, format_func=shown)
    rows = run.errors("" if true == ANY else true, "" if answered == ANY else answered)
    if not rows:
        st.caption("None of this kind.")
        return
    more = f" The first {MOST_ROWS} of {len(rows)}." if len(rows) > MOST_ROWS else ""
    st.caption(f"The most certain first: those are the ones to learn from.{more}")
    st.html(table_markup("Wrong answers", rows[:MOST_ROWS]))


def _show_patients(run: Run) -> None:
    """How each patient fares."""
    st.html(heading("Patients"))
    table = patient_table(run.out_of_fold)
    if table is None:
        st.caption("No patient is known: if several images are of one, all numbers here are too good.")
        return
    rows = []
    for patient, row in table.head(MOST_ROWS).iterrows():
        right = f"{row['right']} of {row['images']}"
        rows.append({"patient": patient, "classes": row["classes"], "right": right, "mistakes": row["mistakes"]})
    more = f" The first {MOST_ROWS} of {len(table)}." if len(table) > MOST_ROWS else ""
    st.caption(f"Those with the most wrong answers first.{more}")
    st.html(table_markup("Patients", rows))


def _show_audit(audited: Audited | None) -> None:
    """Whether the classes can be told from how the images were made."""
    st.html(heading("How the images were made"))
    if audited is None:
        st.caption("This run has no audit; `python pipeline.py audit` makes one.")
        return
    telling = any(not probe.of_tissue for probe in audited.findings)
    items = Markup("").join(Markup("<li>{}</li>").format(line) for line in audited.sentences())
    verdict = audited.verdict[:1].upper() + audited.verdict[1:]
    html = Markup('<div class="hb{}"><p>{}.</p><ul>{}</ul></div>')
    st.html(html.format(" hb-care" if telling else "", verdict, items))
