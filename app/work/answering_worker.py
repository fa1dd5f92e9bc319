"""The process that answers: `python -m app.work.answering_worker SETTINGS`.

It looks for orders in the private folder, keeps bundles and networks open, and ends with the process that started it.
"""

import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

from app.app_settings import AppError, AppSettings, for_visitors
from app.work.bundle_facts import BundleFacts, copy_facts, facts_of, key_of, read_facts
from app.work.end_with_parent import end_with_parent
from app.work.job import Job
from app.work.open_bundles import OpenBundle, OpenBundles, bundle_names, stamp_of
from app.work.spool import Spool
from app.work.turn import give_up, refuse, take_turn
from cohort.checks.library_warnings import library_warnings
from cohort.checks.notices import Notice
from imaging.errors import HistoboostError, shown

PAUSE = 0.05  # seconds between two looks for work
SWEEP_EVERY = 60.0  # seconds
ENDED = "the program ended while it opened this bundle; is there memory? Start the page again, or fit the bundle anew"
REPLACED = "the bundle was replaced while the program was started again; ask once more for answers that belong together"


class Worker:
    """What it has open, and whose turn it is."""

    def __init__(self, settings: AppSettings) -> None:
        self.settings = settings
        self.spool = Spool(settings.spool)
        self.bundles = OpenBundles(settings)
        self._of_job: dict[str, OpenBundle] = {}  # a job keeps the bundle that it began with, should that be replaced
        self._last = ""  # the job that had a turn last
        self._swept = monotonic()

    def take_over(self) -> None:
        """Say of what a worker before this one was at that it came to nothing."""
        for job in self.spool.unfinished:
            give_up(job)
        for opening in self._folder.glob("*.opening"):
            name = opening.read_text(encoding="utf-8", errors="surrogatepass")
            with suppress(OSError):
                stamp = stamp_of(self.settings.models / f"{name}.zip")
                BundleFacts(name, stamp, ENDED).write(self._folder)
            for job in self.spool.unfinished:
                if job.order["bundle"] == name:  # which would end this worker too, and the next
                    refuse(job, ENDED)
            opening.unlink()

    def step(self) -> bool:
        """Do the next piece of work; False where there is none."""
        if monotonic() - self._swept > SWEEP_EVERY:
            self.spool.sweep()
            self._swept = monotonic()
        job = self._next_job()
        if job is not None:
            self._answer(job)
            return True
        return self._describe_next()

    @property
    def _folder(self) -> Path:
        return self.spool.folder / "bundles"

    def _next_job(self) -> Job | None:
        """The job after the one that had a turn last; the first again after the last."""
        waiting = self.spool.unfinished
        if not waiting:
            return None
        ids = [job.id for job in waiting]
        place = ids.index(self._last) + 1 if self._last in ids else 0
        return waiting[place % len(waiting)]

    def _answer(self, job: Job) -> None:
        self._last = job.id
        try:
            if job.id not in self._of_job:
                self._begin(job)
            take_turn(job, self._of_job[job.id])
        except (HistoboostError, OSError) as error:
            refuse(job, for_visitors(error, self.settings.models))
        if job.has_ended:
            self._of_job.pop(job.id, None)

    def _begin(self, job: Job) -> None:
        """Open the bundle of a job; raises AppError where answers of another one stand in it already."""
        name = job.order["bundle"]
        opened = self._opened(name)
        if job.begun.get("bundle", "") not in ("", opened.digest):
            raise AppError(REPLACED)
        copy_facts(self._folder, job.folder, name)
        self._of_job[job.id] = opened

    def _opened(self, name: str) -> OpenBundle:
        """An open bundle, of which the page knows too; raises HistoboostError or OSError."""
        mark = self._folder / f"{key_of(name)}.opening"
        mark.write_text(name, encoding="utf-8", errors="surrogatepass")  # found by the next worker, should this one die
        try:
            opened = self.bundles.get(name)
            said = read_facts(self._folder, name)
            if said is None or said.stamp != opened.stamp or said.error:
                facts, fused = facts_of(name, opened)
                facts.write(self._folder, fused)
        except (HistoboostError, OSError):
            mark.unlink()
            raise
        mark.unlink()
        return opened

    def _describe_next(self) -> bool:
        """Open the next bundle of which the page knows nothing yet; first the one that somebody looks at."""
        names = bundle_names(self.settings.models)
        wanted = self.spool.wanted
        for name in sorted(names, key=lambda name: name != wanted):
            with suppress(OSError):  # it went away meanwhile
                stamp = stamp_of(self.settings.models / f"{name}.zip")
                said = read_facts(self._folder, name)
                if said is None or said.stamp != stamp:
                    self._describe(name)
                    return True
        return False

    def _describe(self, name: str) -> None:
        stamp = stamp_of(self.settings.models / f"{name}.zip")
        try:
            self._opened(name)
        except (HistoboostError, OSError) as error:
            BundleFacts(name, stamp, for_visitors(error, self.settings.models)).write(self._folder)


def main() -> None:
    """Work until the process ends."""
    Thread(target=end_with_parent, daemon=True).start()
    worker = Worker(AppSettings.read(sys.argv[1]))
    with library_warnings(tell_who_runs_it):
        worker.take_over()
        while True:
            if not worker.step():
                sleep(PAUSE)


def tell_who_runs_it(notice: Notice) -> None:
    """A line at the terminal of the command; visitors of the page do not see it."""
    sys.stderr.write(f"{notice.level}: {shown(notice)}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
