"""Images decoded once, normalised and resized, in one array on the disk that is mapped into memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import psutil
from joblib import Parallel, delayed

from cohort.files.atomic import replacing
from cohort.samples import Sample
from finetune.training_settings import TrainingError, TrainingSettings
from imaging.read import read_image, resize
from imaging.stain import Stain, fit_stain, normalise

METHOD = 1  # of preparing an image for a network; bundles keep it
SPARE_DISK = 1 << 30  # bytes that decoded images leave free


@dataclass(frozen=True, eq=False)
class Pictures:
    """The images of a training: pixels (image, side, side, 3) uint8 in the order of the names."""

    names: tuple[str, ...]
    pixels: np.ndarray

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.names)


def decode(samples: Sequence[Sample], settings: TrainingSettings, folder: Path, jobs: int) -> Iterator[int]:
    """Decode the images into a file of the folder, unless it is there; yields how many of them are done.

    Raises TrainingError where the disk has no room, ImageError for a file that cannot be read.
    """
    path = decoded_path(samples, settings, folder)
    if path.exists():
        yield len(samples)
        return
    folder.mkdir(parents=True, exist_ok=True)
    shape = len(samples), settings.input, settings.input, 3
    _require_room(folder, shape)
    with replacing(path) as temporary:
        pixels = np.lib.format.open_memmap(temporary, "w+", np.uint8, shape)
        decoded = Parallel(jobs, backend="threading", return_as="generator")(
            delayed(picture_of)(sample.path, settings) for sample in samples
        )
        for number, image in enumerate(decoded):
            pixels[number] = image
            yield number + 1
        pixels.flush()
        del pixels


def open_pictures(samples: Sequence[Sample], settings: TrainingSettings, folder: Path) -> Pictures:
    """What `decode` wrote, mapped into memory; the system gives up pages that are not in use.

    Raises TrainingError for a file that is damaged.
    """
    path = decoded_path(samples, settings, folder)
    try:
        pixels = np.load(path, mmap_mode="r", allow_pickle=False)
        is_whole = (pixels.shape, pixels.dtype) == ((len(samples), settings.input, settings.input, 3), np.uint8)
    except (ValueError, EOFError):
        is_whole = False
    if not is_whole:
        raise TrainingError(f"{path} is damaged; delete it, and the images are decoded anew")
    return Pictures(tuple(sample.name for sample in samples), pixels)


def picture_of(path: Path, settings: TrainingSettings) -> np.ndarray:
    """One image (input, input, 3) uint8: decoded, normalised where the settings say so, and resized to a square."""
    image = read_image(path)
    return picture_from(image, settings, fit_stain(image) if settings.stain == "macenko" else None)


def picture_from(image: np.ndarray, settings: TrainingSettings, stain: Stain | None) -> np.ndarray:
    """An image (h, w, 3) uint8 with its stain as (input, input, 3) uint8; METHOD counts up when this changes."""
    if stain is not None and settings.stain == "macenko":
        image = normalise(image, stain)
    return resize(image, settings.input, settings.input)


def decoded_path(samples: Sequence[Sample], settings: TrainingSettings, folder: Path) -> Path:
    """Named by what is in it: the content of the files in their order, the size and the normalisation."""
    digest = sha256(f"{settings.input} {settings.stain}".encode())
    for sample in samples:
        digest.update(f"\n{sample.name} {sample.sha256}".encode())
    return folder / f"{digest.hexdigest()[:16]}.npy"


def _require_room(folder: Path, shape: tuple[int, ...]) -> None:
    needed = int(np.prod(shape)) + SPARE_DISK
    free = psutil.disk_usage(str(folder)).free
    if needed > free:
        raise TrainingError(
            f"the decoded images need {needed / 1e9:.1f} GB in {folder}, and {free / 1e9:.1f} GB are free; make room, "
            "give another --cache, or train on fewer images"
        )
