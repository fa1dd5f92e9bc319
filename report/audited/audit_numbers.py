"""What numbers.json holds of an audit."""

from typing import Any

from cohort.audit.audited import Audited, GroupResult, ProbeResult
from report.statistics.intervals import Interval


def of_audit(audited: Audited | None) -> dict[str, Any] | None:
    """Every probe and group by its key; None where there was no audit."""
    if audited is None:
        return None
    return {
        "images": audited.images,
        "patients": audited.patients,
        "probes": {probe.key: {"family": probe.family, **of_result(probe)} for probe in audited.probes},
        "groups": {group.column: {"groups": group.groups, **of_result(group)} for group in audited.groups},
        "broken": len(audited.broken),
        "permutations": audited.permutations,
    }


def of_result(result: ProbeResult | GroupResult) -> dict[str, Any]:
    """What a probe reached, and whether that tells anything apart."""
    return {
        "accuracy": Interval(result.accuracy, result.low, result.high),
        "guessing": result.guess,
        "p": result.p,
        "p_adjusted": result.p_adjusted,
        "told": result.told,
        "cannot": result.cannot or None,
    }
