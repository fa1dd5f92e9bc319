"""The tables of parameters inside a file: what training programs wrap them in, and put before each name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

# what a checkpoint keeps its parameters under; of several that fit the first is taken: averages of training first
WRAPPERS = (
    "state_dict_ema", "model_ema", "ema", "teacher", "state_dict", "model_state_dict", "model", "net", "network",
    "module", "backbone", "encoder", "student", "params", "weights",
)  # fmt: skip
DEEPEST = 2  # wrappers in wrappers
# what a name may begin with: DataParallel, torch.compile, Lightning and self-supervised training, image towers
PREFIXES = (
    "module", "_orig_mod", "model", "models", "net", "network", "backbone", "encoder", "image_encoder", "base_model",
    "feature_extractor", "visual", "trunk", "teacher", "student", "ema", "ema_model", "online_encoder",
    "target_encoder", "encoder_q", "vit", "resnet",
)  # fmt: skip
AVERAGED = ("ema", "ema_model", "teacher", "target_encoder")


@dataclass(frozen=True)
class Table:
    """Parameters by name, and what was taken off to have them."""

    state: Mapping[str, Tensor]
    wrapper: str = ""  # such as "teacher"
    prefix: str = ""  # such as "module.backbone."
    others: int = 0  # tensors beside them, of which this is not made

    @property
    def words(self) -> str:
        """What was taken off, for a person; empty for nothing."""
        parts = []
        if self.wrapper:
            parts.append(f"the parameters lie under {self.wrapper!r}")
        if self.prefix:
            parts.append(f"{self.prefix!r} is taken off their names")
        if self.others:
            parts.append(f"{self.others} other tensors are left out")
        return ", ".join(parts)


def tables_of(content: Any) -> list[Table]:
    """All tables in what a file holds, the likeliest first; none where it holds no named tensors."""
    tables = [Table(state, wrapper) for wrapper, state in _wrapped(content, DEEPEST)]
    return [found for table in tables for found in _without_prefixes(table)]


def _wrapped(content: Any, depth: int) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Dictionaries that hold tensors by name, and under which word they lie."""
    if not isinstance(content, Mapping):
        return
    named = {name: value for name, value in content.items() if isinstance(name, str) and isinstance(value, Tensor)}
    if named or not content:
        yield "", named
    if depth:
        for word in WRAPPERS:
            for inner, state in _wrapped(content.get(word), depth - 1):
                yield (f"{word}.{inner}" if inner else word), state


def _without_prefixes(table: Table) -> list[Table]:
    """The table as it is, then with each prefix off that some of its names have, averages of training first."""
    prefixes: set[str] = set()
    for name in table.state:
        prefixes.update(_prefixes(name))
    tables = [table]
    for prefix in sorted(prefixes, key=_unlikeliness):
        inside = {name.removeprefix(prefix): value for name, value in table.state.items() if name.startswith(prefix)}
        tables.append(Table(inside, table.wrapper, prefix, len(table.state) - len(inside)))
    return tables


def _prefixes(name: str) -> Iterator[str]:
    """The beginnings of a name that say nothing of the network: "module.backbone.conv1.weight" has two."""
    begin = ""
    for word in name.split(".")[:-1]:
        if word not in PREFIXES:
            return
        begin += f"{word}."
        yield begin


def _unlikeliness(prefix: str) -> tuple[bool, int, str]:
    return not set(AVERAGED) & set(prefix.split(".")), len(prefix), prefix
