"""The tables on whose images they are: what leaks into the training folds, and how each patient fares."""

import pandas as pd

from report.answers import Answers
from report.leaks import KINDS, Leaks
from report.patients import patient_table
from report.section import Section, number


def leak_sections(leaks: Leaks | None) -> list[Section]:
    """How many test images have a relative in their training folds, and, at length, which; nothing for None."""
    if leaks is None:
        return []
    counts = leaks.summary
    cells = counts.astype(str)
    shares = 100 * counts["leaked"] / counts["known"].where(counts["known"] > 0)
    cells["share %"] = shares.map(lambda share: number(share, 1))
    if leaks.by_patient is not None:
        cells["in folds by patient"] = leaks.by_patient.astype(str)
    parts = [Section("Leaks", leak_sentence(leaks), cells)]
    if len(leaks.offenders):
        offenders = leaks.offenders.astype(str).set_index("image")
        words = "Each image with a relative in its training folds: the first one by name, and how many there are."
        parts.append(Section("Leaked images", words, offenders, at_length=True))
    return parts


def leak_sentence(leaks: Leaks) -> str:
    """What was looked for, and the finding in words."""
    leaked, known = int(leaks.summary["leaked"]["any"]), leaks.summary["known"]
    blind = [kind for kind in KINDS if not known[kind]]
    unseen = f" Not looked at, for want of data: {', '.join(blind)}." if blind else ""
    found = f"{leaked} test images have" if leaked else "No test image is known to have"
    advice = " Accuracy is then too good for new patients; use folds made by patient." if leaked else ""
    return (
        f"{found} a relative among the images their model was trained on.{advice}{honest_words(leaks)} Shares are of "
        "the images for which it is known; near-duplicates differ in at most "
        f"{leaks.limit} of the 64 bits of a perceptual hash.{unseen}{unknown_words(leaks)}"
    )


def honest_words(leaks: Leaks) -> str:
    """What folds made by patient would leak in their place."""
    if leaks.why_not:
        return f" A split by patient cannot be shown beside it: {leaks.why_not}."
    if leaks.by_patient is None:
        return ""
    known, leaked = leaks.summary.loc[KINDS[0]]
    return (
        f" Beside it: {leaked} of the {known} test images whose patient is known have an image of that patient in "
        f"training; in as many folds that split no patient, as cv makes them unless told otherwise, "
        f"{leaks.by_patient[KINDS[0]]} of {known} would."
    )


def unknown_words(leaks: Leaks) -> str:
    """What cannot be looked at because patients are unknown, where some are known."""
    if not leaks.unknown or not leaks.summary["known"][KINDS[0]]:
        return ""
    if leaks.trained_only:
        return (
            f" {leaks.trained_only} images of unknown patients were always trained on and never tested; any of them "
            "may be of a patient who was tested, which would be a leak that cannot be seen here."
        )
    return (
        f" The patient of {leaks.unknown} images is unknown; any of them may have relatives on the other side, which "
        "would be a leak that cannot be seen here."
    )


def patient_section(fusion: Answers) -> Section:
    """How many of each patient's images are right, the worst first."""
    table = patient_table(fusion)
    if table is None:
        return Section("Patients", "Left out: no patient is known.", at_length=True)
    cells = pd.DataFrame(
        {
            "classes": table["classes"],
            "right": table["right"].astype(str) + " of " + table["images"].astype(str),
            "%": (100 * table["right"] / table["images"]).map(lambda share: number(share, 0)),
            "mistakes": table["mistakes"],
        }
    )
    whole = int((table["right"] == table["images"]).sum())
    sentence = (
        f"{len(table)} known patients, {whole} of them with every image right; the worst first, with their mistakes "
        "(true class as class answered)."
    )
    return Section("Patients", sentence, cells, at_length=True)
