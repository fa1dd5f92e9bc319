"""A real scheduler and real worker processes on this machine: the same result to the bit, whatever dies."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from joblib import Parallel, delayed
from typer.testing import CliRunner

from cohort.phantom_cohort import write_phantoms
from cohort.read_dataset import read_dataset
from commands.cluster import dask
from commands.cluster.dask import ClusterError, Machines, for_extract, machines
from featurize.extract import extract
from featurize.plan import plan_extraction
from imaging.phantom import phantoms
from pipeline import app
from tests.featurize.store.cached_rows import read_row

distributed = pytest.importorskip("distributed")
ROOT = Path(__file__).resolve().parents[3]
SMALL = ["--encoders", "squeezenet1_1", "--weights", "random", "--scale", "1", "--crops", "96,128",
         "--views", "6", "--crops-per-view", "2"]  # fmt: skip


class Processes:
    """A scheduler and its workers, started by plain dask commands."""

    def __init__(self, folder, workers):
        self.folder, self.workers = folder, []
        self.file = folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                                    "--scheduler-file", self.file)  # fmt: skip
        wait_for(self.file.is_file)
        for _ in range(workers):
            self.add_worker()
        with distributed.Client(self.address) as client:
            client.wait_for_workers(workers, timeout=60)

    def start(self, *arguments):
        log = (self.folder / "log.txt").open("a")
        command = [sys.executable, "-m", "dask", *map(str, arguments)]
        # the tests' folder is on the path so that workers find the functions below
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)})

    def add_worker(self):
        self.workers.append(
            self.start(
                "worker",
                "--scheduler-file",
                self.file,
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
                "--local-directory",
                self.folder,
            )
        )

    def remove_worker(self):
        """The one that came last; returns when the scheduler knows."""
        process = self.workers.pop()
        process.kill()
        process.wait()
        with distributed.Client(self.address) as client:
            wait_for(lambda: len(client.scheduler_info()["workers"]) == len(self.workers))

    @property
    def address(self):
        return next(line.split('"')[3] for line in self.file.read_text().splitlines() if '"address"' in line)

    def stop(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


def wait_for(condition, seconds=30):
    deadline = time.time() + seconds
    while not condition():
        assert time.time() < deadline, "it never came"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """A cluster that no test harms."""
    started = Processes(tmp_path_factory.mktemp("cluster"), workers=2)
    yield started
    started.stop()


@pytest.fixture
def doomed(tmp_path):
    """A cluster of which a test kills something."""
    started = Processes(tmp_path, workers=2)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Twelve fields, described and cross-validated by one process."""
    folder = tmp_path_factory.mktemp("alone")
    write_phantoms(folder / "fields", phantoms(per_class=3, patients=3, height=160, width=192))
    command(folder, "extract", "--jobs", 1)
    command(folder, "cv", "--jobs", 1)
    return folder


def command(folder, name, *more, data=None, code=0):
    options = {
        "extract": ["--data", (data or folder) / "fields" / "manifest.csv", *SMALL],
        "cv": ["--folds", 3, "--seeds", 2, "--out", folder / "results"],
    }
    arguments = [name, *options[name], "--cache", folder / "cache", *more]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*/*.h5")}


def ready(place, cache):
    dataset = read_dataset(place / "fields" / "manifest.csv")
    variants = [("squeezenet1_1", 96, 1.0), ("squeezenet1_1", 128, 1.0)]
    plan = plan_extraction(dataset, variants, "random", "cpu", views=6, crops=2)
    return dataset, plan.open_stores(cache), plan.pool


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures")
def test_a_cluster_gives_the_same_files_and_predictions(place, processes, tmp_path):
    said = command(tmp_path, "extract", "--cluster", processes.address, data=place)
    assert "with 2 workers" in said
    assert contents(tmp_path / "cache") == contents(place / "cache")
    command(tmp_path, "cv", "--cluster", processes.address)
    for name in ("predictions.csv", "fused.csv", "table.csv"):
        assert (tmp_path / "results/fields" / name).read_bytes() == (place / "results/fields" / name).read_bytes()


@pytest.mark.slow
def test_a_cluster_started_here_gives_the_same_files(place, tmp_path):
    command(tmp_path, "extract", "--cluster", "local", "--jobs", 2, data=place)
    assert contents(tmp_path / "cache") == contents(place / "cache")


@pytest.mark.slow
def test_workers_that_share_no_disk_are_sent_images_and_weights(place, processes, tmp_path, monkeypatch):
    from safetensors.torch import save_file

    from featurize.encoders.registry import find_encoder
    from featurize.encoders.weights import load_network

    monkeypatch.setattr(Machines, "see", lambda self, path: False)
    weights = tmp_path / "weights" / "squeezenet1_1.safetensors"
    weights.parent.mkdir()
    network = load_network(find_encoder("squeezenet1_1"), None)
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, weights)
    dataset = read_dataset(place / "fields" / "manifest.csv")
    variants = [("squeezenet1_1", 96, 1.0), ("squeezenet1_1", 128, 1.0)]
    plan = plan_extraction(dataset, variants, str(weights.parent), "cpu", views=6, crops=2)
    stores = plan.open_stores(tmp_path / "cache")
    moved = [replace(sample, path=tmp_path / sample.path.name) for sample in dataset.samples]
    for sample, target in zip(dataset.samples, moved, strict=True):
        target.path.write_bytes(sample.path.read_bytes())
    with machines(processes.address, 1) as there:
        jobs, send = for_extract(there, plan.pool, moved[0].path)
        assert (jobs, send) == (2, True)
        weights.rename(tmp_path / "hidden")  # the workers cannot have read it where it was
        working = extract(moved, stores, plan.pool, jobs, send)
        described = [next(working)]
        described += working
    assert len(described) == 12 and all(store.done.all() for store in stores)
    _, alone, _ = ready(place, place / "cache")
    for store, other in zip(stores, alone, strict=True):
        assert (store.array("descriptors") == other.array("descriptors")).all()


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing(place, doomed, tmp_path):
    dataset, stores, pool = ready(place, tmp_path / "cache")
    with machines(doomed.address, 1) as there:
        working = extract(dataset.samples, stores, pool, there.workers)
        described = [next(working)]
        doomed.workers[0].kill()
        described += working
    assert sorted(one.image for one in described) == [sample.name for sample in dataset.samples]
    assert contents(tmp_path / "cache") == contents(place / "cache")


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_a_clear_error_and_the_cache_stays_good(place, doomed, tmp_path):
    dataset, stores, pool = ready(place, tmp_path / "cache")
    described = []
    with pytest.raises(ClusterError, match=r"was lost.*what was finished is kept.*same command again"):  # noqa: SIM117
        with machines(doomed.address, 1) as there:
            for one in extract(dataset.samples, stores, pool, there.workers):
                described.append(one.image)
                doomed.scheduler.kill()
    assert 0 < len(described) < 12
    for store in stores:
        for image in described:
            read_row(store, image)
    command(tmp_path, "extract", "--jobs", 1, data=place)
    assert contents(tmp_path / "cache") == contents(place / "cache")


@pytest.mark.slow
def test_a_worker_that_joins_late_takes_work(processes):
    seen = set()
    with machines(processes.address, 1) as there:
        work = Parallel(2, return_as="generator_unordered")(
            delayed(subprocess.getoutput)("sleep 0.3; echo $PPID") for _ in range(60)
        )
        seen |= {next(work) for _ in range(4)}
        processes.add_worker()
        seen |= set(work)
        assert there.workers == 2
    processes.remove_worker()
    assert len(seen) == 3


@pytest.mark.slow
def test_workers_wait_for_a_slow_reader(processes, tmp_path):
    """What was computed but not yet read is bounded, and everything comes in the end."""
    with machines(processes.address, 1) as there:
        marks = tmp_path / "marks"
        marks.mkdir()
        tasks = (delayed(Path.touch)(marks / str(number)) for number in range(200))
        work = Parallel(2, return_as="generator_unordered", batch_size=1)(tasks)
        next(work)
        time.sleep(2)
        assert len(list(marks.iterdir())) <= 1 + 6 * there.workers
        assert len(list(work)) == 199
    assert len(list(marks.iterdir())) == 200


@pytest.mark.slow
def test_no_scheduler_is_a_clear_error(place, tmp_path, monkeypatch):
    monkeypatch.setattr(dask, "ANSWER", 1)
    said = command(tmp_path, "extract", "--cluster", "tcp://127.0.0.1:9", data=place, code=2)
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in said and "dask scheduler" in said


def test_without_a_cluster_nothing_changes():
    with machines(None, 2) as there:
        assert there is None
        assert sorted(Parallel(2)(delayed(abs)(number) for number in (-1, 2))) == [1, 2]


@pytest.mark.slow
def test_no_other_process_gets_into_a_cluster_started_here():
    """Whoever reaches a scheduler can run code; without its keys nobody does."""
    pytest.importorskip("cryptography")
    program = (
        "import sys\n"
        "from distributed import Client\n"
        "with Client(sys.argv[1], timeout='3s', set_as_default=False) as client:\n"
        "    print(client.run_on_scheduler(lambda: 'inside'))\n"
    )
    with machines("local", 1) as there:
        address = there.client.scheduler.address
        assert address.startswith("tls://127.0.0.1:") and there.client.submit(abs, -3).result(timeout=30) == 3
        for tried in (address, address.replace("tls", "tcp")):
            done = subprocess.run([sys.executable, "-c", program, tried], capture_output=True, text=True, timeout=60)
            assert done.returncode != 0 and "inside" not in done.stdout


def test_an_encrypted_cluster_without_keys_here_is_a_message(monkeypatch):
    monkeypatch.setattr(dask, "ANSWER", 1)
    with pytest.raises(ClusterError, match="no Dask scheduler answers at tls"), machines("tls://127.0.0.1:9", 1):
        pass
