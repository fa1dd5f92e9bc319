"""Small copies of the worst mistakes, for the report, where the images are still at hand."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cohort.read_dataset import read_dataset
from cohort.samples import Dataset
from featurize.store.file_format import CacheError
from featurize.store.image_index import read_image_index
from imaging.read import ImageError, read_image
from report.measures.mistakes import thumbnail, worst_mistakes
from report.out_of_fold import OutOfFold


def thumbnails(
    out_of_fold: OutOfFold, settings: Mapping[str, Any] | None, data: Path | Dataset | None = None
) -> dict[str, bytes]:
    """JPEG files of the worst mistakes by image, of the data set given or of the files that were described.

    An image that is gone or cannot be read has none.
    """
    if data is None:
        paths = described_paths(settings or {})
    else:
        dataset = read_dataset(data) if isinstance(data, Path) else data
        paths = {sample.name: sample.path for sample in dataset.samples}
    small = {}
    for image in out_of_fold.images[worst_mistakes(out_of_fold)].tolist():
        with suppress(ImageError, KeyError):
            small[image] = thumbnail(read_image(paths[image]))
    return small


def described_paths(settings: Mapping[str, Any]) -> dict[str, Path]:
    """Where the images of a run were when they were described; none where the cache is gone or does not say."""
    with suppress(CacheError, KeyError):
        index = read_image_index(Path(settings["cache"]) / settings["name"])
        return {name: Path(image.path) for name, image in index.items()}
    return {}
