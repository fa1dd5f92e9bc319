"""All images of a data set are looked at before any work: which can be used, which cannot, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from warnings import catch_warnings, simplefilter

from joblib import Parallel, cpu_count, delayed

from cohort.files.csv_text import listed, refuse
from cohort.samples import Sample
from imaging.read import ImageError, ImageInfo, inspect

THREADS = 8  # at most: decoding lets go of Python's lock, and each holds an image or two in memory


@dataclass(frozen=True)
class Inspected:
    """What is known of the images of a data set, by name and in its order."""

    facts: dict[str, ImageInfo]  # of those that can be used
    refused: dict[str, str] = field(default_factory=dict)  # why the others cannot, each with its file and the way out
    warnings: tuple[str, ...] = ()  # what is allowed but often a mistake

    def require_all(self) -> list[ImageInfo]:
        """The facts of all images; raises DatasetError that lists those which cannot be used."""
        refuse(list(self.refused.values()), "images cannot be used; repair, relabel or remove them")
        return list(self.facts.values())


def inspect_all(samples: Sequence[Sample], jobs: int = 0, known: Mapping[str, ImageInfo] | None = None) -> Inspected:
    """Look at every file, each decoded to its end; never raises for an image.

    jobs: files looked at side by side, 0: one per core. known: facts of an earlier run by name; a file whose SHA-256
    is the known one is not decoded again. The same content under two labels is refused, for either may be wrong.
    """
    known = known or {}
    work = (delayed(_look)(sample, known.get(sample.name)) for sample in samples)
    with catch_warnings():  # Pillow tells of odd metadata, and of images so large that they are refused here anyway
        simplefilter("ignore")
        found = Parallel(min(jobs or cpu_count(), THREADS), prefer="threads")(work)
    looked = dict(zip([sample.name for sample in samples], found, strict=True))
    facts = {name: fact for name, fact in looked.items() if isinstance(fact, ImageInfo)}
    refused = {name: reason for name, reason in looked.items() if isinstance(reason, str)}
    copies = [same for same in _same_content(samples, facts) if len(same) > 1]
    for same in copies:
        if len({sample.label for sample in same}) > 1:
            refused |= {sample.name: _two_labels(same, sample) for sample in same}
    usable = {name: fact for name, fact in facts.items() if name not in refused}
    return Inspected(usable, refused, _copy_warnings(copies))


def _look(sample: Sample, known: ImageInfo | None) -> ImageInfo | str:
    try:
        return inspect(sample.path, known)
    except ImageError as error:
        return str(error)


def _same_content(samples: Sequence[Sample], facts: Mapping[str, ImageInfo]) -> list[list[Sample]]:
    """The images in groups of equal files."""
    groups = defaultdict(list)
    for sample in samples:
        if sample.name in facts:
            groups[facts[sample.name].sha256].append(sample)
    return list(groups.values())


def _two_labels(same: Sequence[Sample], sample: Sample) -> str:
    """Names one of the copies that has another label."""
    other = next(copy for copy in same if copy.label != sample.label)
    pair = [f"{one.name} ({one.label})" for one in sorted((sample, other), key=lambda one: one.name)]
    return f"{' and '.join(pair)} are the same image; keep the one whose label is right"


def _copy_warnings(copies: Sequence[Sequence[Sample]]) -> tuple[str, ...]:
    """Copies under one label count double; unless one known patient has them all, they may be in several folds."""
    names: dict[str, list[str]] = {
        "images are there more than once, count double, and may be both trained on and tested on; keep one of each": [],
        "images of a patient are there more than once and count double; keep one of each": [],
    }
    apart, together = names.values()
    for same in copies:
        if len({sample.label for sample in same}) == 1:
            patients = {sample.patient for sample in same}
            held = together if len(patients) == 1 and patients != {""} else apart
            held.append(" = ".join(sample.name for sample in same))
    return tuple(listed(some, rule) for rule, some in names.items() if some)
