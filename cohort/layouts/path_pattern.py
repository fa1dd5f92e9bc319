"""Layouts that are said in words: what the folder names on the way to an image mean, as in class/patient."""

from collections.abc import Iterator
from dataclasses import dataclass

from cohort.layouts.found import Found, require_read
from cohort.layouts.tree import Parts, Tree
from cohort.samples import DatasetError, Sample

CLASS, PATIENT, SPLIT = "class", "patient", "split"
PASSED_OVER = (SPLIT, "any")  # folders whose names mean nothing for the images
ANY_DEPTH = "..."
EXAMPLES = "class/patient, patient/class, split/class or class/..."


@dataclass(frozen=True)
class PathPattern:
    """What each folder above an image is, from the data set's folder on."""

    levels: tuple[str, ...]  # class once, patient at most once, and what is passed over
    is_open: bool = False  # further folders may follow

    def __str__(self) -> str:
        """As it is written on the command line."""
        return "/".join([*self.levels, *([ANY_DEPTH] if self.is_open else [])])

    def fits(self, folder: Parts) -> bool:
        """Whether images in this folder are where the pattern has them."""
        return len(folder) == len(self.levels) or (self.is_open and len(folder) > len(self.levels))

    def name_of(self, level: str, folder: Parts) -> str:
        """The class or the patient of the images in a folder; "" where the pattern has none."""
        return folder[self.levels.index(level)] if level in self.levels else ""


def parse_pattern(text: str) -> PathPattern:
    """The pattern that a text says; raises DatasetError.

    >>> parse_pattern("class/patient/...").levels
    ('class', 'patient')
    """
    *levels, last = text.strip().strip("/").lower().split("/")
    is_open = last == ANY_DEPTH
    levels = levels if is_open else [*levels, last]
    wrong = [level for level in levels if level not in (CLASS, PATIENT, *PASSED_OVER)]
    if wrong or levels.count(CLASS) != 1 or levels.count(PATIENT) > 1:
        raise DatasetError(
            f"a layout has the word class once, patient at most once, split or any for folders that mean nothing, and "
            f"... at its end for any depth, as in {EXAMPLES}; got {text!r}"
        )
    return PathPattern(tuple(levels), is_open)


def read_pattern(tree: Tree, pattern: PathPattern) -> Found:
    """The images that lie where the pattern has them; raises DatasetError for a class of which nothing is read."""
    samples = list(samples_of(tree, pattern))
    if not samples:
        raise DatasetError(f"{tree.root} has no images in {pattern}/; a layout is said as in {EXAMPLES}")
    images = tree.images()
    class_level = pattern.levels.index(CLASS) + 1
    class_folders = tuple(folder for folder in tree.listings if len(folder) == class_level)
    read = {sample.label for sample in samples}
    require_read(tree, [folder for folder in class_folders if folder[-1] not in read], [])
    reason = f"image outside {pattern}/"
    elsewhere = {parts: reason for parts in images if not pattern.fits(parts[:-1])}
    tops = frozenset(folder[:1] for folder in class_folders)
    return Found(samples, tops, elsewhere)


def samples_of(tree: Tree, pattern: PathPattern) -> Iterator[Sample]:
    """A sample for each image that lies where the pattern has it."""
    for parts in tree.images():
        folder = parts[:-1]
        if pattern.fits(folder):
            label, patient = pattern.name_of(CLASS, folder), pattern.name_of(PATIENT, folder)
            yield Sample("/".join(parts), tree.path(parts), label, patient)
