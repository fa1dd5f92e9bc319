"""Work on other machines: a Dask cluster behind joblib, so that nothing else knows whether work runs here or there."""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joblib import parallel_config

from imaging.errors import HistoboostError
from imaging.files.regular_file import read_regular

if TYPE_CHECKING:
    from featurize.encoders.encoder_pool import EncoderPool

ANSWER = 10  # seconds that a scheduler may take


class ClusterError(HistoboostError):
    """A cluster that cannot be reached, cannot do the work, or went away."""


@dataclass(frozen=True)
class Machines:
    """A cluster in use."""

    client: Any  # distributed.Client
    workers: int

    def see(self, path: Path) -> bool:
        """Whether every worker sees the same file at this path."""
        facts = self.client.run(_size_of, str(path.resolve()))
        return set(facts.values()) == {_size_of(str(path.resolve()))}

    def require(self, device: str) -> None:
        """Raise ClusterError unless every worker has the device."""
        from commands.cluster.worker import has_cuda

        lacking = [worker for worker, has in self.client.run(has_cuda).items() if not has] if device == "cuda" else []
        if lacking:
            raise ClusterError(
                f"--device cuda: worker {lacking[0]} sees no CUDA device; start one worker per GPU, each with its own "
                "CUDA_VISIBLE_DEVICES, or use --device cpu"
            )

    def give(self, files: Iterable[Path]) -> None:
        """Let every worker, and every one that joins later, have these files where it does not see them itself."""
        from commands.cluster.worker import Files
        from featurize.encoders.sources.automatic import MOST_BYTES

        contents = {path: read_regular(path, MOST_BYTES) for path in files if not self.see(path)}
        if contents:
            self.client.register_plugin(Files(contents))


def for_extract(there: Machines, pool: "EncoderPool", image: Path) -> tuple[int, bool]:
    """Make a cluster ready to describe images like this one: how many workers, and whether files must be sent."""
    from commands.cluster.worker import where_it_lies

    there.require(pool.device)
    there.give(path for path in pool.weights.values() if path is not None)
    pool.resolve = where_it_lies
    return there.workers, not there.see(image)


@contextmanager
def machines(address: str | None, jobs: int) -> Iterator[Machines | None]:
    """Run what joblib runs on the cluster at an address, on one started here for "local", or not on any for None.

    Raises ClusterError where the cluster cannot be used, and when it goes away in the middle of the work.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client, KilledWorker
        from distributed.comm.core import CommClosedError

        from commands.cluster.backend import PatientBackend
    except ImportError as error:
        raise ClusterError(f"--cluster needs Dask ({error}); python -m pip install -e '.[cluster]'") from error
    gone = (CancelledError, CommClosedError, KilledWorker, ConnectionError)
    with _quiet("distributed"):
        try:
            local = _start_here(jobs) if address == "local" else None
            client = Client(local or address, timeout=ANSWER, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:  # TypeError: TLS without keys
            raise ClusterError(
                f"no Dask scheduler answers at {address} ({error}); start one with `dask scheduler` and give its "
                "address, such as tls://192.168.0.1:8786, or use --cluster local"
            ) from error
        try:
            there = Machines(client, _ready(client, address))
            with parallel_config(PatientBackend(client)):
                yield there
        except gone as error:
            raise ClusterError(
                f"the cluster at {address} was lost ({_why(error)}); what was finished is kept: put the cluster right "
                "and run the same command again"
            ) from error
        finally:
            with suppress(Exception):  # what is already gone need not be closed
                client.close(timeout=2)
                if local is not None:
                    local.close(timeout=5)


def _start_here(jobs: int) -> Any:
    """A cluster on this machine for whoever has its keys: other users and processes here have none.

    The keys are made for it and gone with it. It has no web pages. Raises ClusterError where keys cannot be made.
    """
    import dask
    from distributed import LocalCluster
    from distributed.security import Security

    try:
        keys = Security.temporary()
    except ImportError as error:
        raise ClusterError(
            f"--cluster local makes keys of its own and needs cryptography ({_why(error)}); python -m pip install "
            "-e '.[cluster]'"
        ) from error
    with dask.config.set({"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}):
        return LocalCluster(jobs, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", security=keys)


def _ready(client: Any, address: str) -> int:
    """How many workers there are; raises ClusterError for none, for several threads in one, and for other versions."""
    with suppress(TimeoutError):
        client.wait_for_workers(1, timeout=30)
    threads = client.nthreads()
    if not threads:
        raise ClusterError(f"the scheduler at {address} has no workers; start some: dask worker {address} --nthreads 1")
    many = [worker for worker, count in threads.items() if count > 1]
    if many:
        raise ClusterError(
            f"worker {many[0]} runs {threads[many[0]]} threads; start workers with --nthreads 1, one per core or GPU"
        )
    from commands.cluster.worker import library_versions

    here = library_versions()
    try:
        there = client.run(library_versions)
    except Exception as error:
        raise ClusterError(
            f"the workers at {address} cannot import histoboost ({_why(error)}); install the same version there"
        ) from error
    for worker, found in there.items():
        unlike = [f"{name} {found[name]} instead of {here[name]}" for name in here if found[name] != here[name]]
        if unlike:
            raise ClusterError(
                f"worker {worker} has {', '.join(unlike)}; results would depend on it: install the same versions"
            )
    return len(threads)


def _size_of(path: str) -> int | None:
    file = Path(path)
    return file.stat().st_size if file.is_file() else None


def _why(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Silence a library's log: what matters of it becomes an error of ours."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
