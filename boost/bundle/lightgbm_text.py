"""LightGBM's model text, cut down to what prediction reads, and looked through before LightGBM is given it.

A model's text also says how it came about: gains, weights, counts and values of inner nodes, the ranges of the columns
and all parameters of the training. Without them it is half as long and predicts the same to the bit.
"""

import re

import lightgbm
import numpy as np

from boost.settings import BoostError

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
    head, *trees = re.split(r"\n+(?=Tree=\d)", booster.model_to_string().partition("\nend of trees")[0])
    infos = " ".join(["none"] * booster.num_feature())  # LightGBM wants them there and reads nothing from them
    facts = re.sub(r"^feature_infos=.*$", f"feature_infos={infos}", _kept(head, HEAD), flags=re.MULTILINE)
    parts = [f"{tree.partition(chr(10))[0]}\n{_kept(tree, TREE)}\n\n\n" for tree in trees]
    return f"tree\n{facts}\n\n{''.join(parts)}{END}"


def read_model(text: str, classes: int, dim: int) -> lightgbm.Booster:
    """The model of a slim text; raises BoostError unless it is one for so many classes and columns.

    LightGBM believes what it reads: a child that is not there is memory of somebody else's, and a circle never ends.
    """
    head, _, trees = text.partition("\nTree=")
    if not _fits(head, classes, dim):
        raise BoostError(f"a model is not one for {classes} classes and {dim} columns; fit the bundle again")
    # LightGBM ends a line where we see none, at a carriage return, and the text at a NUL
    if not text.isascii() or "\r" in text or "\0" in text or not text.endswith(END) or not _sound(trees, dim):
        raise BoostError("a model's trees are not trees; fit the bundle again")
    try:
        return lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise BoostError(f"LightGBM cannot read a model ({error}); fit the bundle again") from error


def _kept(part: str, names: tuple[str, ...]) -> str:
    """The lines of these names that say anything, in their order."""
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


def _sound(trees: str, dim: int) -> bool:
    """Whether every tree has as many of everything as it says, and inner nodes that lead only onwards to what is there.

    All trees at once: LightGBM numbers the inner nodes as it makes them, so a child's number is above its parent's.
    """
    lines: dict[str, list[str]] = {name: [] for name in ("Tree", *TREE)}
    for line in f"Tree={trees}".split("\n"):  # a regular expression takes three times as long
        name, equals, value = line.partition("=")
        if equals and name not in lines:
            return False
        if equals:
            lines[name].append(value)
    # LightGBM reads on until a blank line: two end each tree, and there is no other line than these and the named ones
    named = sum(len(values) for values in lines.values())
    count = len(lines["Tree"])
    blank = trees.endswith(f"\n\n\n{END}") and trees.count("\n\n\nTree=") == count - 1
    if not blank or trees.count("\n") != named + 2 * count + 1:
        return False
    if any(set(lines[name]) - {"0"} for name in ("num_cat", "is_linear")):
        return False
    try:
        leaves = _numbers(lines["num_leaves"], np.ones(len(lines["Tree"]), dtype=int))  # (tree,)
        splits = (leaves - 1)[leaves > 1]  # inner nodes of each tree that has any, (tree,)
        feature, kind, left, right = (
            _numbers(lines[name], splits) for name in ("split_feature", "decision_type", "left_child", "right_child")
        )
        _require_counts(lines["threshold"], splits)
        _require_counts(lines["leaf_value"], leaves)
    except ValueError:
        return False
    ends = np.repeat(splits, splits)  # (node,): how many inner nodes its tree has
    node = np.arange(len(ends)) - np.repeat(splits.cumsum() - splits, splits)  # (node,): its number in its tree
    there = [((child < 0) | (child > node)) & (-ends - 1 <= child) & (child < ends) for child in (left, right)]
    numeric = np.isin(kind, range(0, 16, 2))  # (node,): odd ones look into a list of categories
    return bool(np.all(there) and numeric.all() and ((feature >= 0) & (feature < dim)).all())


def _require_counts(lines: list[str], counts: np.ndarray) -> None:
    """Raise ValueError unless each line has its count of words, with one space between them."""
    words = [line.count(" ") + 1 for line in lines]
    if words != counts.tolist() or (lines and "  " in f" {' '.join(lines)} "):
        raise ValueError("another count")


def _numbers(lines: list[str], counts: np.ndarray) -> np.ndarray:
    """The whole numbers of all lines in a row; raises ValueError unless each line has its count of them."""
    _require_counts(lines, counts)
    text = " ".join(lines)
    if not re.fullmatch("[-0-9 ]*", text):
        raise ValueError("not whole numbers")
    numbers = np.fromstring(text, dtype=np.int64, sep=" ")  # ends early at what is none
    if len(numbers) != counts.sum():
        raise ValueError("another count")
    return numbers
