"""The measures of all images of a data set, a table for each probe, and the features that a classifier is given."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cohort.audit.manifest_columns import Columns
from cohort.audit.measure_image import ImageMeasures
from cohort.audit.name_measures import name_measures
from cohort.audit.probe_list import MANIFEST, OF_FILES, AuditError, probe_of
from cohort.samples import Sample

MOST_CATEGORIES = 20  # of a word that become columns of their own; the others share one
FEWEST_OF_NUMBERS = 20  # distinct values of a manifest's column, all numbers, from which it is one number

Words = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Measured:
    """What is measured of every image, by the key of a probe; the names of measures are those of `probe_of`."""

    names: tuple[str, ...]  # of the images
    numbers: Mapping[str, np.ndarray]  # (image, measure) float64, nan where it cannot be known
    words: Mapping[str, Words]  # (image, word), "" where nothing is said
    broken: Mapping[str, str]  # by image, what is broken about its range
    phashes: tuple[str, ...]  # what each image looks like, see imaging.perceptual_hash

    @property
    def keys(self) -> tuple[str, ...]:
        """The probes in which images differ at all."""
        return tuple(key for key in self.numbers if self.feature_names(key))

    def features(self, key: str) -> np.ndarray:
        """What a classifier is given, (image, column) float64: numbers, then categories as columns of 0 and 1.

        A number that is missing is the median of the others, and a column says where it is. Columns in which all
        images agree are left out. Raises AuditError for a probe that was not measured.
        """
        columns = list(self._columns(key).values())
        return np.stack(columns, axis=1) if columns else np.empty((len(self.names), 0))

    def feature_names(self, key: str) -> tuple[str, ...]:
        """What the columns of the features mean."""
        return tuple(self._columns(key))

    def of_images(self, names: Sequence[str]) -> "Measured":
        """The measures of some images, in this order; raises AuditError for one that was not measured."""
        place = {name: number for number, name in enumerate(self.names)}
        unknown = [name for name in names if name not in place]
        if unknown:
            raise AuditError(f"images were not measured: {', '.join(unknown[:3])}; measure them first")
        chosen = [place[name] for name in names]
        return replace(
            self,
            names=tuple(names),
            numbers={key: numbers[chosen] for key, numbers in self.numbers.items()},
            words={key: tuple(words[number] for number in chosen) for key, words in self.words.items()},
            broken={name: self.broken[name] for name in names if name in self.broken},
            phashes=tuple(self.phashes[number] for number in chosen),
        )

    def _columns(self, key: str) -> dict[str, np.ndarray]:
        """The features of a probe by what they mean."""
        if key not in self.numbers:
            raise AuditError(f"probe {key!r} was not measured; measured: {', '.join(self.numbers)}")
        probe = probe_of(key)
        columns = dict(_number_columns(probe.numbers, self.numbers[key]))
        if probe.gaps_tell:
            columns |= _gap_columns(probe.numbers, self.numbers[key])
        for place, word in enumerate(probe.words):
            categories = [words[place] for words in self.words[key]]
            columns |= _category_columns(word, categories)
        return {name: column for name, column in columns.items() if (column != column[0]).any()}


def measured_from(
    samples: Sequence[Sample], measures: Mapping[str, ImageMeasures | str], columns: Columns | None = None
) -> Measured:
    """The table of all images that were measured, in their order, with what their names and the manifest say.

    measures: by image, as `measure_images` yields them; an image that could not be read is left out. columns: by name,
    as `further_columns` reads them. Raises AuditError where no image could be read.
    """
    used, rows = [], []
    for sample in samples:
        row = measures.get(sample.name)
        if isinstance(row, ImageMeasures):
            used.append(sample)
            rows.append(row)
    if not used:
        raise AuditError("none of the images could be measured; repair or replace them")
    numbers: dict[str, np.ndarray] = {}
    words: dict[str, Words] = {}
    for probe in OF_FILES:
        numbers[probe.key] = np.stack([row.numbers_of(probe.key) for row in rows])
        words[probe.key] = tuple(row.words_of(probe.key) for row in rows)
    of_names = name_measures(used)
    numbers["name"] = np.array([name.numbers for name in of_names])
    words["name"] = tuple(name.words for name in of_names)
    for column, values in (columns or {}).items():
        written = [values.get(sample.name, "") for sample in used]
        numbers[MANIFEST + column], words[MANIFEST + column] = _of_column(written)
    names = tuple(sample.name for sample in used)
    broken = {name: row.broken for name, row in zip(names, rows, strict=True) if row.broken}
    return Measured(names, numbers, words, broken, tuple(row.phash for row in rows))


def _of_column(written: Sequence[str]) -> tuple[np.ndarray, Words]:
    """A column of a manifest as one number, where it holds many of them, else as one word."""
    numbers = np.full(len(written), np.nan)
    words: Words = tuple((text,) for text in written)
    if len(set(written)) >= FEWEST_OF_NUMBERS:
        try:
            numbers = np.array([float(text or "nan") for text in written])
            words = (("",),) * len(written)
        except ValueError:  # words
            pass
    return numbers[:, None], words


def _number_columns(names: Sequence[str], numbers: np.ndarray) -> dict[str, np.ndarray]:
    """The numbers (image, measure), those that are missing the median of the others."""
    columns = {}
    for name, column in zip(names, numbers.T, strict=True):
        known = np.isfinite(column)
        middle = np.median(column[known]) if known.any() else 0.0
        columns[name] = np.where(known, column, middle)
    return columns


def _gap_columns(names: Sequence[str], numbers: np.ndarray) -> dict[str, np.ndarray]:
    """Where numbers (image, measure) are missing; measures that are missing together say so once."""
    first_of: dict[bytes, str] = {}
    for name, column in zip(names, numbers.T, strict=True):
        first_of.setdefault(np.isfinite(column).tobytes(), name)
    return {f"{name} is missing": 1.0 - np.frombuffer(known, bool) for known, name in first_of.items()}


def _category_columns(word: str, categories: Sequence[str]) -> dict[str, np.ndarray]:
    """A column for each of the commonest categories, and one for all others."""
    counts = Counter(categories)
    own = [category for category, count in counts.most_common(MOST_CATEGORIES) if count > 1]
    texts = np.array(categories)
    columns = {f"{word}: {category}": (texts == category).astype(float) for category in own}
    if len(own) < len(counts):
        columns[f"{word}: another"] = (~np.isin(texts, own)).astype(float)
    return columns
