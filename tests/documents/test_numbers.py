"""Every number of a result in README.md and docs/ stands in benchmarks/README.md, or is published elsewhere.

A number of a result is a decimal number, one in per cent, one of a unit of time, and what stands in brackets as an
interval. Numbers that define something (a level, a threshold, the size of a protocol) are listed with what they define.
"""

import re

import pytest

from tests.documents.parts import NAMES, ROOT, anchors, prose, text_of

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+"
BETWEEN = r"(?:\s*(?:to|and|or|,|/|-|±)\s*[-+]?)"
UNITS = r"%|points|times|hours?|minutes?|seconds?|days?|s\b|nats|PFLOP|TFLOP/s|GFLOP/s|GB\b|random `kill|`kill"
WITH_UNIT = re.compile(rf"((?:(?:{NUMBER}){BETWEEN})*(?:{NUMBER}))\s*(?:{UNITS})")
DECIMAL = re.compile(r"(?<![\w.,])[-+]?(\d*\.\d+)(?![\w.]*\w)")
INTERVAL = re.compile(rf"[\[(][-+]?({NUMBER})(?:, | to )[-+]?({NUMBER})[\])]")
DEFINED = {  # numbers that are chosen, not measured
    95: "the level of intervals",
    90: "a level of conformal sets",
    80: "a level of conformal sets",
    100: "all",
    0.5: "an operating point",
    0.33: "an operating point of the paper",
    0.42: "microns per pixel of the paper's images",
    1: "the family-wise error of the audit, in per cent",
}
DEFINING = {  # sections of definitions alone
    ("docs/ROBUSTNESS.md", "## What is altered"): "the strengths of the alterations",
    ("docs/REPRODUCE.md", "## What stays unknown"): "versions",
    ("docs/USAGE.md", "## How it works, in more words"): "settings",
    ("docs/USAGE.md", "## Install"): "the size of a download",
    ("docs/REPRODUCE.md", "## The faithful steps"): "settings",
    ("docs/FINETUNE.md", "## Recipes"): "parameters of networks, counted by tests/finetune/recipes",
    ("docs/PAGE.md", "## What it keeps, and what it deletes"): "held by tests/app/test_page_docs.py",
    ("docs/PAGE.md", "## In a container"): "the size of a download",
}
MADE_BY = {  # sections that hold the tables of a script themselves
    ("docs/REPRODUCE.md", "## What differs, and what it does to accuracy"): "benchmarks/faithful.py",
}
PUBLISHED = {  # numbers that others published: where, and which
    "docs/AUDIT.md": ("2409.11546", {53.8, 82.2}),
    "docs/ROBUSTNESS.md": ("2409.11546", {95.71, 96.24, 96.52, 96.94, 95.65, 97.03, 97.23, 96.03}),
    "docs/FINETUNE.md": ("98.33 % is such a choice", {98.33, 0.5, 0.3}),
}
NO_RESULTS = {  # documents that state none
    "docs/ARCHITECTURE.md": "says what stands where",
    "docs/DATA.md": "counts and licences as published, held by tests/cohort/public_sets",
    "docs/ENCODERS.md": "facts of networks, held by tests/commands/encoders",
    "docs/NUMBERS.md": "ranges of values",
    "docs/SECURITY.md": "bounds, held by tests",
    "docs/WARNINGS.md": "limits above which something is told",
    "docs/WEIGHTS.md": "examples of messages",
}
NAMES_WITH_NUMBERS = re.compile(r"(?:SqueezeNet|Python|Keras|CONCH v|Table|section) \d+(?:\.\d+)?(?: to 3\.\d+)?")
PARTS = re.compile(r"^(?=#{1,6} )", re.MULTILINE)  # a heading and what stands below it
LINKED = re.compile(r"(benchmarks/README\.md|iciar2018/README\.md)#([\w-]+)")
SOURCES = {"benchmarks/README.md": "benchmarks/README.md", "iciar2018/README.md": "docs/iciar2018/README.md"}


def values(text):
    """The numbers of a text, as they are compared."""
    return {float(found.replace(",", "")) for found in re.findall(NUMBER, text)}


def plain(text):
    """Prose and tables without code, addresses and names with a number in them."""
    text = NAMES_WITH_NUMBERS.sub("", text)
    text = re.sub(r"`[^`]*`", lambda found: "`kill" if "kill -9" in found[0] else "", text)
    return re.sub(r"\]\([^)]*\)|^\[[^\]]+\]: \S+$|arXiv:[\d.]+|https?://\S+", "", text, flags=re.MULTILINE)


def stated(text):
    """The numbers of results that a text states."""
    text = plain(text)
    found = set()
    for numbers in WITH_UNIT.findall(text):
        found |= values(numbers)
    found |= {float(number) for number in DECIMAL.findall(text)}
    for ends in INTERVAL.findall(text):
        found |= {float(end.replace(",", "")) for end in ends}
    return found


def measured():
    """The numbers of each section of the benchmarks, by document and anchor."""
    numbers = {}
    for link, name in SOURCES.items():
        parts = [part for part in PARTS.split(text_of(name)) if part.startswith("#")]
        for part, anchor in zip(parts, anchors(name), strict=True):
            numbers[link, anchor] = values(part)
    return numbers


MEASURED = measured()


def sections(name):
    """The sections of a document, each with the links by name that it uses written out."""
    text = prose(name)
    links = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", text, re.MULTILINE))
    for part in PARTS.split(text):
        yield part + "".join(f"({links[used]})" for used in re.findall(r"\]\[([^\]]+)\]", part))


def is_among(value, numbers):
    """Whether a number stands there, as it is or as a share for per cents."""
    return any(round(value * factor, 6) in numbers for factor in (1, 0.01, 100))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NO_RESULTS])
def test_numbers_stand_in_the_sections_of_the_benchmarks_that_are_linked_beside_them(name):
    nowhere = {}
    _, published = PUBLISHED.get(name, ("", set()))
    for section in sections(name):
        heading = section.partition("\n")[0]
        if (name, heading) in DEFINING or (name, heading) in MADE_BY:
            continue
        known = set(DEFINED) | published
        for link in LINKED.findall(section):
            known |= MEASURED[link]
        lost = sorted(value for value in stated(section) if not is_among(value, known))
        if lost:
            nowhere[heading] = lost
    assert nowhere == {}


def test_what_is_taken_for_known_is_there():
    for name, heading in [*DEFINING, *MADE_BY]:
        assert f"\n{heading}\n" in text_of(name)
    for name, (source, _) in PUBLISHED.items():
        assert source in text_of(name)
    for (name, heading), script in MADE_BY.items():
        (section,) = [part for part in sections(name) if part.startswith(heading)]
        assert (ROOT / script).is_file() and f"python -m {script[:-3].replace('/', '.')}" in section
    assert set(NO_RESULTS) < set(NAMES)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("accuracy 94.8 [78.1, 99.0] and log-loss 0.142", {94.8, 78.1, 99.0, 0.142}),
        ("7 and 23 % of 50 views", {7, 23}),
        ("3.3 to 4.4 times faster, in 10 folds", {3.3, 4.4}),
        ("after 133 random `kill -9`", {133}),
        ("133 `kill -9`; 84,000 files; 5 minutes", {133, 5}),
        ("`--margin 2` of SqueezeNet 1.1 on Python 3.11", set()),
    ],
)
def test_numbers_of_results_are_seen(text, numbers):
    assert stated(text) == numbers
