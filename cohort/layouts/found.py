"""What a layout makes of a folder: the images that it takes, and why it leaves others aside."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple

from cohort.files.offenders import refuse, some
from cohort.layouts.tree import Parts, Tree
from cohort.samples import DatasetError, NotTaken, Sample
from imaging.formats.endings import is_image, is_slide, looks_like_image
from imaging.read_errors import shown

BESIDE = "file beside the class folders"
AMONG = "file among the images"
SLIDE = "slide"
NO_ENDING = "no ending"
UNREAD = "image of a format that is not read"
PAPERS = ("readme", "license", "licence", "copying", "citation")  # names of what comes with a public set


class Choice(NamedTuple):
    """What was asked about the layout of a folder; None: what the folder shows."""

    layout: str | None = None  # see cohort.layouts.path_pattern
    classes: str | None = None  # of BreakHis: 2 or 8
    magnification: str | None = None  # of BreakHis: 40, 100, 200, 400 or all


@dataclass(frozen=True)
class Found:
    """The images of a data set, and those in the folder that are none of it."""

    samples: list[Sample]
    class_folders: frozenset[Parts] = frozenset()  # the rest of the folder lies beside them
    aside: Mapping[Parts, str] = field(default_factory=dict)  # a noun and why it is not taken
    tables: tuple[str, ...] = ()  # names of tables that belong to the layout, in lower case
    is_breakhis: bool = False  # the one set of which more can be asked


def not_taken(tree: Tree, found: Found, read: Iterable[Path] = ()) -> tuple[NotTaken, ...]:
    """Every file of a folder that is no image of the data set, but for the tables and papers that belong to one.

    read: the tables beside the images that are read.
    """
    taken = {sample.path for sample in found.samples}
    files = [parts for parts in tree.images() if tree.path(parts) not in taken]
    odd_ones = {path for path in taken if not is_image(path)} | set(read)  # what a table names, and tables
    files += [parts for parts in tree.others() if not odd_ones or tree.path(parts) not in odd_ones]
    left = []
    for parts in files:
        name = PurePath(parts[-1])
        if not _is_expected(name, found):
            ending = shown(name.suffix.lower()) or NO_ENDING
            left.append(NotTaken(shown("/".join(parts)), _reason(parts, name, found), ending))
    return tuple(left)


def _is_expected(name: PurePath, found: Found) -> bool:
    lower = name.name.lower()
    return lower in found.tables or (lower.partition(".")[0] in PAPERS and not looks_like_image(name))


def _reason(parts: Parts, name: PurePath, found: Found) -> str:
    if is_slide(name):
        return SLIDE
    if parts in found.aside:
        return found.aside[parts]
    if not any(parts[:length] in found.class_folders for length in range(len(parts))):
        return BESIDE
    return UNREAD if looks_like_image(name) and not is_image(name) else AMONG


def counted(left: Iterable[NotTaken]) -> str:
    """Files that are not taken, in a line: how many by reason, and their endings.

    >>> two = [NotTaken("a.png", BESIDE, ".png"), NotTaken("b.png", BESIDE, ".png")]
    >>> counted([*two, NotTaken("c.svs", SLIDE, ".svs")])
    '2 files beside the class folders (.png), 1 slide (.svs)'
    """
    endings: dict[str, Counter[str]] = defaultdict(Counter)
    for file in left:
        endings[file.reason][file.ending] += 1
    parts = []
    for reason, counts in endings.items():
        total = counts.total()
        noun, _, rest = reason.partition(" ")
        words = [f"{total:,}", noun if total == 1 else f"{noun}s", *([rest] if rest else [])]
        which = next(iter(counts)) if len(counts) == 1 else _by_ending(counts)
        parts.append(f"{' '.join(words)} ({which})")
    return ", ".join(parts)


def _by_ending(counts: Counter[str]) -> str:
    return some([f"{count:,} {ending}" for ending, count in counts.most_common()])


def require_read(tree: Tree, class_folders: Iterable[Parts], images: Iterable[Parts]) -> None:
    """Raise DatasetError for class folders that hold none of the images: their class would be gone without a word."""
    read = {parts[:length] for parts in images for length in range(len(parts))}
    unread = []
    for folder in class_folders:
        if folder not in read:
            unread.append(f"{shown('/'.join(folder))}: {_content(tree, folder)}")
    way_out = "save their images as TIFF, PNG or JPEG, or move away what is no class"
    refuse(DatasetError, unread, f"class folders hold no image that is read; {way_out}")


def _content(tree: Tree, folder: Parts) -> str:
    if folder not in tree.listings:
        return "a link to a folder that is read already"
    names = [PurePath(parts[-1]) for parts in tree.others(folder)]
    return _by_ending(Counter(shown(name.suffix.lower()) or NO_ENDING for name in names)) or "empty"


def require_agreement(contradictions: Iterable[Path], what: str) -> None:
    """Raise DatasetError for images whose folders say something else than their names do."""
    rule = f"images lie in folders that contradict their names ({what}); move or rename them"
    refuse(DatasetError, [shown(path) for path in contradictions], rule)
