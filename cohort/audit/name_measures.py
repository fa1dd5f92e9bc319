"""What the names of files say of the order and place of their making, without what they say of label and patient.

Only the name itself is looked at, never its folder. A part of it that writes out or abbreviates the class is the label
in disguise, which nobody needs a probe for; and a part that is the patient's name would count patients twice, who have
tests of their own. Both are cut out. A number that merely counts the images of a folder says how many these are, which
is the class share: places are taken within a folder, unless names are counted on from folder to folder, and digits
count where they are more than counting needs.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from cohort.samples import Sample

PARTS = re.compile(r"\d+|[^\W\d_]+|[\W_]+")  # numbers, words, separators
CAMEL = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
LONGEST_ABBREVIATION = 4
MOST_SHARED = 0.05  # of an average group's names, where these count on from group to group
LONGEST = 60  # characters of a pattern


class NameMeasures(NamedTuple):
    """The measures of the probe `name`, in its order."""

    numbers: tuple[float, ...]
    words: tuple[str, ...]


class _Plain(NamedTuple):
    """A name without label and patient."""

    parts: tuple[str, ...]
    group: tuple[str, ...]  # the folder and what was cut out: images that may be counted together

    @property
    def order(self) -> tuple:
        """Sorts names as people do, 2 before 10."""
        return tuple((0, int(part[:18]), "") if part.isdecimal() else (1, 0, part) for part in self.parts)

    @property
    def pattern(self) -> str:
        return "".join("#" if part.isdecimal() else part for part in self.parts)


class _Split(NamedTuple):
    """A name without its patient, in parts; each stands after the last word or number in front of it."""

    folder: str
    patient: str  # that was cut out; "" where it is not in the name
    parts: tuple[tuple[str, str], ...]


def name_measures(samples: Sequence[Sample]) -> list[NameMeasures]:
    """Place in order (0 to 1), digits, letters and separators of every name; its pattern and ending."""
    split = [_split(sample) for sample in samples]
    labels_in_names = _labels_in_names(split, [sample.label for sample in samples])
    plain = [_plain(name, labels_in_names) for name in split]
    places = _places(plain)
    widths = _padded_widths(plain)
    measures = []
    for sample, name, place in zip(samples, plain, places, strict=True):
        pattern = name.pattern
        digits = sum(widths[name.group, pattern, number] for number in range(pattern.count("#")))
        letters = sum(len(part) for part in name.parts if part.isalpha())
        separators = sum(not part.isalnum() for part in name.parts)
        ending = PurePosixPath(sample.name).suffix
        measures.append(NameMeasures((place, digits, letters, separators), (pattern[:LONGEST], ending)))
    return measures


def _split(sample: Sample) -> _Split:
    path = PurePosixPath(sample.name)
    stem, has_patient = _without_patient(path.stem, sample.patient)
    parts = []
    before = ""
    for part in PARTS.findall(stem):
        parts.append((before, part))
        before = part.casefold() if part.isalnum() else before
    return _Split(path.parent.as_posix(), sample.patient if has_patient else "", tuple(parts))


def _without_patient(stem: str, patient: str) -> tuple[str, bool]:
    """A name with a dash for its patient, where that stands by itself, and whether it does."""
    if patient not in stem or not patient:
        return stem, False
    before = r"(?<!\d)" if patient[0].isdecimal() else r"(?<![^\W\d_])"
    behind = r"(?!\d)" if patient[-1].isdecimal() else r"(?![^\W\d_])"
    cut, times = re.subn(before + re.escape(patient) + behind, "-", stem, count=1)
    return cut, times > 0


def _labels_in_names(split: Sequence[_Split], labels: Sequence[str]) -> set[tuple[str, str]]:
    """Parts of names, each after the part in front of it, that stand for a class and in no other class's names."""
    classes = defaultdict(set)  # by part
    for name, label in zip(split, labels, strict=True):
        for before, part in name.parts:
            classes[before, part.casefold()].add(label)
    found = set()
    for (before, part), of_part in classes.items():
        if len(of_part) == 1 and _stands_for(part, next(iter(of_part))):
            found.add((before, part))
    return found


def _stands_for(part: str, label: str) -> bool:
    """Whether a word writes a class out, or its initials or some of its letters from the first on, as iv for invasive.

    >>> [_stands_for(part, "InSitu") for part in ("insitu", "is", "in", "situ", "p")]
    [True, True, True, True, False]
    """
    whole = label.casefold()
    words = [word.casefold() for word in CAMEL.findall(label)]
    if part == whole or not part.isalpha():
        return part == whole
    if part in words:
        return True
    if len(part) > LONGEST_ABBREVIATION:
        return whole.startswith(part) or (len(whole) > 2 and part.startswith(whole))
    letters = iter(whole)
    return part[0] == whole[0] and all(letter in letters for letter in part)


def _plain(name: _Split, labels_in_names: set[tuple[str, str]]) -> _Plain:
    kept = []
    cut = [name.folder, name.patient]
    for before, part in name.parts:
        if (before, part.casefold()) in labels_in_names:
            cut.append(part.casefold())
        else:
            kept.append(part)
    return _Plain(tuple(kept), tuple(cut))


def _places(names: Sequence[_Plain]) -> list[float]:
    """Where each name stands, 0 to 1, in the order of all names or, where groups count anew, of its group."""
    counted_on = _counted_on(names)
    orders = defaultdict(set)
    for name in names:
        orders[() if counted_on else name.group].add(name.order)
    place = {}
    for group, distinct in orders.items():
        for number, order in enumerate(sorted(distinct)):
            place[group, order] = number / max(len(distinct) - 1, 1)
    return [place[() if counted_on else name.group, name.order] for name in names]


def _counted_on(names: Sequence[_Plain]) -> bool:
    """Whether names are counted on from group to group: hardly any of an average group is that of another too."""
    groups_of_name = defaultdict(set)
    for name in names:
        groups_of_name[name.parts].add(name.group)
    shared = defaultdict(list)
    for name in names:
        shared[name.group].append(len(groups_of_name[name.parts]) > 1)
    shares = [sum(own) / len(own) for own in shared.values()]
    return sum(shares) / len(shares) <= MOST_SHARED


def _padded_widths(names: Sequence[_Plain]) -> dict[tuple[tuple[str, ...], str, int], int]:
    """The digits of each number of a pattern, in a group, where they are more than counting needs; else 0.

    That is where numbers begin with zeros, or are a hundred times as large as there are images.
    """
    texts = defaultdict(list)  # of numbers, by group, pattern and the number's place
    for name in names:
        numbers = [part for part in name.parts if part.isdecimal()]
        for place, text in enumerate(numbers):
            texts[name.group, name.pattern, place].append(text)
    widths = {}
    for key, numbers in texts.items():
        padded = any(len(text) > 1 and text.startswith("0") for text in numbers)
        counting = len(str(len(names))) + 2
        widest = max(map(len, numbers))
        widths[key] = widest if padded or widest > counting else 0
    return widths
