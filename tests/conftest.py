"""What all tests share: the real data where they are at hand, and their order: slow ones last, or long files first."""

import os
import signal
import sys
from pathlib import Path

# before PyTorch is loaded: threads of several workers that wait for each other take three times as long as one each
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from featurize.encoders.sources.remembered_places import FOLDER
from tests.blank_figures import blank_figures  # noqa: F401  (fixtures for all folders)
from tests.place import place, run  # noqa: F401
from tests.trained_place import knows_tiny, trained_place  # noqa: F401

LONGEST = (  # files of tests that take 10 seconds and more
    "test_pipeline.py",
    "test_dask.py",
    "test_commands.py",
    "test_faults.py",
    "test_fuzz.py",
    "test_reproduce.py",
    "test_files_of_strangers.py",
    "test_report.py",
    "test_corrected_tables.py",
    "test_held_out_run.py",
    "test_trained_bundle.py",
    "test_untrusted_names.py",
    "test_fused_bundle.py",
)
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared():
    """The folder of real images, weights and published answers beside the checkout; skips where there is none."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real data is not here")
    return SHARED


def pytest_configure():
    # no test writes into the home of who runs it: a folder that cannot be remembers nothing
    os.environ[FOLDER] = os.devnull
    # a test that imports OpenVINO itself would load its telemetry, which forks the process at each conversion
    sys.modules.setdefault("openvino_telemetry", None)
    # a shell's background jobs ignore Ctrl-C, and so would the processes that tests start and interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Workers take whole files, in the order below: what the tests of a file share is made once."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_collection_modifyitems(items):
    # by itself a run should fail fast; several workers should not wait for the one that began a long file last
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
    else:
        items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
