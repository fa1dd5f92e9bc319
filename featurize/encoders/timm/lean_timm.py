"""timm, loaded without PyTorch's compiler.

timm marks functions that the compiler shall leave alone; the mark alone loads the compiler, more than a second of every
start, and no network is compiled here.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def unmarked() -> Iterator[None]:
    """Let functions be defined without the mark for the compiler."""
    mark = torch.compiler.disable

    def unchanged(function: Callable | None = None, *arguments: Any, **named: Any) -> Any:
        return (lambda decorated: decorated) if function is None else function

    torch.compiler.disable = unchanged  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.compiler.disable = mark


with unmarked(), warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what timm uses of PyTorch
    import timm

__all__ = ["timm"]
