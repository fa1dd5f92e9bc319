"""An external test on one screen: is the bundle as good here as cross-validation had promised?"""

from rich.console import Group

from report.external.external_result import ExternalResult
from report.external.two_cohorts import Change
from report.first_look.short_report import short_report
from report.guess.chance_levels import chance_levels
from report.section import Estimate, signed

DECIMALS = {"AUC": (3, 1)}  # and the unit, of a measure that is not in per cent


def short_test(test: ExternalResult) -> list[Group]:
    """What to print of a test, a group for each part."""
    truth = test.answers.truth if test.is_two_class else None
    chance = chance_levels(test.answers.label, truth, test.prevalence)
    return short_report(test.evaluation, test.measures, chance, promise_lines(test))


def promise_lines(test: ExternalResult) -> list[str]:
    """What cross-validation had promised of each measure, and whether it holds here; then what the promise is worth."""
    lines = ["As cross-validation promised?"]
    for name, change in test.changes.items():
        lines.append(f"- {name} {promise_words(name, change)}")
    return [*lines, *([test.promise] if test.promise else [])]


def promise_words(name: str, change: Change) -> str:
    """One measure there, and its difference here."""
    decimals, unit = DECIMALS.get(name, (1, 100))
    there = Estimate(change.there, decimals, unit)
    return f"{there} promised; difference here {signed(change.difference, decimals, unit)}: {change.verdict}"
