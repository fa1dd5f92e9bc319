"""The probes of an audit as tables: which of them tells the classes apart, what that may mean, and what to do next."""

import pandas as pd

from cohort.audit.audited import Audited, GroupResult, ProbeResult
from cohort.audit.probe_list import probe_of
from report.audited.families import FAMILIES
from report.section import Cell, Estimate, Number, Section
from report.statistics.intervals import Interval

LEVEL = "1 %"  # of sets without shortcuts, at most, have any probe named


def probe_section(audited: Audited) -> Section:
    """A row for each probe, those that tell the classes apart first."""
    in_order = sorted(audited.probes, key=lambda probe: (bool(probe.cannot), not probe.told, -probe.accuracy))
    rows: dict[str, dict[str, Cell]] = {}
    for probe in in_order:
        own: dict[str, Cell] = {"family": probe.family}
        rows[probe.title] = own | result_cells(probe) | {"tissue shows in it": "yes" if probe.of_tissue else "no"}
    alone = ""
    if not audited.patients:
        alone = (
            " No patient is known, and each image is taken for one: where several are of one patient, intervals are "
            "too narrow, and p too small."
        )
    sentence = (
        f"{in_a_sentence(audited.verdict)} Each probe is a small classifier that is given these numbers alone, "
        "cross-validated on the folds by patient. Accuracy in % with its 95 % interval; guessing: naming the class "
        f"most frequent in the other folds. p is of {audited.permutations} exchanges of labels between whole patients, "
        f"adjusted for all probes together: of sets without any shortcut {LEVEL} at most would have any named. Where "
        f"tissue shows in a probe too, classes may differ by biology.{alone}"
    )
    cells = pd.DataFrame(rows).T.rename_axis("probe")
    return Section("audit-probes", "What tells the classes apart", sentence, cells, at_length=True)


def in_a_sentence(words: str) -> str:
    """Words as a sentence.

    >>> in_a_sentence("no probe tells the classes apart")
    'No probe tells the classes apart.'
    """
    return f"{words[:1].upper()}{words[1:]}."


def result_cells(result: ProbeResult | GroupResult) -> dict[str, Cell]:
    """The numbers of a probe, and what they say."""
    if result.cannot:
        return {"accuracy": None, "guessing": None, "p, adjusted": None, "told apart": result.cannot}
    return {
        "accuracy": Estimate(Interval(result.accuracy, result.low, result.high)),
        "guessing": Number(result.guess, 1, unit=100),
        "p, adjusted": Number(result.p_adjusted, 4),
        "told apart": "yes" if result.told else "not shown",
    }


def next_section(audited: Audited) -> Section | None:
    """What each family may mean that tells the classes apart, and what to do; None where none does."""
    told = {probe.family for probe in audited.findings}
    rows = {}
    for name, family in FAMILIES.items():
        if name in told:
            rows[name] = {"looks at": family.looks_at, "may mean": family.meaning, "what to do": family.next_step}
    if not rows:
        return None
    sentence = (
        "That a probe tells the classes apart does not say that the models use it, nor that it is wrong: colour may be "
        "biology. It says that an accuracy up to the probe's can be had without looking at tissue."
    )
    cells = pd.DataFrame(rows).T.rename_axis("family")
    return Section("audit-what-to-do", "What it may mean, and what to do", sentence, cells, at_length=True)


def group_section(audited: Audited) -> Section | None:
    """Whether patients, scanners or centres can be told from colour; None where none was tried."""
    if not audited.groups:
        return None
    rows: dict[str, dict[str, Cell]] = {}
    for group in audited.groups:
        told_by = probe_of(group.key).title if group.key else None
        rows[group.column] = {"groups": group.groups, "by": told_by, **result_cells(group)}
    sentence = (
        "Whether the group that an image is of can be told from its colours, in images of patients whom no probe saw "
        "(of patients: in further images of theirs). That patients can be told is usual, and what folds by patient "
        "are for. Where a centre or scanner can be told, folds by patient are not enough: leave one out at a time."
    )
    cells = pd.DataFrame(rows).T.rename_axis("group")
    return Section("audit-groups", "Between groups", sentence, cells, at_length=True)


def use_section(audited: Audited) -> Section | None:
    """Whether the models' answers hang on it; None where that was not asked."""
    if audited.use is None:
        return None
    cells = pd.DataFrame({"of the models": audited.use.sentences()})
    cells.index = pd.RangeIndex(1, len(cells) + 1, name="finding")
    sentence = (
        "Held-out images were made again as images of another class are, described again, and the answers that changed "
        "counted against making them again as their own class is."
    )
    return Section("audit-use", "Do the models use it?", sentence, cells, at_length=True)
