"""The model card of a bundle: what it was trained on, how well it predicts, and what it is not for.

After Mitchell et al. 2019, arXiv:1810.03993.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from boost.bundle.facts import TRAINING, BundleFacts
from boost.bundle.voting import VotingRun
from boost.heads.choices import NETWORKS, find_head
from boost.heads.head import BALANCED
from boost.settings import BoostSettings
from featurize.encoders.sources.known_origins import UNKNOWN
from featurize.protocol import ADDED
from workflow.bundles.trained_card import network_in_words, run_in_words, warnings_of

if TYPE_CHECKING:
    from boost.bundle.decision import DecisionRule, OperatingPoint
    from boost.uncertainty.calibrate import Calibration
    from report.evaluation import Evaluation
    from report.out_of_fold import OutOfFold
    from report.section import Section

LIMITS = """\
- For research. Not a medical device, and not examined as one: no diagnosis may rest on it.
- The numbers above hold for images like those of training: the same tissue, staining, scanner and magnification, of
  patients chosen in the same way. Elsewhere they must be measured anew. `predict` warns of images that lie far from the
  training images; the prediction for one that lies near may be wrong as well.
- They are those of models that never saw the patient, one fold's at a time. For a new image the models of all folds
  vote together, which no image of the training set can measure.
- The classes are all it knows: tissue of any other kind is given one of them.
- Nothing checks an image's magnification. It must be that of the training images."""


def card(facts: Mapping[str, Any], fusion: "OutOfFold", reading: "DecisionRule", files: pd.DataFrame) -> str:
    """Markdown, from a bundle's facts, its out-of-fold predictions and `image,sha256,phash` of the files."""
    from report.evaluation import Evaluation
    from report.printing import markdown, markdown_text
    from workflow.evidence import evidence

    evaluation = Evaluation.of(fusion, **evidence(fusion, files, reading.set_kind))
    lines = [
        markdown_text(f"# {facts['name']}"),
        markdown_text(f"Tells {', '.join(reading.classes)} apart in H&E-stained fields of tissue."),
        *map(markdown_text, warnings_of(facts)),
        "## Trained on",
        markdown_text(_training(facts)),
        "\n".join(markdown_text(_network(variant, known)) for variant, known in facts["variants"].items()),
        *map(markdown_text, _operating(reading.operating, evaluation)),
        markdown(_tables(evaluation)).rstrip(),
        "## Probabilities",
        _calibration(reading.calibration),
        "## Limits",
        LIMITS,
        "## Versions",
        markdown_text(", ".join(f"{library} {version}" for library, version in facts["versions"].items())),
    ]
    return "\n\n".join(lines) + "\n"


def _tables(evaluation: "Evaluation") -> list["Section"]:
    """What a card shows of a report."""
    from report.chapters.overall import class_section, confusion_section, interval_section
    from report.chapters.patients import leak_section, patient_section
    from report.chapters.probabilities import calibration_section, conformal_class_section, conformal_section
    from report.chapters.two_class import threshold_section

    return [
        interval_section(evaluation),
        confusion_section(evaluation),
        class_section(evaluation),
        threshold_section(evaluation),
        *([leak_section(evaluation.leaks)] if evaluation.leaks else []),
        calibration_section(evaluation),
        conformal_section(evaluation),
        conformal_class_section(evaluation),
        patient_section(evaluation),
    ]


def _training(facts: Mapping[str, Any]) -> str:
    """The images, the patients and the models in a paragraph."""
    classes = ", ".join(f"{count} {name}" for name, count in facts["counts"].items())
    if not facts["patients"]:
        patients = "of unknown patients: if a patient has several images, all numbers here are too good"
    elif len(facts["folds"]) == 1:
        patients = f"of {facts['patients']} known patients"
    elif facts["groups"] == "none":
        patients = f"of {facts['patients']} known patients who were not kept apart: all numbers here are too good"
    else:
        patients = f"of {facts['patients']} known patients, the images of each in one fold"
    if facts["unknown patients"] == "train-only":
        patients += "; images of unknown patients were trained on and never tested"
    return (
        f"{sum(facts['counts'].values())} images of the data set {facts['data set']} ({classes}), {patients}. "
        f"{_models(facts)}."
    )


def _models(facts: Mapping[str, Any]) -> str:
    """What was trained, and how often: of several runs each."""
    known = BundleFacts.from_json(facts)
    listed = list(known.runs) or [{}]
    runs = []
    for run, of_run in zip(known.voting, listed, strict=True):
        own = {**facts, **of_run}
        words = run_in_words(run, facts) if NETWORKS.name in run.heads else _boosted(run, own)
        runs.append(words)
    if len(runs) == 1:
        return runs[0]
    named = [f"{run.name}: {words}" for run, words in zip(known.voting, runs, strict=True)]
    return f"The mean of the votes of {len(runs)} runs, each of them one vote. {'. '.join(named)}"


def _boosted(run: VotingRun, facts: Mapping[str, Any]) -> str:
    """The heads of a run, trained on descriptors."""
    settings = BoostSettings(**facts["boost"])
    folds, variants = len(facts["folds"]), len(run.variants)
    heads = []
    for name in run.heads:
        count = folds * variants * find_head(name).models(settings)
        heads.append(f"{name} ({find_head(name).sentence}; {count} models)")
    balanced = "; every class counts alike" if facts["class weights"] == BALANCED else ""
    several = "The mean of " if len(heads) > 1 else ""
    return f"{several}{' and '.join(heads)}, trained without each fold in turn on every variant{balanced}"


def _calibration(fitted: "Calibration") -> str:
    """How the vote becomes probabilities."""
    if not fitted.shares:
        return f"Calibrated by {fitted.method} {fitted.temperature:.3f}, fitted to all out-of-fold predictions."
    return (
        f"Recalibrated by a temperature of {fitted.temperature:g} and a mixture of which "
        f"{100 * fitted.share_weight:g} % are the class shares, fitted to all out-of-fold predictions, patients "
        "weighing alike."
    )


def _network(variant: str, known: Mapping[str, Any]) -> str:
    """One variant's protocol in a line."""
    if TRAINING in known:
        return network_in_words(variant, known)
    network = dict.fromkeys(("name", "paper", "weights", "licence"), "not known") | known["network"]
    unlike_the_paper = [f"{name} {known[name]}, " for name in ADDED if name in known]  # stain none, pooling mean
    return (
        f"- {variant}: {network['name']} ({network['paper']}), {_weights(network)}, {known['views']} views of "
        f"{known['crops']} crops of {known['crop']} pixels at scale "
        f"{known['scale']:g}, {''.join(unlike_the_paper)}protocol {known['key']}"
    )


def _weights(network: Mapping[str, Any]) -> str:
    """Which weights, and whose; of a file that nobody has published, which file."""
    if network["weights"] == UNKNOWN:
        return (
            f"weights of the file {network.get('file')} (SHA-256 {str(network.get('sha256'))[:12]}; whose is not known)"
        )
    return f"weights {network['weights']} (licence: {network['licence']})"


def _operating(chosen: "OperatingPoint | None", evaluation: "Evaluation") -> list[str]:
    """What is called positive, and how often that is right; nothing where there is no two-class task."""
    from report.measures.all_images import intervals_of, point_measures

    if chosen is None:
        return []
    fusion = evaluation.out_of_fold
    measures = point_measures(fusion.truth, fusion.called(chosen.threshold))
    intervals = intervals_of(measures, evaluation.groups.group)
    return [
        "## Operating point",
        f"Positive ({' + '.join(chosen.positive)}) from a score of {chosen.threshold:.3f} on (`--two-class "
        f"{chosen.rule}`), chosen for: {chosen.aim}. On the images of the choice: "
        + ", ".join(f"{measure} {interval.text()} %" for measure, interval in intervals.items())
        + "; the out-of-fold rows below say what the choice is worth.",
    ]
