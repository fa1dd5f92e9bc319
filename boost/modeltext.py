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
TREE = (  # of a tree; without a single split it has only the first two and its value
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
_LINE = re.compile(r"^(\w+)=(.*)$", re.MULTILINE)


def slim_text(booster: lightgbm.Booster) -> str:
    """The model as text without what prediction does not read."""
    head, *trees = re.split(r"\n+(?=Tree=\d)", booster.model_to_string().partition("\nend of trees")[0])
    parts = [f"{tree.partition(chr(10))[0]}\n{_kept(tree, TREE)}\n\n\n" for tree in trees]
    infos = " ".join(["none"] * booster.num_feature())  # LightGBM wants them there and reads nothing from them
    sizes = "tree_sizes=" + " ".join(str(len(part)) for part in parts)
    facts = re.sub(r"^feature_infos=.*$", f"feature_infos={infos}", _kept(head, HEAD), flags=re.MULTILINE)
    return f"tree\n{facts}\n{sizes}\n\n{''.join(parts)}end of trees\n"


def read_model(text: str, classes: int, dim: int) -> lightgbm.Booster:
    """The model of a slim text; raises BoostError unless it is one for so many classes and columns.

    LightGBM believes what it reads: a child that is not there is memory of somebody else's, and a circle never ends.
    """
    head, _, trees = text.partition("\nTree=")
    facts = dict(_LINE.findall(head))
    wanted = {"num_class": classes, "num_tree_per_iteration": classes, "max_feature_idx": dim - 1}
    if any(facts.get(name) != str(number) for name, number in wanted.items()):
        raise BoostError(f"a model is not one for {classes} classes and {dim} columns; fit the bundle again")
    if facts.get("objective") != f"multiclass num_class:{classes}" or set(facts) - {*HEAD, "tree_sizes"}:
        raise BoostError("a model's head is not that of multiclass boosting; fit the bundle again")
    if not _sound(trees, dim):
        raise BoostError("a model's trees are not trees; fit the bundle again")
    try:
        return lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise BoostError(f"LightGBM cannot read a model ({error}); fit the bundle again") from error


def _kept(part: str, names: tuple[str, ...]) -> str:
    """The lines of these names, in their order."""
    return "\n".join(f"{name}={value}" for name, value in _LINE.findall(part) if name in names)


def _sound(trees: str, dim: int) -> bool:
    """Whether every tree has as many of everything as it says, and inner nodes that lead only onwards to what is there.

    All trees at once: LightGBM numbers the inner nodes as it makes them, so a child's number is above its parent's.
    """
    lines: dict[str, list[str]] = {name: [] for name in ("Tree", *TREE)}
    for name, value in _LINE.findall(f"Tree={trees}"):
        if name not in lines:
            return False
        lines[name].append(value)
    if any(set(lines[name]) - {"0"} for name in ("num_cat", "is_linear")):
        return False
    try:
        leaves = _numbers(lines["num_leaves"], np.ones(len(lines["Tree"]), dtype=int))  # (tree,)
        splits = (leaves - 1)[leaves > 1]  # inner nodes of each tree that has any, (tree,)
        feature, left, right, _ = (
            _numbers(lines[name], splits) for name in ("split_feature", "left_child", "right_child", "decision_type")
        )
        _counted(lines["threshold"], splits)
        _counted(lines["leaf_value"], leaves)
    except ValueError:
        return False
    ends = np.repeat(splits, splits)  # (node,): how many inner nodes its tree has
    node = np.arange(len(ends)) - np.repeat(splits.cumsum() - splits, splits)  # (node,): its number in its tree
    onwards = [((child < 0) | (child > node)) & (-ends - 1 <= child) & (child < ends) for child in (left, right)]
    return bool(np.all(onwards) and ((feature >= 0) & (feature < dim)).all())


def _counted(lines: list[str], counts: np.ndarray) -> None:
    """Raise ValueError unless each line has its count of words."""
    if [line.count(" ") + 1 for line in lines] != counts.tolist():
        raise ValueError("another count")


def _numbers(lines: list[str], counts: np.ndarray) -> np.ndarray:
    """The whole numbers of all lines in a row; raises ValueError unless each line has its count of them."""
    _counted(lines, counts)
    text = " ".join(lines)
    if not re.fullmatch("[-0-9 ]*", text):
        raise ValueError("not whole numbers")
    numbers = np.fromstring(text, dtype=int, sep=" ")
    if len(numbers) != counts.sum():
        raise ValueError("another count")
    return numbers
