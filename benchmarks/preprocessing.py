"""Rows about pre-processing, on one thread: drawn fields (phantoms) and, where they are at hand, real ones."""

import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image
from threadpoolctl import threadpool_limits

from benchmarks import published, reference
from benchmarks.row import Row, seconds, side_by_side
from imaging.crops import draw_boxes, take_crops, turn
from imaging.phantom import draw_field
from imaging.read import read_image, rescale
from imaging.seeding import crop_rng, view_rng
from imaging.stain import draw_gains, fit_stain, jitter, normalise, optical_density

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "ucsb"
GAINS = np.array([1.2, 0.85])
SLICE = 2  # views of the published way that are measured; the other 48 are alike


@lru_cache
def pictures() -> dict[str, np.ndarray]:
    """Images of the paper's size (1536, 2048, 3): a phantom, and six fields of real tissue side by side."""
    found = {"phantom": draw_field("invasive", "p00", 0, 1536, 2048, seed=0).image}
    files = sorted(REAL.glob("*/*.jpg"))[::10][:6]
    if len(files) == 6:
        fields = [read_image(path) for path in files]  # (768, 896, 3) each
        rows = [np.concatenate(fields[start : start + 3], axis=1) for start in (0, 3)]
        found["ucsb"] = np.ascontiguousarray(np.concatenate(rows)[:1536, :2048])
    return found


def whole_line() -> Iterator[Row]:
    """From the file to the crops of 50 views, for 3 networks at 2 sizes of crop."""
    with tempfile.TemporaryDirectory() as folder:
        for kind, picture in pictures().items():
            path = Path(folder) / f"{kind}.tif"
            Image.fromarray(picture).save(path)
            times, bytes_only, as_floats = [], [], []
            with threadpool_limits(1):
                for _ in range(3):
                    times.append(published_seconds(path))
                    bytes_only.append(seconds(partial(all_crops, path, floats=False)))
                    as_floats.append(seconds(partial(all_crops, path, floats=True)))
            slow, fast, floats = (float(np.median(column)) for column in (times, bytes_only, as_floats))
            name = f"pre-processing, 6 variants, 2048x1536 {kind}"
            note = f"reference: {SLICE} of 50 views measured, 48 extrapolated"
            yield Row(name, fast, slow, "s", 60, note=f"{note}; crops as the encoders take them, uint8")
            yield Row(f"{name}, float32", floats, slow, "s", None, note="the same, crops made float32 for each network")


def published_seconds(path: Path) -> float:
    """What the published way takes for all variants: the fixed part as it is, the views by a slice of them."""
    image, total = published.normalised(path), 0.0
    for network in published.NETWORKS:
        for side in published.SIDES:
            total += seconds(partial(published.normalised, path))
            total += seconds(partial(published.views, image, network, side, SLICE)) * published.VIEWS / SLICE
    return total


def all_crops(path: Path, floats: bool) -> None:
    """The same work here, as `extract` does it: everything once, and the crops of a size for all networks."""
    image = rescale(read_image(path), published.SCALE)
    density = optical_density(image)
    image = normalise(image, fit_stain(image, density), density)
    density, (height, width) = optical_density(image), image.shape[:2]
    out: dict[int, np.ndarray] = {}
    for view in range(published.VIEWS):
        turns = turn(jitter(image, draw_gains(view_rng(0, path.name, view)), density))
        for side in published.SIDES:
            rng = crop_rng(0, path.name, view, side, published.SCALE)
            boxes = draw_boxes(rng, height, width, side, published.CROPS)
            out[side] = take_crops(turns, boxes, side, out.get(side))
            if floats:
                one = np.empty(out[side].shape[1:], np.float32)  # mean and standard deviation are folded
                for _ in published.NETWORKS:
                    for crop in out[side]:
                        np.copyto(one, crop)


def normalising() -> Iterator[Row]:
    """Fit and normalise one image of half the paper's size."""
    for kind, picture in pictures().items():
        image = rescale(picture, published.SCALE)
        ways: list[Callable[[], object]] = [partial(here, image), partial(reference.normalise, image)]
        if find_spec("torchstain"):
            from torchstain.numpy.normalizers.macenko import NumpyMacenkoNormalizer

            ways.append(partial(NumpyMacenkoNormalizer().normalize, image, stains=False))
        fast, slow, *rest = side_by_side(*ways, rounds=9)
        note = largest(here(image), reference.normalise(image))
        yield Row(f"normalise 1024x768 {kind}", fast * 1e3, slow * 1e3, "ms", 8, note=note)
        for time in rest:
            yield Row(f"normalise 1024x768 {kind}, against torchstain numpy", fast * 1e3, time * 1e3, "ms", 4)


def here(image: np.ndarray) -> np.ndarray:
    """Fit and normalise, sharing the densities."""
    density = optical_density(image)
    return normalise(image, fit_stain(image, density), density)


def jittering() -> Iterator[Row]:
    """One jitter by itself, and one of 50 that share the image's densities."""
    for kind, picture in pictures().items():
        image = here(rescale(picture, published.SCALE))
        alone, many, slow, program = side_by_side(
            partial(jitter, image, GAINS),
            partial(many_jitters, image),
            partial(reference.jitter, image, GAINS),
            partial(published.jitter, image, GAINS),
            rounds=15,
        )
        name, each = f"jitter 1024x768 {kind}", many * 1e3 / published.VIEWS
        note = largest(jitter(image, GAINS), reference.jitter(image, GAINS))
        yield Row(f"{name}, one of 50", each, slow * 1e3, "ms", 12, note=f"{note}; densities looked up once")
        yield Row(f"{name}, alone", alone * 1e3, slow * 1e3, "ms", 12, note="densities looked up for it")
        note = "that program's own arithmetic, less exact"
        yield Row(f"{name}, one of 50, against the published program", each, program * 1e3, "ms", None, note=note)


def many_jitters(image: np.ndarray) -> None:
    """The jitters of all views, sharing the densities."""
    density = optical_density(image)
    for _ in range(published.VIEWS):
        jitter(image, GAINS, density)


def largest(first: np.ndarray, second: np.ndarray) -> str:
    """How far two images differ, in words."""
    difference = np.abs(first.astype(int) - second)
    return f"at most {difference.max()} grey level apart, in {1e6 * (difference > 0).mean():.0f} of a million values"
