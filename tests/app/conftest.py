"""A private folder, a worker in this process and the small bundle of tests.place."""

import sys
from pathlib import Path

import pytest

from app.app_settings import SETTINGS, AppSettings
from app.work.answering_worker import Worker
from app.work.open_bundles import OpenBundles
from app.work.spool import Spool, Upload


class AppPlace:
    """The settings of a page, its private folder, and a worker that works when it is told to."""

    def __init__(self, own: Path, warm: OpenBundles, **asked):
        (own / "spool").mkdir(mode=0o700)
        self.settings = AppSettings(own / "spool", jobs=1, **asked)
        self.spool = Spool(self.settings.spool)
        self.spool.create()
        self.settings.write()
        self.worker = Worker(self.settings)
        self.worker.bundles = warm

    def work(self):
        """Until nothing is left to do."""
        while self.worker.step():
            pass

    def order(self, *paths, **more):
        """Upload files and ask for their answers."""
        uploads = [Upload(path.name, path.read_bytes()) for path in paths]
        return self.spool.order("fields", uploads, **more)


@pytest.fixture(scope="session")
def warm(place):
    """The small bundle, open for all tests, as it is for all orders of a worker."""
    return OpenBundles(AppSettings(place.folder, models=place.bundle.parent, jobs=1))


@pytest.fixture(autouse=True)
def main_module(monkeypatch):
    """Streamlit's test of a page takes the place of the main module, which processes begun later would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def app_place(place, warm, tmp_path):
    """A page over the small bundle and its images, without a run to look at."""
    return AppPlace(tmp_path, warm, models=place.bundle.parent, folder=place.new, results=tmp_path / "results")


@pytest.fixture
def environment(app_place, monkeypatch):
    """What the page's script finds its settings by."""
    monkeypatch.setenv(SETTINGS, str(app_place.settings.spool / "settings.json"))
    return app_place
