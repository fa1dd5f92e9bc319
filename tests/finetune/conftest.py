import pytest

from featurize.encoders.threads import one_thread


@pytest.fixture(autouse=True)
def on_one_thread():
    """So small networks gain nothing from more, and several tests at once would wait for each other."""
    with one_thread():
        yield
