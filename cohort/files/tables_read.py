"""Which tables were read on the way to something, and what was in them: a later run sees whether one was corrected."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path

_DIGESTS: ContextVar[dict[Path, str] | None] = ContextVar("digests", default=None)


@contextmanager
def tables_read() -> Iterator[dict[Path, str]]:
    """SHA-256 by absolute path of every table that is read while the block lasts, whoever reads it."""
    digests: dict[Path, str] = {}
    token = _DIGESTS.set(digests)
    try:
        yield digests
    finally:
        _DIGESTS.reset(token)


def keep_digest(path: Path, content: bytes) -> None:
    """Called by whoever reads a table, with all of its bytes."""
    digests = _DIGESTS.get()
    if digests is not None:
        digests[path.absolute()] = sha256(content).hexdigest()
