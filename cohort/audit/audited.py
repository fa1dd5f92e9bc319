"""What an audit found out, as data: to and from audit.json, and in sentences. Nothing is computed here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from math import isnan, nan
from typing import Any

from cohort.audit.probe_list import AuditError, probe_of
from cohort.audit.probe_results import GroupResult, ProbeResult
from cohort.audit.used_by import UsedBy, used_by_from
from imaging.errors import shown

FORMAT = 1
SHOWN = 3  # names in a sentence


@dataclass(frozen=True)
class Audited:
    """What an audit found out about a data set; see `sentences`."""

    data: str  # the data set's name
    images: int
    patients: int  # that are known
    classes: tuple[str, ...]
    class_counts: tuple[int, ...]
    probes: tuple[ProbeResult, ...]
    groups: tuple[GroupResult, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)  # by image, what is broken about its range
    use: UsedBy | None = None
    seed: int = 0
    permutations: int = 0
    near_duplicates: tuple[tuple[str, str], ...] = ()  # pairs of images of two classes that look alike

    @property
    def findings(self) -> tuple[ProbeResult, ...]:
        """The probes that tell the classes apart, those first that do so best."""
        told = [probe for probe in self.probes if probe.told]
        return tuple(sorted(told, key=lambda probe: probe.guess - probe.accuracy))

    @property
    def verdict(self) -> str:
        """All of it in a sober sentence."""
        telling = [probe for probe in self.findings if not probe.of_tissue]
        if telling:
            families = _listed(dict.fromkeys(probe.family for probe in telling))
            return (
                f"the label is visible in how the images were made ({families}): a model may learn that instead of "
                "tissue, and do worse elsewhere than these numbers say"
            )
        if self.findings:
            families = _listed(dict.fromkeys(probe.family for probe in self.findings))
            return (
                f"the classes differ in {families}: that may be biology, as mucus is pale, or the way the images were "
                "made; an audit cannot tell which"
            )
        if self.probes and all(probe.cannot for probe in self.probes):
            return f"whether the label is visible in how the images were made cannot be tested: {self.probes[0].cannot}"
        return "no probe tells the classes apart; what no probe looks at may still do so"

    def sentences(self) -> list[str]:
        """One unwrapped line for each finding, for what cannot be tested, and for images that need a look."""
        lines = [probe.sentence for probe in self.findings]
        tested = [probe for probe in self.probes if not probe.cannot]
        if tested and not lines:
            lines.append("no probe tells the classes apart")
        lines += self._untested()
        lines += [group.sentence for group in self.groups]
        lines += self._images_to_look_at()
        return lines + (self.use.sentences() if self.use else [])

    def _untested(self) -> list[str]:
        """A line for each reason why probes cannot be tested."""
        titles: dict[str, list[str]] = {}
        for probe in self.probes:
            if probe.cannot:
                titles.setdefault(probe.cannot, []).append(probe.title)
        lines = []
        for reason, of_reason in titles.items():
            none_can = len(of_reason) == len(self.probes)
            rule = "no probe can be tested" if none_can else f"{_listed(of_reason)} cannot be tested"
            lines.append(f"{rule}: {reason}")
        return lines

    def _images_to_look_at(self) -> list[str]:
        lines = []
        if self.broken:
            first = [f"{shown(image)} ({fault})" for image, fault in list(self.broken.items())[:SHOWN]]
            lines.append(f"range: {_counted(len(self.broken), 'image')} broken: {_some(first, len(self.broken))}")
        if self.near_duplicates:
            first = [f"{shown(one)} and {shown(other)}" for one, other in self.near_duplicates[:SHOWN]]
            count = len(self.near_duplicates)
            lines.append(f"copies: {_counted(count, 'pair')} of two classes alike: {_some(first, count)}")
        return lines

    def to_json(self) -> str:
        """As text of JSON, which `from_json` reads; what is not known is null."""
        facts = {"format": FORMAT, **asdict(self), "verdict": self.verdict, "sentences": self.sentences()}
        return json.dumps(_without_nan(facts), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Audited":
        """From what `to_json` wrote, or a later version that keeps more; raises AuditError."""
        try:
            facts = json.loads(text)
            own = _own_fields(cls, facts)
            for name, kind in (("probes", ProbeResult), ("groups", GroupResult)):
                own[name] = tuple(kind(**_with_nan(_own_fields(kind, one))) for one in own[name])
                for one in own[name]:
                    probe_of(one.key)
            own["use"] = used_by_from(own["use"]) if own["use"] else None
            own["near_duplicates"] = tuple((str(one), str(other)) for one, other in own["near_duplicates"])
            own["classes"], own["class_counts"] = tuple(own["classes"]), tuple(map(int, own["class_counts"]))
            return cls(**own)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise AuditError(f"this is no audit ({type(error).__name__}: {error}); make it anew") from error


def _listed(names: Sequence[str] | Mapping[str, None]) -> str:
    """The names as a sentence has them.

    >>> _listed(["colour", "size", "JPEG"])
    'colour, size and JPEG'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _some(first: Sequence[str], count: int) -> str:
    more = count - len(first)
    return "; ".join(first) + (f"; and {more} more" if more else "")


def _counted(count: int, what: str) -> str:
    return f"1 {what} is" if count == 1 else f"{count} {what}s are"


def _own_fields(kind: type, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that are fields of ours; raises KeyError where one is missing."""
    return {own.name: facts[own.name] for own in fields(kind)}


def _with_nan(facts: dict[str, Any]) -> dict[str, Any]:
    """Numbers that are null become nan."""
    return {name: nan if value is None else value for name, value in facts.items()}


def _without_nan(facts: Any) -> Any:
    """The same in which nan is None."""
    if isinstance(facts, dict):
        return {name: _without_nan(value) for name, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [_without_nan(value) for value in facts]
    return None if isinstance(facts, float) and isnan(facts) else facts
