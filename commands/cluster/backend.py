"""joblib's dask backend, made fit for work of days: it waits for the one who writes, and no failure makes it hang."""

from dataclasses import dataclass
from functools import partial
from time import sleep
from typing import Any

from distributed import Client, Future
from joblib._dask import DaskDistributedBackend

IN_FLIGHT = 2  # joblib gives out twice this per worker, so that a worker that joins late finds some


@dataclass(frozen=True)
class Calls:
    """A batch of calls as joblib makes it, in an object that Dask does not look into."""

    items: list[tuple[Any, tuple, dict]]

    def __call__(self) -> list[Any]:
        return [work(*arguments, **named) for work, arguments, named in self.items]


@dataclass(frozen=True)
class Failure:
    """What came instead of a result."""

    error: BaseException


class PatientBackend(DaskDistributedBackend):
    """Three things differ from joblib's own.

    Results stay on the workers while as many as there are workers lie unread here, so that memory is bounded however
    slow the reader is. Arguments travel with their task: what joblib scatters to one worker dies with it. And a task
    that fails for the cluster's own reasons (a worker killed again and again, a scheduler that went away) raises.
    """

    def __init__(self, client: Client):
        super().__init__(client=client)
        self.running: set[Future] = set()
        self.stopped = False
        self.room = 1  # results that may lie unread

    def effective_n_jobs(self, n_jobs: int) -> int:
        """How many calls joblib should think run side by side."""
        return IN_FLIGHT * max(1, len(self.client.nthreads()))

    def start_call(self) -> None:
        """Before the first task."""
        self.stopped = False
        self.room = max(1, len(self.client.nthreads()))

    def stop_call(self) -> None:
        """After the last one, or when it is given up."""
        self.stopped = True

    def submit(self, func: Any, callback: Any = None) -> Future:
        """Send a batch of calls; the callback gets its results, or the failure, from a thread of its own."""
        future = self.client.submit(Calls(func.items), pure=False)
        self.running.add(future)
        future.add_done_callback(partial(self._finish, callback))
        return future

    def _finish(self, callback: Any, future: Future) -> None:
        # one thread runs all of these: while it waits nothing is fetched, and no further task is given out
        while not self.stopped and len(self.parallel._jobs) >= self.room:
            sleep(0.01)
        self.running.discard(future)
        if not self.stopped:
            callback(_outcome(future))

    def retrieve_result_callback(self, out: Any) -> list[Any]:
        """The results of a batch; raises what its work or the cluster raised."""
        if isinstance(out, Failure):
            raise out.error
        return out

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Give up what is still running."""
        self.stopped = True
        self.client.cancel(list(self.running), force=True)
        self.running.clear()


def _outcome(future: Future) -> Any:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - whatever the work raised, it is raised again where it is waited for
        return Failure(error)
