"""The model card of a bundle: what it was trained on, how well it answers, and what it is not for.

After Mitchell et al. 2019, arXiv:1810.03993.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from boost.calibration import Calibration
    from report.answers import Answers

TABLES = ("Classes", "Confusion matrix", "Choosing the threshold", "Calibration", "Conformal sets", "Patients")
LIMITS = """\
- For research. Not a medical device, and not examined as one: no diagnosis rests on it.
- The numbers above hold for images like those of training: the same tissue, staining, scanner and magnification, from
  patients chosen in the same way. Elsewhere they are to be measured anew; `predict` warns of images that lie far from
  the training images, but one that lies near may be wrong as well.
- They are those of models that never saw the patient, one fold's at a time. For a new image the models of all folds vote,
  which was not measured itself; it is usually a little better, never known to be.
- The classes are all it knows. Tissue of any other kind is given one of them.
- It needs the same pixels: {scales}. Nothing checks an image's magnification.
"""


def card(facts: Mapping[str, Any], fusion: "Answers", calibration: "Calibration", counts: Mapping[str, int]) -> str:
    """Markdown, from what a bundle says of itself and its out-of-fold answers."""
    from boost.calibration import calibrate_out_of_fold
    from boost.conformal import LEVELS, sets_out_of_fold
    from report.intervals import Interval, point_intervals
    from report.resample import resample
    from report.section import Section, markdown
    from report.tables import interval_section, sections

    resamples = resample(fusion, np.random.default_rng(0))
    calibrated = calibrate_out_of_fold(np.asarray(fusion.probabilities), fusion.codes, fusion.fold)
    sets = {level: sets_out_of_fold(calibrated, fusion.codes, fusion.groups, fusion.fold, level) for level in LEVELS}
    tables = sections(fusion, None, resamples, {"temperature": calibrated}, sets)
    parts = [interval_section(fusion, resamples)]
    parts += [part for part in tables if part.title in TABLES]
    classes = ", ".join(f"{counts[name]} {name}" for name in facts["classes"])
    lines = [
        f"# {facts['name']}",
        f"Tells {', '.join(facts['classes'])} apart in H&E-stained fields of tissue.",
        "## Trained on",
        f"{facts['images']} images of the data set {facts['data set']} ({classes}), {_patients(facts)}. "
        f"{facts['folds']} folds x {facts['boost']['seeds']} seeds x {len(facts['variants'])} variants of LightGBM.",
        *(_network(variant, known) for variant, known in facts["variants"].items()),
    ]
    chosen = facts["two class"]
    if chosen:
        found: dict[str, Interval] = point_intervals(fusion.truth, fusion.called(chosen["threshold"]), resamples)
        lines += [
            "## Operating point",
            f"{' + '.join(chosen['positive'])} from a score (rule {chosen['rule']}) of {chosen['threshold']:.3f} on, "
            f"chosen for: {chosen['aim']}. On the images it was chosen on: "
            + ", ".join(f"{measure} {interval.text()} %" for measure, interval in found.items())
            + ". Chosen without them (below, honest) it does less well.",
        ]
    scales = "; ".join(f"{variant} crops of {known['crop']}" for variant, known in facts["variants"].items())
    lines += [
        markdown([Section(part.title, part.sentence, part.cells) for part in parts]),
        f"Calibration: {calibration.method}, temperature {calibration.temperature:.3f}, fitted to out-of-fold answers.",
        "## Limits",
        LIMITS.format(scales=scales),
        "## Versions",
        ", ".join(f"{library} {version}" for library, version in facts["versions"].items()),
    ]
    return "\n\n".join(lines) + "\n"


def _patients(facts: Mapping[str, Any]) -> str:
    if not facts["patients"]:
        return "of unknown patients: if a patient has several images, all numbers here are too good"
    apart = "each kept in one fold" if facts["groups"] == "patient" else "not kept apart: all numbers are too good"
    return f"{facts['patients']} known patients, {apart}"


def _network(variant: str, known: Mapping[str, Any]) -> str:
    """One variant's protocol in a line."""
    network = known["network"]
    return (
        f"- {variant}: {network['name']} ({network['paper']}), weights {network['weights']}, licence "
        f"{network['licence']}, {known['views']} views of {known['crops']} crops of {known['crop']} pixels at scale "
        f"{known['scale']:g}, protocol {known['key']}"
    )
