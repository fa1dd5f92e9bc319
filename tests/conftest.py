"""What all tests share: the real data where they are at hand, and slow tests last."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared():
    """The folder of real images, weights and published answers beside the checkout; skips where there is none."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real data is not here")
    return SHARED


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
