"""Bundles and their networks, kept warm from one order to the next, and read anew where the file is another by now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.app_settings import AppError, AppSettings
from imaging.errors import shown
from imaging.files.regular_file import sha256_of
from workflow.answers_csv import Answer

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle
    from workflow.answering.describer import AllDescribers

Stamp = tuple[int, int, int]
MOST_OPEN = 2  # bundles with their networks


@dataclass(frozen=True, eq=False)
class OpenBundle:
    """A bundle that answers."""

    stamp: Stamp  # of the file when it was read
    digest: str  # SHA-256 of the file
    bundle: "Bundle"
    networks: "AllDescribers"
    jobs: int

    def answers(self, paths: Sequence[Path]) -> Iterator[Answer]:
        """The answers to image files, in their order, exactly those of the command predict."""
        from workflow.answering.prediction import predict

        return predict(self.bundle, paths, self.networks, jobs=self.jobs)

    def close(self) -> None:
        """Give up the networks."""
        self.networks.close()


class OpenBundles:
    """The bundles that were asked for last."""

    def __init__(self, settings: AppSettings) -> None:
        self.settings = settings
        self._open: dict[str, OpenBundle] = {}  # by name, the last asked for at the end

    def get(self, name: str) -> OpenBundle:
        """A bundle by its name; raises HistoboostError or OSError where it cannot be used."""
        if name not in bundle_names(self.settings.models):  # no other text is ever made a path
            raise AppError(f"{shown(name)}.zip is not among the bundles here; choose another")
        path = self.settings.models / f"{name}.zip"
        opened = self._open.pop(name, None)
        if opened is None or opened.stamp != stamp_of(path):
            if opened is not None:
                opened.close()
            opened = self._opened(path)
        self._open[name] = opened
        for oldest in list(self._open)[:-MOST_OPEN]:
            self._open.pop(oldest).close()  # a job that still uses it has its networks loaded anew
        return opened

    def _opened(self, path: Path) -> OpenBundle:
        from boost.bundle.bundle import Bundle
        from workflow.answering.bundle_describer import describer_of

        settings = self.settings
        stamp, digest = stamp_of(path), sha256_of(path)
        bundle = Bundle.open(path)
        networks = describer_of(bundle, settings.weights, settings.offline, settings.device)
        return OpenBundle(stamp, digest, bundle, networks, settings.jobs)


def stamp_of(path: Path) -> Stamp:
    """What changes when a file is replaced or written to; raises OSError where there is none."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def bundle_names(models: Path) -> list[str]:
    """The bundles in a folder; none where there is no folder."""
    return sorted(path.stem for path in models.glob("*.zip") if path.is_file() and not path.name.startswith("."))
