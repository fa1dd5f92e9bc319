"""Only as much is worked on at once as the memory has room for: each piece of work says what it needs, and waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

import psutil


class MemoryBudget:
    """A share of the memory that is free, which threads divide among themselves."""

    def __init__(self, share: float):
        self.share = share
        self._change = Condition()
        self._total = 0
        self._held = 0

    @property
    def total(self) -> int:
        """Bytes that there are to divide, measured while nobody holds any."""
        with self._change:
            return self._measured()

    @contextmanager
    def hold(self, needed: int) -> Iterator[None]:
        """Wait until so many bytes are to be had, and hold them; who is alone never waits, however much it needs."""
        with self._change:
            self._change.wait_for(lambda: not self._held or self._held + needed <= self._measured())
            self._measured()
            self._held += needed
        try:
            yield
        finally:
            with self._change:
                self._held -= needed
                self._change.notify_all()

    def _measured(self) -> int:
        if not self._held:
            self._total = int(self.share * psutil.virtual_memory().available)
        return self._total
