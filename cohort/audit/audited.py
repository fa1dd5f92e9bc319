"""What an audit found out, as data: to and from audit.json, and in sentences. Nothing is computed here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite, nan
from typing import Any

from cohort.audit.json_kinds import checked, number_or_nan, text_of, whole_number
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
    probes: tuple[ProbeResult, ...]  # the clearest first
    groups: tuple[GroupResult, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)  # by image, what is broken about its range
    use: UsedBy | None = None
    seed: int = 0
    permutations: int = 0
    near_duplicates: tuple[tuple[str, str], ...] = ()  # pairs of images of two classes that look alike
    least: float = nan  # the smallest accuracy that would have been told; nan where there is none

    @property
    def findings(self) -> tuple[ProbeResult, ...]:
        """The probes that tell the classes apart, in the order of all probes."""
        return tuple(probe for probe in self.probes if probe.told)

    @property
    def verdict(self) -> str:
        """All of it in a sober sentence."""
        telling = [probe for probe in self.findings if not probe.of_tissue]
        if telling:
            families = _listed(dict.fromkeys(shown(probe.family) for probe in telling))
            return (
                f"the label is visible in how the images were made ({families}): a model may learn that instead of "
                "tissue, and do worse elsewhere than these numbers say"
            )
        if self.findings:
            families = _listed(dict.fromkeys(shown(probe.family) for probe in self.findings))
            return (
                f"the classes differ in {families}: that may be biology, as mucus is pale, or the way the images were "
                "made; an audit cannot tell which"
            )
        if self.probes and all(probe.cannot for probe in self.probes):
            return f"whether the label is visible in how the images were made cannot be tested: {self.probes[0].cannot}"
        return (
            "no probe tells the classes apart (probes see only how the images were made, such as size or colour); what "
            "no probe looks at may still do so"
        )

    def sentences(self) -> list[str]:
        """One unwrapped line for each finding, for what cannot be tested, and for images that need a look."""
        lines = [probe.sentence for probe in self.findings]
        tested = [probe for probe in self.probes if not probe.cannot]
        if tested and not lines:
            lines.append(f"no probe tells the classes apart{self._least()}")
        if self.findings and not self.patients:
            lines.append(
                "patients: none is known, and each image is taken for one: where several are of one patient, these "
                "intervals are too narrow, and what tells patients apart may be taken for what tells the classes apart"
            )
        lines += self._untested()
        lines += [group.sentence for group in self.groups]
        lines += self._images_to_look_at()
        lines += self.use.sentences() if self.use else []
        return [shown(line) for line in lines]  # names in it may be a stranger's

    def _least(self) -> str:
        if not self.least <= 1:
            return ""
        least = f"{100 * self.least:.0f} %"
        return f"; an accuracy below {least} could not have been told from luck (patients and classes counting alike)"

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
            images = [f"{shown(image)} ({fault})" for image, fault in self.broken.items()]
            lines.append(f"range: {_counted(images, 'image')} broken: {_some(images)}")
        if self.near_duplicates:
            pairs = [f"{shown(one)} and {shown(other)}" for one, other in self.near_duplicates]
            lines.append(f"copies: {_counted(pairs, 'pair')} of two classes alike: {_some(pairs)}")
        return lines

    def to_json(self) -> str:
        """As text of JSON, which `from_json` reads; what is not known is null."""
        facts = {"format": FORMAT, **asdict(self), "verdict": self.verdict, "sentences": self.sentences()}
        return json.dumps(_without_nan(facts), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Audited":
        """From what `to_json` wrote, or a later version that keeps more; raises AuditError for anything else."""
        try:
            return _read(json.loads(text))
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise AuditError(f"this is no audit ({type(error).__name__}: {shown(error)}); make it anew") from error


def _read(facts: dict[str, Any]) -> Audited:
    """An audit from its JSON, in which every entry is of its kind; raises what anything else leads to."""
    probes = tuple(checked(ProbeResult, one) for one in facts["probes"])
    groups = tuple(checked(GroupResult, one) for one in facts.get("groups", ()))
    for key in [one.key for one in probes] + [one.key for one in groups if one.key]:
        probe_of(key)
    use = facts.get("use")
    return Audited(
        data=text_of(facts["data"]),
        images=whole_number(facts["images"]),
        patients=whole_number(facts["patients"]),
        classes=tuple(map(text_of, facts["classes"])),
        class_counts=tuple(map(whole_number, facts["class_counts"])),
        probes=probes,
        groups=groups,
        broken={image: text_of(fault) for image, fault in facts.get("broken", {}).items()},
        use=None if use is None else used_by_from(use),
        seed=whole_number(facts.get("seed", 0)),
        permutations=whole_number(facts.get("permutations", 0)),
        near_duplicates=tuple((text_of(one), text_of(other)) for one, other in facts.get("near_duplicates", ())),
        least=number_or_nan(facts.get("least")),
    )


def _listed(names: Sequence[str] | Mapping[str, None]) -> str:
    """The names as a sentence has them.

    >>> _listed(["colour", "size", "JPEG"])
    'colour, size and JPEG'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _some(names: Sequence[str]) -> str:
    first = "; ".join(names[:SHOWN])
    more = len(names) - SHOWN
    return f"{first}; and {more} more" if more > 0 else first


def _counted(names: Sequence[str], what: str) -> str:
    return f"1 {what} is" if len(names) == 1 else f"{len(names)} {what}s are"


def _without_nan(facts: Any) -> Any:
    """The same in which None stands for what is no number."""
    if isinstance(facts, dict):
        return {name: _without_nan(value) for name, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [_without_nan(value) for value in facts]
    return None if isinstance(facts, float) and not isfinite(facts) else facts
