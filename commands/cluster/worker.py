"""What runs on a cluster's workers beside the work itself."""

import platform
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin, get_worker

from cohort.files.atomic import write_whole
from featurize.store.store import versions

DECIDING = ("numpy", "torch", "torchvision", "openvino", "pillow", "lightgbm", "h5py", "joblib")


def library_versions() -> dict[str, str]:
    """The versions on this machine of what a result may depend on."""
    return versions(DECIDING) | {"python": ".".join(platform.python_version_tuple()[:2])}


def has_cuda() -> bool:
    """Whether this worker has a GPU for PyTorch."""
    import torch

    return torch.cuda.is_available()


class Files(WorkerPlugin):
    """Files of the machine that leads, such as weights, for workers that do not share its disk.

    A worker has one plugin of a name, so each is named after its files: those of another run stay.
    """

    def __init__(self, contents: Mapping[Path, bytes]):
        self.contents = contents
        self.digests = {path: sha256(content).hexdigest() for path, content in contents.items()}
        self.places: dict[Path, Path] = {}  # where each lies on this worker
        listed = [f"{path} {digest}" for path, digest in sorted(self.digests.items())]
        self.name = f"histoboost-files-{sha256(repr(listed).encode()).hexdigest()}"

    def setup(self, worker: Any) -> None:
        """Lay the files down in the worker's own folder, each in one named after its content."""
        for path, content in self.contents.items():
            target = Path(worker.local_directory) / self.digests[path] / path.name
            target.parent.mkdir(exist_ok=True)
            write_whole(target, content)
            self.places[path] = target


def where_it_lies(path: Path) -> Path:
    """Where a worker has a file that lies at this path on the machine that leads.

    Of several files that were sent from one path, the last: the path itself holds no other.
    """
    plugins: dict[str, Any] = get_worker().plugins
    for plugin in reversed(plugins.values()):
        if isinstance(plugin, Files) and path in plugin.places:
            return plugin.places[path]
    return path
