"""The documents of the project as their parts: blocks of code, prose, links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def text_of(name):
    """What a document says."""
    return (ROOT / name).read_text(encoding="utf-8")


def without_comment(line):
    """A command line as a shell takes it: a comment begins with # at the beginning of a word.

    >>> without_comment("compare a#b c   # two models")
    'compare a#b c'
    """
    return re.sub(r"(^|\s)#.*$", "", line).strip()


@dataclass(frozen=True)
class Block:
    """A block of code in a document."""

    kind: str  # sh, python, text ...
    text: str

    @property
    def lines(self):
        """Its command lines; a comment alone is none."""
        return [line.strip() for line in self.text.splitlines() if without_comment(line)]


def blocks(name):
    """The blocks of code of a document, in their order."""
    return [Block(kind, text) for _, kind, text in FENCED.findall(text_of(name))]


def prose(name):
    """A document without its blocks of code and its pictures."""
    text = FENCED.sub("", text_of(name))
    return re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)


def anchors(name):
    """What GitHub calls the headings of a document."""
    text = re.sub(r"^```.*?^```", "", text_of(name), flags=re.DOTALL | re.MULTILINE)
    found = []
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        found.append(f"{anchor}-{found.count(anchor)}" if anchor in found else anchor)
    return found
