"""Robustness in words and tables: what each alteration does, to whom, and where an answer is no better than a guess."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from imaging.alter.alterations import ALTERATIONS
from report.robust.published_robustness import published_section
from report.robust.robust_figures import MEASURES, MOST_WITH_BARS, Measure, robust_figure
from report.robust.robust_points import Robustness, RobustPoint
from report.robust.robust_tables import flips_table
from report.section import Cell, Chapter, Estimate, Number, Part, Picture, Section, signed
from report.statistics.patient_groups import cohort_sentence

UNALTERED = "unaltered"
SHAKIEST = 10  # images that are named


def robust_chapter(robustness: Robustness) -> Chapter:
    """All sections."""
    sections = [accuracy_section(robustness), changed_section(robustness), classes_section(robustness)]
    sections.append(probabilities_section(robustness))
    published = published_section(robustness)
    if published is not None:
        sections.append(published)
    sections.append(flips_section(robustness))
    for name in ("log-loss", "calibration error", "coverage"):
        sections.append(figure_section(robustness, MEASURES[name]))
    return Chapter("robustness", "What altered images do to the answers", tuple(sections))


def findings(robustness: Robustness) -> list[str]:
    """What makes them doubtful, a line for the unaltered images, and one for the worst of each kind of alteration."""
    origin = robustness.origin
    lines = [f"too good, perhaps: {doubt}" for doubt in robustness.doubts]
    lines += [f"unaltered: accuracy {Estimate(origin.accuracy)} %{guess_words(origin)}"]
    for key, points in robustness.points.items():
        worst = min(points, key=harm)
        if worst.change is None or worst.flips is None:
            continue
        verdict = f"accuracy {Estimate(worst.accuracy)} %, {signed(worst.change, 1, 100)} points"
        if worst.change.low <= 0 <= worst.change.high:
            verdict += ", not told from no change"
        flips = f"answers that change: {Estimate(worst.flips)} %"
        rest = "" if origin.is_like_guess and not worst.is_below_guess else guess_words(worst)
        also = [f"{point.value:g}" for point in points if point.is_below_guess and point is not worst]
        rest += f" (and at {', '.join(also)})" if also else ""
        lines.append(f"{ALTERATIONS[key].title} at {worst.value:g}: {verdict}; {flips}{rest}")
    return lines


def harm(point: RobustPoint) -> tuple[float, float]:
    """What orders settings, the most harmful first: accuracy, then how many answers change."""
    return point.accuracy.value, 0.0 if point.flips is None else -point.flips.value


def guess_words(point: RobustPoint) -> str:
    """Whether it is no better than naming the most frequent class; nothing where it is."""
    if point.is_below_guess:
        return "; that is below the class shares"
    return "; that cannot be told from the class shares" if point.is_like_guess else ""


def accuracy_section(robustness: Robustness) -> Section:
    """Accuracy at every setting, paired with the unaltered images."""

    def row(point: RobustPoint) -> dict[str, Cell]:
        change = None if point.change is None else Estimate(point.change, signed=True)
        return {"accuracy": Estimate(point.accuracy), "change": change}

    sentence = (
        f"In %, each image described anew after it was altered, by the same draws ({views_of(robustness)}), and "
        f"answered by {robustness.models}; the change is against the unaltered images. "
        f"Naming the most frequent class is right on {Estimate(robustness.guess_accuracy)} %. "
        f"{cohort_sentence(robustness.groups)}"
    )
    picture = picture_of(robustness, MEASURES["accuracy"])
    return Section("robust-accuracy", "Accuracy", sentence, rows_of(robustness, row), picture=picture)


def views_of(robustness: Robustness) -> str:
    """How many views of an image were described."""
    return f"{robustness.views} view{'s' * (robustness.views > 1)} of each"


def changed_section(robustness: Robustness) -> Section:
    """The answers that change, and whether what is left is better than a guess."""

    def row(point: RobustPoint) -> dict[str, Cell]:
        flips = None if point.flips is None else Estimate(point.flips)
        return {"answers that change": flips, "less class shares": Estimate(point.above_guess, signed=True)}

    sentence = (
        "In %: the share of answers that are another class than for the unaltered image, right or wrong, and accuracy "
        "less that of naming the most frequent class among the images that the models learned from."
    )
    picture = picture_of(robustness, MEASURES["flips"])
    return Section("robust-changed", "Answers that change", sentence, rows_of(robustness, row), True, picture)


def probabilities_section(robustness: Robustness) -> Section:
    """Whether the probabilities and the sets still mean what they say."""

    def row(point: RobustPoint) -> dict[str, Cell]:
        return {
            "log-loss": Estimate(point.log_loss, 3, unit=1),
            "calibration error": Estimate(point.calibration_error),
            f"coverage at {robustness.level}": Estimate(point.coverage),
            "classes in a set": Number(point.set_size, 2),
        }

    classes = len(robustness.unaltered.answers.classes)
    trivial = ""
    if robustness.origin.set_size == classes:
        trivial = (
            " The sets hold every class, for the other folds have too few patients for less: coverage tells nothing."
        )
    sentence = (
        "Log-loss (0 is perfect), expected calibration error and coverage in %. Calibration and sets are those that "
        f"were fitted to unaltered images: nothing is fitted to altered ones.{trivial}"
    )
    return Section("robust-probabilities", "Probabilities and sets", sentence, rows_of(robustness, row), True)


def classes_section(robustness: Robustness) -> Section:
    """The recall of each class at every setting."""

    def row(point: RobustPoint) -> dict[str, Cell]:
        return {name: Estimate(recall) for name, recall in point.recall.items()}

    sentence = "Of the images of each class, the share in % that is still given this class."
    picture = picture_of(robustness, MEASURES["recall"])
    return Section("robust-classes", "By class", sentence, rows_of(robustness, row), True, picture)


def flips_section(robustness: Robustness) -> Section:
    """The images whose answers change most easily."""
    table = flips_table(robustness).sort_values(["flips", "image"], ascending=[False, True])
    rows: dict[str, dict[str, Cell]] = {}
    for image in table.head(SHAKIEST).itertuples():
        row: dict[str, Cell] = {"class": image.label, "answer": image.answer}
        row["settings at which it changes"] = Part(int(image.flipped), int(image.settings))
        rows[str(image.image)] = row
    never = int((table["flipped"] == 0).sum())
    sentence = (
        f"{never} of {len(table)} images keep their answer at every setting; on average an answer changes at "
        f"{Number(float(table['flips'].mean()), 1, unit=100)} % of them. These change most often; robust-flips.csv has "
        "all."
    )
    cells = pd.DataFrame(rows).T.rename_axis("image")
    return Section("robust-flips", "Images whose answers change", sentence, cells, True)


def figure_section(robustness: Robustness, measure: Measure) -> Section:
    """A figure alone."""
    title = f"{measure.title} by alteration"
    return Section(
        f"robust-{measure.file}-figure", title, measure.sentence, None, True, picture_of(robustness, measure)
    )


def rows_of(robustness: Robustness, row: Callable[[RobustPoint], Mapping[str, Cell]]) -> pd.DataFrame:
    """A row for the unaltered images, then for each setting."""
    rows = {UNALTERED: row(robustness.origin)}
    for key, points in robustness.points.items():
        for point in points:
            rows[f"{ALTERATIONS[key].title} {point.value:g}"] = row(point)
    return pd.DataFrame(rows).T.rename_axis("altered by")


def picture_of(robustness: Robustness, measure: Measure) -> Picture:
    """The curves of a measure."""
    return Picture(
        name=f"robust-{measure.file}",
        draw=lambda: robust_figure(robustness, measure),
        caption=f"{measure.title} by alteration, {intervals_words(robustness, measure)}; {measure.lines}.",
        alt=f"{measure.title}: {words_of(robustness, measure)}",
    )


def intervals_words(robustness: Robustness, measure: Measure) -> str:
    """Whether the curves have their intervals."""
    if len(measure.values(robustness.origin)) <= MOST_WITH_BARS:
        return "with 95 % intervals"
    return "whose 95 % intervals are in the table"


def words_of(robustness: Robustness, measure: Measure) -> str:
    """The lowest and highest value of each kind of alteration."""
    parts = []
    for key, points in robustness.points.items():
        values = [interval.value for point in points for interval in measure.values(point).values()]
        low, high = (measure.unit * end for end in (np.nanmin(values), np.nanmax(values)))
        parts.append(f"{ALTERATIONS[key].title} {low:.{measure.decimals}f} to {high:.{measure.decimals}f}")
    return "; ".join(parts) + "."
