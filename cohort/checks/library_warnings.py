"""What libraries say while they work: turned into notices of ours, or left out by name; nothing reaches anybody raw.

Libraries speak by Python's `warnings` and by `logging`, which without a handler prints on the error stream.
"""

import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cohort.checks.notices import Notice
from imaging.errors import shown

LEFT_OUT = (  # (library, start of what it says), with the reason
    ("joblib", r"\d+ tasks (have been|which were)"),  # an interrupted run leaves tasks undone: that was asked for
    ("joblib", "A worker stopped while"),  # one that has grown is replaced by another, and no task is lost
    ("PIL", "Corrupt EXIF"),  # metadata; whether the pixels are whole is checked by our own reader
    ("PIL", "Truncated File Read"),
    ("PIL", "Metadata Warning"),
    ("PIL", "Image size .* could be decompression bomb"),  # our own bound stands in imaging.read
    ("torch", "TracerWarning|Converting a tensor to a Python"),  # of conversion to OpenVINO, which is tested
    ("torch", "The given NumPy array is not writ"),  # arrays of ours that are only read
    ("timm", "Overwriting .* in registry"),
    ("timm", "Mapping deprecated model name"),
    ("huggingface_hub", "Xet Storage is enabled"),  # how a file might come faster
    ("huggingface_hub", "You are sending unauthenticated requests"),
    ("huggingface_hub", ".*cache-system uses symlinks by default"),
)
FOR_DEVELOPERS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning, ResourceWarning)
HUB = "HF_HUB_VERBOSITY", "critical"  # it prints its log itself, unless this stands in the environment
LONGEST = 300  # characters of a sentence
Tell = Callable[[Notice], None]


@contextmanager
def library_warnings(tell: Tell) -> Iterator[None]:
    """Hand each new notice to `tell` while this is open: our own as they are, those of libraries in our form, once."""
    seen: set[str] = set()

    def once(notice: Notice | None) -> None:
        if notice is not None and notice not in seen:
            seen.add(notice)
            tell(notice)

    def of_warning(message: Warning | str, category: type[Warning], filename: str, *_: Any, **__: Any) -> None:
        own = message.args[0] if isinstance(message, Warning) and message.args else message
        if isinstance(own, Notice):
            once(own)
        elif not issubclass(category, FOR_DEVELOPERS):
            once(as_notice(library_of(filename), str(message)))

    os.environ.setdefault(*HUB)
    handler = _Records(once)
    root = logging.getLogger()
    with warnings.catch_warnings():
        warnings.showwarning = of_warning  # type: ignore[assignment]
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)


class _Records(logging.Handler):
    """Log records of warnings and worse, as notices."""

    def __init__(self, tell: Callable[[Notice | None], None]):
        super().__init__(logging.WARNING)
        self.tell_notice = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on one; see logging.Handler."""
        self.tell_notice(as_notice(record.name.partition(".")[0], record.getMessage()))


def as_notice(library: str, text: str) -> Notice | None:
    """What a library said as a notice, on one line; None for what is left out by name."""
    sentence = " ".join(text.split())
    for named, start in LEFT_OUT:
        if library in (named, "") and re.match(start, sentence):
            return None
    return Notice("library-warning", f"{shown(library or 'a library')} says: {shown(sentence[:LONGEST])}")


def library_of(filename: str) -> str:
    """The library that a file of source belongs to; "" where it is none that was installed.

    >>> library_of("/usr/lib/python3/site-packages/timm/models/_factory.py")
    'timm'
    """
    parts = Path(filename).parts
    if "site-packages" not in parts:
        return ""
    return parts[len(parts) - parts[::-1].index("site-packages")].removesuffix(".py")
