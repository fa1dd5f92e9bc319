"""Small copies of the worst mistakes and of an audit's extremes, for the report, where the images are still at hand.

Settings may be a stranger's and lead to any file of this machine, so no file is shown but the one that was described:
its SHA-256 must be that of the index it was found by, and that of the run where the run says it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from cohort.read_dataset import read_dataset
from cohort.samples import Dataset
from featurize.store.file_format import CacheError
from featurize.store.image_index import ImageIndex, read_image_index
from imaging.read import ImageError, read_image
from imaging.read_errors import require_file
from report.measures.mistakes import SIDE, thumbnail, worst_mistakes
from report.out_of_fold import OutOfFold

LARGEST = 1 << 28  # bytes of an image file that is looked at
SMALL_SIDE = 192  # pixels of the longer side of the many that an audit shows


def thumbnails(
    out_of_fold: OutOfFold,
    settings: Mapping[str, Any] | None,
    data: Path | Dataset | None = None,
    digests: Mapping[str, str] | None = None,
    further: Sequence[str] = (),
) -> dict[str, bytes]:
    """JPEG files of the worst mistakes by image, of the data set given or of the files that were described.

    `digests` are the SHA-256 of the images' files as far as they are known; `further` images are made smaller. An image
    that is gone, has changed or cannot be read has none.
    """
    indexed: dict[str, str] = {}
    if data is None:
        paths = described_paths(settings or {})
        indexed = {name: image.info.sha256 for name, image in described(settings or {}).items()}
    else:
        dataset = read_dataset(data) if isinstance(data, Path) else data
        paths = {sample.name: sample.path for sample in dataset.samples}
    known = (indexed, digests or {})
    worst = out_of_fold.images[worst_mistakes(out_of_fold)].tolist()
    return small_copies(further, paths, known, SMALL_SIDE) | small_copies(worst, paths, known)


def small_copies(
    images: Iterable[str], paths: Mapping[str, Path], digests: Sequence[Mapping[str, str]] = (), side: int = SIDE
) -> dict[str, bytes]:
    """JPEG files of images, `side` pixels long, by image; none of one whose SHA-256 is not the known one."""
    small = {}
    for image in images:
        wanted = {known.get(image) for known in digests} - {None, ""}
        with suppress(ImageError, KeyError, OSError):
            content = _content(paths[image])
            if wanted <= {sha256(content).hexdigest()}:
                small[image] = thumbnail(read_image(paths[image], content), side)
    return small


def described(settings: Mapping[str, Any]) -> ImageIndex:
    """What the cache of a run knows of its images; nothing where the cache is gone or the settings do not say."""
    with suppress(CacheError, KeyError, OSError, ValueError):  # ValueError: a path that cannot be one
        return read_image_index(Path(settings["cache"]) / settings["name"])
    return {}


def described_paths(settings: Mapping[str, Any]) -> dict[str, Path]:
    """Where the images of a run were when they were described; none where the cache is gone or does not say."""
    return {name: Path(image.path) for name, image in described(settings).items()}


def _content(path: Path) -> bytes:
    """The bytes of a file, read once; raises ImageError or OSError, and KeyError for more than are looked at."""
    require_file(path)
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise KeyError(f"{path} is too large")
    return content
