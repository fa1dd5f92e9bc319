"""LightGBM's model text, cut down to what prediction reads, and looked through before LightGBM is given it.

A model's text also says how it came about: gains, weights, counts and values of inner nodes, the ranges of the columns
and all parameters of the training. Without them it is half as long and predicts the same to the bit.
"""

import re

import lightgbm
import numpy as np

from boost.settings import BoostError

LARGEST = 1 << 25  # characters of a model; with 70 rounds, 4 classes and 128 leaves it has fewer than a million
METHOD = 1  # counts up when the same model would be cut down to another text
HEAD = (
    "version",
    "num_class",
    "num_tree_per_iteration",
    "label_index",
    "max_feature_idx",
    "objective",
    "feature_names",
    "feature_infos",
)
TREE = (  # of a tree; without a split there are none of some, and one value
    "num_leaves",
    "num_cat",
    "split_feature",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
    "is_linear",
    "shrinkage",
)
END = "end of trees\n"
_LINE = re.compile(r"^(\w+)=(.*)$", re.MULTILINE)


def compact_text(booster: lightgbm.Booster) -> str:
    """The model as text without what prediction does not read."""
    model = booster.model_to_string().partition("\nend of trees")[0]
    head, *trees = re.split(r"\n+(?=Tree=\d)", model)
    infos = " ".join(["none"] * booster.num_feature())  # LightGBM wants them there and reads nothing from them
    facts = re.sub(r"^feature_infos=.*$", f"feature_infos={infos}", _lines_of(head, HEAD), flags=re.MULTILINE)
    parts = []
    for tree in trees:
        title = tree.partition("\n")[0]  # Tree=number
        parts.append(f"{title}\n{_lines_of(tree, TREE)}\n\n\n")
    return f"tree\n{facts}\n\n{''.join(parts)}{END}"


def read_model(text: str, classes: int, dim: int) -> lightgbm.Booster:
    """The model of a compact text; raises BoostError unless it is one for so many classes and columns.

    LightGBM believes what it reads: a child that is not there is memory of somebody else's, a circle never ends, and a
    leaf that is no number makes a class of every vote.
    """
    if len(text) > LARGEST:
        raise BoostError(
            f"a model has {len(text):,} characters, more than the {LARGEST:,} that are read; fit fewer rounds"
        )
    head, _, trees = text.partition("\nTree=")
    if not _fits(head, classes, dim):
        raise BoostError(f"a model is not one for {classes} classes and {dim} columns; fit the bundle again")
    # LightGBM ends a line where we see none, at a carriage return, and the text at a NUL
    if (
        not text.isascii()
        or "\r" in text
        or "\0" in text
        or not text.endswith(END)
        or not _are_trees(trees, classes, dim)
    ):
        raise BoostError("a model's trees are not trees; fit the bundle again")
    try:
        return lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise BoostError(f"LightGBM cannot read a model ({error}); fit the bundle again") from error


def _lines_of(part: str, names: tuple[str, ...]) -> str:
    """The lines of these names that hold anything, in their order."""
    return "\n".join(f"{name}={value}" for name, value in _LINE.findall(part) if name in names and value)


def _fits(head: str, classes: int, dim: int) -> bool:
    """Whether the head of a model says what it must, in its order, and nothing else."""
    facts = _LINE.findall(head)
    lines = "".join(f"{name}={value}\n" for name, value in facts)
    wanted = {
        "num_class": str(classes),
        "num_tree_per_iteration": str(classes),
        "max_feature_idx": str(dim - 1),
        "objective": f"multiclass num_class:{classes}",
    }
    complete = head == f"tree\n{lines}" and tuple(name for name, _ in facts) == HEAD
    return complete and wanted.items() <= dict(facts).items()


def _are_trees(trees: str, classes: int, dim: int) -> bool:
    """Whether every tree has as many of everything as it says, and is a tree, and every class has as many trees.

    All trees are looked at together.
    """
    values = _values_by_name(f"Tree={trees}")
    if values is None or not _says_nothing_else(trees, values):
        return False
    categories_or_linear = {*values["num_cat"], *values["is_linear"]} - {"0"}
    if categories_or_linear or len(values["Tree"]) % classes:
        return False
    try:
        return _nodes_fit(values, dim)
    except ValueError:
        return False


def _values_by_name(trees: str) -> dict[str, list[str]] | None:
    """What the lines of a name hold, tree after tree; None where another name stands."""
    values: dict[str, list[str]] = {name: [] for name in ("Tree", *TREE)}
    for line in trees.split("\n"):  # a regular expression takes three times as long
        name, equals, value = line.partition("=")
        if equals and name not in values:
            return None
        if equals:
            values[name].append(value)
    return values


def _says_nothing_else(trees: str, values: dict[str, list[str]]) -> bool:
    """Whether two blank lines end each tree, and there is no other line than these, the named ones and the end.

    LightGBM reads on until a blank line.
    """
    count = len(values["Tree"])
    named = sum(len(of_name) for of_name in values.values())
    if not trees.endswith(f"\n\n\n{END}") or trees.count("\n\n\nTree=") != count - 1:
        return False
    return trees.count("\n") == named + 2 * count + 1


def _nodes_fit(values: dict[str, list[str]], dim: int) -> bool:
    """Whether all inner nodes split a column by a number, and each node and leaf but the first node has one parent.

    LightGBM numbers the inner nodes of a tree as it makes them, so a child's number is above its parent's; leaves have
    negative numbers. Raises ValueError for another count of values than the number of leaves asks for, and for numbers
    that are not finite.
    """
    trees = len(values["Tree"])
    leaves = _numbers(values["num_leaves"], np.ones(trees, dtype=int))  # (tree,)
    splits = (leaves - 1)[leaves > 1]  # inner nodes of each tree that has any, (tree,)
    feature = _numbers(values["split_feature"], splits)  # (node,), as are all below
    kind = _numbers(values["decision_type"], splits)
    left = _numbers(values["left_child"], splits)
    right = _numbers(values["right_child"], splits)
    _require_finite(values["threshold"], splits)
    _require_finite(values["leaf_value"], leaves)
    _require_finite(values["shrinkage"], np.ones(trees, dtype=int))
    is_column = (feature >= 0) & (feature < dim)
    is_numeric = np.isin(kind, range(0, 16, 2))  # odd ones look into a list of categories
    nodes_of_tree = np.repeat(splits, splits)
    first = np.repeat(splits.cumsum() - splits, splits)  # of its tree
    node = np.arange(len(first)) - first  # its number in its tree
    fits = is_column & is_numeric
    for child in (left, right):
        is_leaf = (child < 0) & (child >= -nodes_of_tree - 1)
        is_later_node = (child > node) & (child < nodes_of_tree)
        fits &= is_leaf | is_later_node
    if not fits.all():
        return False
    children = np.concatenate([left, right])  # (child,), those of all trees
    splits_of_tree, tree = np.tile(nodes_of_tree, 2), np.tile(np.repeat(np.arange(len(splits)), splits), 2)
    place = np.where(children < 0, splits_of_tree - 1 - children, children)  # a tree's nodes, then its leaves
    start = (2 * splits + 1).cumsum() - 2 * splits - 1  # (tree,): of its nodes and leaves among all
    return len(np.unique(start[tree] + place)) == len(children)


def _require_counts(lines: list[str], counts: np.ndarray) -> None:
    """Raise ValueError unless each line has its count of words, with one space between them."""
    words = [line.count(" ") + 1 for line in lines]
    if words != counts.tolist() or (lines and "  " in f" {' '.join(lines)} "):
        raise ValueError("another count")


def _numbers(lines: list[str], counts: np.ndarray) -> np.ndarray:
    """The whole numbers of all lines in a row; raises ValueError unless each line has its count of them."""
    return _parsed(lines, counts, "[-0-9 ]*", np.int64)


def _require_finite(lines: list[str], counts: np.ndarray) -> None:
    """Raise ValueError unless each line has its count of decimal numbers that a machine can hold."""
    numbers = _parsed(lines, counts, "[-+.0-9eE ]*", np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("not finite")


def _parsed(lines: list[str], counts: np.ndarray, characters: str, kind: type[np.number]) -> np.ndarray:
    """The numbers of all lines in a row, of some characters only; raises ValueError for another count of them."""
    _require_counts(lines, counts)
    text = " ".join(lines)
    if not re.fullmatch(characters, text):
        raise ValueError("not such numbers")
    numbers = np.fromstring(text, dtype=kind, sep=" ")  # ends early at what is none
    if len(numbers) != counts.sum():
        raise ValueError("another count")
    return numbers
