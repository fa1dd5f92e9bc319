"""How right a bundle is on new images, and whether that is what cross-validation had promised."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from report.chapters.overall import class_section, confusion_section
from report.external.external_result import ExternalResult
from report.section import Cell, Chapter, Estimate, Number, Section, estimate
from report.statistics.patient_groups import cohort_sentence

FEW = 10  # images; an accuracy of fewer says little


def performance(test: ExternalResult) -> Chapter:
    """All images, the comparison with cross-validation, each class, and each value of further columns."""
    sections = [
        measure_section(test),
        expectation_section(test),
        external(confusion_section(test.evaluation)),
        class_section(test.evaluation),
        *(column_section(test, name) for name in test.columns),
    ]
    return Chapter("performance", "How often the answers are right", tuple(sections))


def measure_section(test: ExternalResult) -> Section:
    """Every number over all images with its interval."""
    rows = {name: {"value [95 % interval]": estimate(name, interval)} for name, interval in test.measures.items()}
    sentence = (
        f"{test.facts} Here it answered for {len(test.answers.label)} new images by the vote of all its models. In % "
        f"over all images together (AUC and kappa as they are).{threshold_words(test)} "
        f"{cohort_sentence(test.evaluation.groups)}"
    )
    cells = pd.DataFrame(rows).T.rename_axis("measure")
    return Section("all-images-together", "All images together", sentence, cells)


def threshold_words(test: ExternalResult) -> str:
    """Where images are called positive, and for which prevalence the predictive values hold."""
    if not test.is_two_class:
        return ""
    whence = "0.50, for the bundle has none for these positive classes"
    if test.aim:
        whence = f"{test.cut:.3f}, frozen in the bundle (chosen there for: {test.aim})"
    share = test.answers.truth.mean() if test.prevalence is None else test.prevalence
    of = "as among these images" if test.prevalence is None else "as asked for"
    return f" Threshold of the two-class score: {whence}. PPV and NPV at a prevalence of {100 * share:.1f} %, {of}."


def expectation_section(test: ExternalResult) -> Section:
    """Cross-validation beside this test."""
    rows: dict[str, dict[str, Cell]] = {}
    verdicts = []
    for name, change in test.changes.items():
        unit, decimals = (1, 3) if name == "AUC" else (100, 1)
        rows[name] = {
            "cross-validation": Estimate(change.there, decimals, unit),
            "here": Number(change.here.value, decimals, unit),
            "difference": Estimate(change.difference, decimals, unit, signed=True),
        }
        verdicts.append(f"{name} {change.verdict}")
    sentence = (
        f"Against cross-validation, {', '.join(verdicts)}. Cross-validation is that of the training images of the "
        "same classes, by models that had not seen them; the bundle lets all of them vote. The AUC there is the mean "
        "of those within folds. The interval of the difference counts the patients of both (Newcombe 1998; Zou & "
        "Donner 2008). Accuracy also depends on how frequent the classes are, balanced accuracy and AUC less."
        f"{test.promise and ' '}{test.promise}"
    )
    cells = pd.DataFrame(rows).T.rename_axis("measure")
    return Section("as-cross-validation-promised", "As cross-validation promised?", sentence, cells)


def column_section(test: ExternalResult, name: str) -> Section:
    """The accuracy for each value of a column of the table of images."""
    values = test.columns[name]  # (n,)
    rows = {}
    for value in sorted(set(values.tolist())):
        rows[value or "(empty)"] = value_row(test, values == value)
    few = [value for value, row in rows.items() if isinstance(row["images"], int) and row["images"] < FEW]
    sentence = (
        f"Accuracy in % by {name}. Classes and patients differ between the rows too, so a difference is not the effect "
        f"of {name} alone."
    )
    if few:
        sentence += f" Fewer than {FEW} images: {', '.join(few)}."
    cells = pd.DataFrame(rows).T.rename_axis(name)
    return Section(f"by-{name}", f"By {name}", sentence, cells)


def value_row(test: ExternalResult, images: np.ndarray) -> dict[str, Cell]:
    """What some images, (n,) bool, come to."""
    return {
        "images": int(images.sum()),
        test.evaluation.unit: len(np.unique(test.group[images])),
        "accuracy": Estimate(test.accuracy_among(images)),
    }


def external(section: Section) -> Section:
    """A section whose figure is titled as one of a cross-validation, with another title."""
    picture = section.picture
    if picture is None:
        return section
    draw = picture.draw
    return replace(section, picture=replace(picture, draw=lambda: retitled(draw())))


def retitled(figure: Figure) -> Figure:
    """The same figure, of an external test."""
    axes = figure.axes[0]
    axes.set_title(axes.get_title().replace("out-of-fold", "external test"), fontsize=11)
    return figure
