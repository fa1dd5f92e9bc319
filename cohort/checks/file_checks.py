"""All images of a data set are looked at before any work: which can be used, which cannot, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from warnings import catch_warnings, simplefilter

from joblib import Parallel, cpu_count, delayed

from cohort.checks.colour_profiles import profile_notices
from cohort.checks.notices import Notice
from cohort.files.offenders import listed, refuse
from cohort.samples import DatasetError, Sample
from imaging.read import ImageError, ImageInfo, inspect

THREADS = 8  # at most: decoding lets go of Python's lock, and each holds an image or two in memory


@dataclass(frozen=True)
class Inspected:
    """What is known of the images of a data set, by name and in its order."""

    facts: dict[str, ImageInfo]  # of those that can be used
    refused: dict[str, str] = field(default_factory=dict)  # why the others cannot, each with its file and the way out
    warnings: tuple[Notice, ...] = ()  # what is allowed but often a mistake

    def require_all(self) -> list[ImageInfo]:
        """The facts of all images; raises DatasetError that lists those which cannot be used."""
        rule = "images cannot be used; repair, relabel or remove them"
        refuse(DatasetError, list(self.refused.values()), rule)
        return list(self.facts.values())


def inspect_all(samples: Sequence[Sample], jobs: int = 0, known: Mapping[str, ImageInfo] | None = None) -> Inspected:
    """Look at every file, each decoded to its end; never raises for an image.

    jobs: files looked at side by side, 0: one per core. known: facts of an earlier run by name; a file whose SHA-256
    is the known one is not decoded again. The same content under two labels is refused, for either may be wrong.
    """
    known = known or {}
    work = (delayed(_look)(sample, known.get(sample.name)) for sample in samples)
    with catch_warnings():  # Pillow warns of odd metadata, and of images so large that they are refused here anyway
        simplefilter("ignore")
        outcomes = Parallel(min(jobs or cpu_count(), THREADS), prefer="threads")(work)
    facts: dict[str, ImageInfo] = {}
    refused: dict[str, str] = {}
    for sample, outcome in zip(samples, outcomes, strict=True):
        if isinstance(outcome, ImageInfo):
            facts[sample.name] = outcome
        else:
            refused[sample.name] = outcome
    copies = _copies(samples, facts)
    for same in copies:
        if not _have_one_label(same):
            for sample in same:
                refused[sample.name] = _two_labels(same, sample)
                del facts[sample.name]
    return Inspected(facts, refused, (*_copy_warnings(copies), *profile_notices(samples, facts)))


def _look(sample: Sample, known: ImageInfo | None) -> ImageInfo | str:
    """What is known of an image file, or why it cannot be used."""
    try:
        return inspect(sample.path, known)
    except ImageError as error:
        return str(error)


def _copies(samples: Sequence[Sample], facts: Mapping[str, ImageInfo]) -> list[list[Sample]]:
    """The images whose files have equal content, a group for each content that several have."""
    by_content = defaultdict(list)
    for sample in samples:
        if sample.name in facts:
            by_content[facts[sample.name].sha256].append(sample)
    return [same for same in by_content.values() if len(same) > 1]


def _have_one_label(copies: Sequence[Sample]) -> bool:
    return len({sample.label for sample in copies}) == 1


def _two_labels(copies: Sequence[Sample], sample: Sample) -> str:
    """Names one of the copies that has another label."""
    contrary = next(copy for copy in copies if copy.label != sample.label)
    first, second = sorted((sample, contrary), key=lambda copy: copy.name)
    return (
        f"{first.name} ({first.label}) and {second.name} ({second.label}) are the same image; keep the one whose label "
        "is right"
    )


def _copy_warnings(copies: Sequence[Sequence[Sample]]) -> tuple[Notice, ...]:
    """Copies under one label count double; unless one known patient has them all, they may be in several folds."""
    of_one_patient, of_several = [], []
    for same in copies:
        if _have_one_label(same):
            patients = {sample.patient for sample in same}
            names = " = ".join(sample.name for sample in same)
            if len(patients) == 1 and "" not in patients:
                of_one_patient.append(names)
            else:
                of_several.append(names)
    warnings = []
    if of_several:
        leak = "count double, and may be both trained on and tested on"
        sentence = listed(of_several, f"images are there more than once, {leak}; keep one of each")
        warnings.append(Notice("copies-of-an-image", sentence))
    if of_one_patient:
        rule = "images of a patient are there more than once and count double; keep one of each"
        warnings.append(Notice("copies-of-an-image", listed(of_one_patient, rule)))
    return tuple(warnings)
