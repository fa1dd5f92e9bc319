"""Is a planted shortcut found in what a model does, and as much as was planted? `python -m benchmarks.intervention`.

Phantoms of two tissues that can be told apart with some trouble, and beside that a trait of their making that goes
with the class in a known share of the images: JPEG quality, a cut range, magnification, stain. SqueezeNet with its
real weights describes them, `cv` trains, and `robustness --intervene` re-renders the held-out images. The answers that
change more by the making of another class than by that of the own must rise with the share, and be none where a trait
is not planted or, as the stain here, is normalised away. Needs the folder of real weights beside the checkout.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from PIL import Image
from rich.console import Console

from cohort.audit.used_by import Intervention, Share
from commands import terminal
from imaging.alter.light import stretch
from imaging.alter.recompression import recompress
from imaging.phantom import Difficulty, draw_field
from imaging.stain import jitter
from pipeline import cv, extract
from workflow.answering.encoder_views import EncoderDescriber
from workflow.bundles.compatibility import pool_of
from workflow.robustness.altered_answers import Describer
from workflow.robustness.fold_models import fitted_models
from workflow.robustness.held_out_run import open_run
from workflow.robustness.intervention import donors_of, interventions_for, used_by
from workflow.robustness.kept_answers import KeptAnswers

WEIGHTS = Path(__file__).resolve().parents[2] / "shared" / "weights"
PATIENTS, IMAGES, SIDE, CROP = 24, 2, 96, 64
TISSUE = Difficulty(signal=0.6, stain=1.0, texture=0.2)
SHARES = (0.0, 0.5, 0.85, 1.0)  # of the images whose making is that of their class; that of the others is drawn
CLASSES = ("benign", "invasive")

Plant = Callable[[np.ndarray, int], np.ndarray]  # an image, and the class that its making is of


def compressed(image: np.ndarray, of_class: int) -> np.ndarray:
    """Saved as PNG, but once as JPEG of quality 20 or 85."""
    return recompress(image, (20, 85)[of_class])


def stretched(image: np.ndarray, of_class: int) -> np.ndarray:
    """A range as it is, or with a tenth cut off at each end."""
    return stretch(image, (0.0, 0.1)[of_class])


def magnified(image: np.ndarray, of_class: int) -> np.ndarray:
    """As it is, or 1.4 times as large."""
    side = round(SIDE * (1, 1.4)[of_class])
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC))


def stained(image: np.ndarray, of_class: int) -> np.ndarray:
    """More of one stain or of the other."""
    return jitter(image, np.array([(1.25, 0.75), (0.75, 1.25)][of_class]))


PLANTS: dict[str, tuple[Plant, str, str]] = {  # what the intervention calls it, and a trait that is not planted
    "JPEG quality 20 or 85": (compressed, "JPEG", "size"),
    "range cut or not": (stretched, "range", "size"),
    "magnified 1.4 or not": (magnified, "magnification", "JPEG"),
    "stain (normalised)": (stained, "stain", "size"),
}


def write_planted(folder: Path, plant: Plant, share: float, seed: int = 0) -> Path:
    """Images with a manifest, whose path is returned; the same tissue whatever is planted."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    rows = ["image,label,patient"]
    for patient in range(PATIENTS):
        code = patient % 2
        for number in range(IMAGES):
            field = draw_field(CLASSES[code], f"p{patient:02d}", number, SIDE, SIDE, seed, TISSUE)
            of_class = code if rng.random() < share else int(rng.integers(2))
            Image.fromarray(plant(field.image, of_class)).save(folder / field.name)
            rows.append(f"{field.name},{CLASSES[code]},P{patient:02d}")
    manifest = folder / "manifest.csv"
    manifest.write_text("\n".join(rows) + "\n")
    return manifest


def measured(plant: Plant, share: float, families: Sequence[str], folder: Path) -> tuple[float, list[Intervention]]:
    """Accuracy, and what each trait does."""
    manifest = write_planted(folder / "images", plant, share)
    cache, results = folder / "cache", folder / "results"
    extract(data=manifest, encoders="squeezenet1_1", crops=str(CROP), scale=1.0, views=1, crops_per_view=3,
            weights=str(WEIGHTS), name="planted", cache=cache, out=results, jobs=1)  # fmt: skip
    cv(name="planted", heads="logistic", folds=6, cache=cache, out=results, jobs=1)
    run = open_run(results / "planted")
    list(run.fitted(jobs=1))
    tested, voter = run.tested(), fitted_models(run)
    donors = donors_of(tested)
    with pool_of(run, run.protocols, str(WEIGHTS)) as pool:
        describer = Describer(tested, voter, EncoderDescriber(run.protocols, pool), 1, KeptAnswers(folder / "answers"))
        answered = list(describer.answers(interventions_for(tested, donors, families), jobs=1))
    use = used_by(tested, voter, answered, donors, {}, families)
    numbers = json.loads((results / "planted" / "numbers.json").read_text())
    return float(numbers["accuracy"]["value"]), list(use.interventions)


def rows() -> Iterator[str]:
    """The table, a line at a time."""
    yield "| planted | share | accuracy, % | changed: other, own, % | difference, points | a trait not planted |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, (plant, family, not_planted) in PLANTS.items():
        for share in SHARES:
            with TemporaryDirectory() as folder:
                accuracy, (own, other) = measured(plant, share, (family, not_planted), Path(folder))
            flips = f"{100 * own.flipped.value:.0f}, {100 * own.own.value:.0f}"
            beside = f"{not_planted} {points(other.difference)}"
            yield f"| {name} | {share:g} | {100 * accuracy:.1f} | {flips} | {points(own.difference)} | {beside} |"


def points(difference: Share) -> str:
    """A difference of shares in points."""
    low, high = 100 * difference.low, 100 * difference.high
    return f"{100 * difference.value:+.0f} [{low:+.0f}, {high:+.0f}]"


if __name__ == "__main__":
    started = perf_counter()
    terminal.console.file = Path(os.devnull).open("w")  # noqa: SIM115  (of the commands nothing is to be seen)
    for line in rows():
        Console().print(line, soft_wrap=True, highlight=False)
    print(f"{perf_counter() - started:.0f} s")
