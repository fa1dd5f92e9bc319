"""Small copies of the images that were answered worst, for the report, where the images are still at hand."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cohort.read_dataset import read_dataset
from featurize.store.file_format import CacheError
from featurize.store.image_index import read_image_index
from imaging.read import ImageError, read_image
from report.measures.mistakes import thumbnail, worst_mistakes
from report.out_of_fold import OutOfFold


def thumbnails(answers: OutOfFold, settings: Mapping[str, Any] | None, data: Path | None = None) -> dict[str, bytes]:
    """JPEG files of the worst mistakes by image, of the data set given or of the files that were described.

    An image that is gone or cannot be read has none.
    """
    paths = described_paths(settings or {}) if data is None else {s.name: s.path for s in read_dataset(data).samples}
    found = {}
    for image in answers.images[worst_mistakes(answers)].tolist():
        with suppress(ImageError, KeyError):
            found[image] = thumbnail(read_image(paths[image]))
    return found


def described_paths(settings: Mapping[str, Any]) -> dict[str, Path]:
    """Where the images of a run were when they were described; none where the cache is gone or does not say."""
    with suppress(CacheError, KeyError):
        known = read_image_index(Path(settings["cache"]) / settings["name"])
        return {image: Path(one.path) for image, one in known.items()}
    return {}
