"""What runs on a cluster's workers beside the work itself."""

import platform
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin, get_worker

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
    """Files of the machine that leads, such as weights, for workers that do not share its disk."""

    name = "histoboost-files"

    def __init__(self, contents: Mapping[Path, bytes]):
        self.contents = contents
        self.places: dict[Path, Path] = {}  # where each lies on this worker

    def setup(self, worker: Any) -> None:
        """Lay the files down in the worker's own folder, each in one named after its content."""
        for path, content in self.contents.items():
            target = Path(worker.local_directory) / sha256(content).hexdigest() / path.name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(content)
            self.places[path] = target


def where_it_lies(path: Path) -> Path:
    """Where a worker has a file that lies at this path on the machine that leads."""
    files: Any = get_worker().plugins.get(Files.name)
    return path if files is None else files.places.get(path, path)
