"""The audit of a cohort: whether its classes can be told from how images were made, and its groups from colour."""

from math import nan

import numpy as np

from cohort.audit.audited import Audited, ProbeResult
from cohort.audit.measured import Measured
from cohort.audit.probe_list import probe_of
from cohort.cohort import Cohort
from report.guess.class_shares import shares_of_other_folds
from report.statistics.clustered import clustered_interval
from report.statistics.influence import share
from workflow.audit.groups import group_results
from workflow.audit.shortcut_test import LEVEL, PERMUTATIONS, Tested, against_luck, why_not

CAUSES_FIRST = (  # families of probes, and one probe that all others leave a trace in
    *("metadata", "manifest", "size", "JPEG", "range", "name"),
    *("background", "stain", "bytes", "sharpness", "colour"),
)
NEAR = 0.05  # of accuracy: as good as the best


def audit_cohort(
    cohort: Cohort, measured: Measured, seed: int = 0, data: str = "", jobs: int = 1, permutations: int = PERMUTATIONS
) -> Audited:
    """Test every probe of the images that are measured, on the folds of the cohort; `data` is what to call these.

    Where the measured images are of one class, or lie in one fold, nothing can be tested.
    """
    cohort, measured = both(cohort, measured)
    features = {key: measured.features(key) for key in measured.keys}
    reason = untestable(cohort)
    least = nan
    if reason or not features:
        probes = [untested(key, reason) for key in features]
    else:
        of_all = against_luck(cohort, features, seed, permutations, jobs)
        least = of_all.least
        probes = [probe_result(key, of_all, cohort) for key in ranked(of_all, cohort)]
    counts = np.bincount(cohort.codes, minlength=len(cohort.classes))
    return Audited(
        data=data,
        images=len(cohort),
        patients=len(set(cohort.patients) - {""}),
        classes=cohort.classes,
        class_counts=tuple(int(count) for count in counts),
        probes=tuple(probes),
        groups=group_results(cohort, measured, features, seed, permutations, jobs),
        broken=dict(measured.broken),
        use=None,
        seed=seed,
        permutations=permutations,
        least=least,
    )


def untestable(cohort: Cohort) -> str:
    """Why no probe can be trained and tested; "" where one can."""
    if len(cohort.classes) < 2:
        return "only one class is left"
    if len(cohort.held_out_folds) < 2:
        return "all images lie in one fold, so that there are no others to learn from"
    return ""


def untested(key: str, reason: str) -> ProbeResult:
    """A probe of which nothing is known."""
    probe = probe_of(key)
    return ProbeResult(key, probe.family, probe.title, nan, nan, nan, nan, nan, nan, False, reason)


def probe_right(cohort: Cohort, measured: Measured, seed: int = 0) -> dict[str, np.ndarray]:
    """Which images each probe gets right out-of-fold, (image,) bool, in the order of the cohort.

    All its images must be measured.
    """
    features = measured.of_images(cohort.images)
    of_all = against_luck(cohort, {key: features.features(key) for key in features.keys}, seed, permutations=0)
    return {key: answers(key, of_all, cohort) == cohort.codes for key in of_all.reached}


def both(cohort: Cohort, measured: Measured) -> tuple[Cohort, Measured]:
    """The images that are in the cohort and measured, in the order of the cohort, with the classes that are left."""
    names = set(measured.names)
    rows = np.array([image in names for image in cohort.images], bool)
    images = [image for image, is_measured in zip(cohort.images, rows, strict=True) if is_measured]
    patients = [patient for patient, is_measured in zip(cohort.patients, rows, strict=True) if is_measured]
    labels = cohort.labels[rows].tolist()
    classes = [name for name in cohort.classes if name in set(labels)]
    part = Cohort.of(images, labels, classes, patients, cohort.fold[rows])
    return part, measured.of_images(images)


def ranked(of_all: Tested, cohort: Cohort) -> list[str]:
    """The probes, the most telling first: by accuracy, then by how sure they are of the truth.

    Of those that come near to the best of them, causes stand before what may follow from them: a stretched range
    changes colours too, and whatever is compressed is less sharp.
    """
    every = np.arange(len(cohort))

    def strength(key: str) -> tuple[float, float]:
        certainty = of_all.log_probabilities[key][every, cohort.codes].clip(-10).mean()
        return of_all.reached[key], float(certainty)

    left = sorted(of_all.reached, key=strength, reverse=True)
    in_order: list[str] = []
    while left:
        near = [key for key in left if of_all.reached[key] >= of_all.reached[left[0]] - NEAR]
        in_order += sorted(near, key=place_among_causes)
        left = [key for key in left if key not in near]
    return in_order


def place_among_causes(key: str) -> int:
    """Where a probe stands among those that tell as much."""
    return CAUSES_FIRST.index(key if key in CAUSES_FIRST else probe_of(key).family)


def answers(key: str, of_all: Tested, cohort: Cohort) -> np.ndarray:
    """The class that a probe names out-of-fold, (image,) int, by the shares that classes have in the other folds."""
    shares = shares_of_other_folds(cohort.codes, cohort.fold, len(cohort.classes))
    return (of_all.log_probabilities[key] + np.log(shares)).argmax(axis=1)


def units_of(cohort: Cohort) -> str:
    """What changes places, in words."""
    units = len(set(cohort.groups.tolist()))
    return f"{units} patients" if any(cohort.patients) else f"{units} images"


def probe_result(key: str, of_all: Tested, cohort: Cohort) -> ProbeResult:
    """What a probe reaches of all images that are held out, beside a guess by class shares."""
    probe = probe_of(key)
    _, group = np.unique(cohort.groups, return_inverse=True)
    right = answers(key, of_all, cohort) == cohort.codes
    interval = clustered_interval(share(right, cohort.tested), group)
    shares = shares_of_other_folds(cohort.codes, cohort.fold, len(cohort.classes))
    guess = share(shares.argmax(axis=1) == cohort.codes, cohort.tested)
    adjusted = of_all.adjusted(key)
    cannot = why_not(of_all, units_of(cohort))
    return ProbeResult(
        key=key,
        family=probe.family,
        title=probe.title,
        accuracy=interval.value,
        low=interval.low,
        high=interval.high,
        guess=guess.value,
        p=of_all.p_value(key),
        p_adjusted=adjusted,
        told=adjusted <= LEVEL and not cannot,
        cannot=cannot,
    )
