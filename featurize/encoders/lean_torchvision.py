"""torchvision's models, loaded without PyTorch's compiler.

One of torchvision's operators, which no encoder has, takes a function from the compiler's module as it is imported.
That module brings two thousand others with it, more than a second of every start, and is never used here.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo.utils"


class Postponed(ModuleType):
    """Stands for a module whose functions load it when they are called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def load_and_call(*arguments: Any, **named: Any) -> Any:
            return getattr(import_module(self.__name__), name)(*arguments, **named)

        return load_and_call


@contextmanager
def postponed(module: str) -> Iterator[None]:
    """Let imports take functions of a module that is loaded when one of them is called, if ever."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = Postponed(module)
    try:
        yield
    finally:
        if isinstance(sys.modules.get(module), Postponed):
            del sys.modules[module]


with postponed(COMPILER):
    from torchvision import models

__all__ = ["models"]
