"""What one should know of how the heads were trained."""

from collections import Counter
from collections.abc import Sequence

from boost.crossval import HeldOut
from boost.heads.head import REMARKS
from cohort.checks.notices import Notice


def training_notices(units: Sequence[HeldOut]) -> list[Notice]:
    """A notice for each head and remark, with the number of trainings that it is about."""
    trainings = Counter(unit.head for unit in units)
    remarked: Counter[tuple[str, str]] = Counter()
    for unit in units:
        for remark in set(unit.remarks):
            remarked[unit.head, remark] += 1
    notices = []
    for (head, remark), count in sorted(remarked.items()):
        notices.append(Notice(remark, f"{head}, {count} of {trainings[head]} trainings: {REMARKS[remark]}"))
    return notices
