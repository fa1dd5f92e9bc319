"""The tables on whose images they are: what leaks into the training folds, and how each patient fares."""

import numpy as np
import pandas as pd

from report.measures.leakage import KINDS, Leaks
from report.out_of_fold import OutOfFold
from report.section import Section, number
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import share_interval


def leak_sections(leaks: Leaks | None, fusion: OutOfFold, resamples: Resamples) -> list[Section]:
    """How many test images have a relative in their training folds, and, at length, which; nothing for None."""
    if leaks is None:
        return []
    counts = leaks.summary
    cells = counts.astype(str)
    shares = 100 * counts["leaked"] / counts["known"].where(counts["known"] > 0)
    cells["share %"] = shares.map(lambda share: number(share, 1))
    if leaks.honest is not None:
        cells["honest split"] = leaks.honest.astype(str)
    parts = [Section("Leaks", leak_sentence(leaks), cells)]
    if len(leaks.offenders):
        offenders = leaks.offenders.astype(str).set_index("image")
        words = "Each image with a relative in its training folds: the first one by name, and how many there are."
        parts.append(relatives_section(leaks, fusion, resamples))
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
    if leaks.honest is None:
        return ""
    known, leaked = leaks.summary.loc[KINDS[0]]
    return (
        f" Here {leaked} of the {known} test images whose patient is known have an image of that patient in training; "
        f"in an honest split, as many folds but no patient in two, {leaks.honest[KINDS[0]]} of {known} would. What "
        "accuracy that leaves, these answers cannot tell: the models must be trained again (cv makes such folds unless "
        "told otherwise; compare sets both runs side by side)."
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


def relatives_section(leaks: Leaks, fusion: OutOfFold, resamples: Resamples) -> Section:
    """How right the answers are to images with and without a relative in training."""
    related = np.isin(fusion.images, leaks.offenders["image"])  # (n,)
    kinds = {
        "with a relative in training": related,
        "without, patient known": ~related & fusion.known,
        "none known, patient unknown": ~related & ~fusion.known,
    }
    right = fusion.label == fusion.predicted  # (n,)
    rows = {
        name: {
            "images": str(int(among.sum())),
            "patients": str(resamples.patients(among & fusion.known) or "–"),
            "accuracy %": share_interval(right, among, resamples).text(),
        }
        for name, among in kinds.items()
        if among.any()
    }
    sentence = (
        "Accuracy by whether the training folds held a relative (same patient, same file or near-duplicate). The kinds "
        "of images differ in classes and patients too, so their difference does not measure what the leak is worth."
    )
    return Section("Leaks and accuracy", sentence, pd.DataFrame(rows).T.rename_axis("test images"), at_length=True)


def patient_section(fusion: OutOfFold) -> Section:
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


def patient_table(answers: OutOfFold) -> pd.DataFrame | None:
    """Of each known patient: its classes, images, how many are right, and what the wrong ones were answered.

    The worst come first. None where no patient is known.
    """
    if not answers.known.any():
        return None
    known = answers.take(answers.known)
    right = known.predicted == known.label  # (n,)
    mistakes = [
        "" if good else f"{label} as {said}"
        for good, label, said in zip(right, known.label, known.predicted, strict=True)
    ]
    rows = pd.DataFrame({"patient": known.patients, "label": known.label, "right": right, "mistake": mistakes})
    table = rows.groupby("patient").agg(
        classes=("label", lambda labels: ", ".join(name for name in answers.classes if name in set(labels))),
        images=("right", "size"),
        right=("right", "sum"),
        mistakes=("mistake", counted),
    )
    share = table["right"] / table["images"]
    return table.iloc[share.argsort(kind="stable")]


def counted(mistakes: pd.Series) -> str:
    """Each mistake and how often, the most frequent first.

    >>> counted(pd.Series(["", "a as b", "a as b", "b as a"]))
    '2 a as b, 1 b as a'
    """
    return ", ".join(f"{count} {words}" for words, count in mistakes[mistakes != ""].value_counts().items())
