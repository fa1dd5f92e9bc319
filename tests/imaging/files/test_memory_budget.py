"""Laws of the budget: together no more is held than there is, and nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep
from types import SimpleNamespace

import pytest

from imaging.files import memory_budget
from imaging.files.memory_budget import MemoryBudget


@pytest.fixture
def budget(monkeypatch):
    """One of 50 bytes."""
    monkeypatch.setattr(memory_budget.psutil, "virtual_memory", lambda: SimpleNamespace(available=100))
    return MemoryBudget(0.5)


@pytest.mark.parametrize("needed, at_once", [(10, 5), (20, 2), (26, 1), (50, 1), (1000, 1)])
def test_so_many_work_at_once_as_there_is_room_for(budget, needed, at_once):
    working, most, lock = 0, 0, Lock()

    def work(_):
        nonlocal working, most
        with budget.hold(needed):
            with lock:
                working += 1
                most = max(most, working)
            sleep(0.01)
            with lock:
                working -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(16)))
    assert most == at_once and budget.total == 50


def test_what_failed_holds_nothing_any_more(budget):
    for _ in range(3):
        with pytest.raises(KeyError), budget.hold(50):
            raise KeyError


def test_it_is_measured_anew_while_nobody_holds_any(budget, monkeypatch):
    with budget.hold(10):
        monkeypatch.setattr(memory_budget.psutil, "virtual_memory", lambda: SimpleNamespace(available=10))
        assert budget.total == 50
    assert budget.total == 5
