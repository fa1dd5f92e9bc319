"""What this machine has: libraries, processor, memory, disk and cache."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter

import psutil
from joblib import cpu_count

from commands.doctor.asked_networks import AskedNetworks
from commands.doctor.check_result import Check
from featurize.store.store import versions

GIBI, MEBI = 2**30, 2**20
SIZE, IMAGES = (1536, 2048), 400  # of the paper's data set
LIBRARIES = ("torch", "torchvision", "lightgbm", "numpy", "pandas", "scikit-learn", "joblib", "h5py", "pillow")
PROBE, PART = 64 * MEBI, 4 * MEBI  # bytes written at most to measure the disk, and at once
LONGEST_PROBE = 0.5  # seconds
MOST_VERIFIED = 256 * MEBI  # bytes of a cache whose checksums are taken: more takes a while


def library_checks() -> Iterator[Check]:
    """Python and the libraries that results depend on."""
    found = versions(LIBRARIES)
    absent = [name for name, number in found.items() if number == "not installed"]
    yield Check("python", "ok", f"{sys.version.split()[0]}, {sys.platform}")
    words = ", ".join(f"{name} {number}" for name, number in found.items())
    remedy = f"python -m pip install {' '.join(absent)}" if absent else ""
    yield Check("libraries", "problem" if absent else "ok", words, remedy)


def device_checks(device: str) -> Iterator[Check]:
    """Which processor the networks will run on, and with what library."""
    import torch

    from featurize.encoders.inference import fastest
    from featurize.plan import choose_device
    from featurize.protocol import ProtocolError

    try:
        chosen = choose_device(device)
    except ProtocolError as error:
        yield Check(
            "device", "problem", str(error), "install a PyTorch that fits the GPU's driver, or use --device cpu"
        )
        return
    if chosen == "cuda":
        cards = [torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count())]
        words = ", ".join(f"{card.name} ({card.total_memory / GIBI:.0f} GiB)" for card in cards)
        yield Check("device", "ok", f"{words}; bfloat16, one worker for each")
        return
    library = fastest("cpu", "float32")
    slow = "" if library == "openvino" else "python -m pip install openvino doubles the speed"
    yield Check("device", "note" if slow else "ok", f"CPU with {library}, float32 (no CUDA device is used)", slow)
    limit = os.environ.get("OMP_NUM_THREADS", "")
    yield Check("workers", "ok", f"{cpu_count()} of one thread" + (f"; OMP_NUM_THREADS={limit}" if limit else ""))


def memory_checks(asked: AskedNetworks) -> Iterator[Check]:
    """Whether a worker of the run fits."""
    from featurize.cost import worker_bytes

    free, needed = psutil.virtual_memory().available, worker_bytes(asked.protocols, [SIZE])
    words = f"{free / GIBI:.1f} GiB free; a worker of {asked.run} needs {needed / GIBI:.1f} GiB at most"
    remedy = "close other programs, or use smaller --crops" if needed > 0.9 * free else ""
    yield Check("memory", "problem" if remedy else "ok", words, remedy)


def disk_checks(cache: Path, asked: AskedNetworks) -> Iterator[Check]:
    """Room for descriptors of as many images as the paper has, and how fast they can be written."""
    from featurize.cost import cost_of

    folder = next(place for place in (cache.absolute(), *cache.absolute().parents) if place.is_dir())
    needed = cost_of(asked.protocols, [SIZE] * IMAGES).disk
    free = shutil.disk_usage(folder).free
    words = f"{free / GIBI:.1f} GiB free for {cache}; descriptors of {IMAGES} images take {needed / GIBI:.1f} GiB"
    remedy = "make room, or choose another --cache" if needed > free else ""
    yield Check("disk", "problem" if remedy else "ok", words, remedy)
    try:
        rate = writing_rate(folder)
    except OSError as error:
        yield Check("writing", "problem", f"{folder} cannot be written ({error})", "choose another --cache")
        return
    slow = "descriptors of many workers may wait for this disk; a local one is faster" if rate < 20 * MEBI else ""
    yield Check("writing", "note" if slow else "ok", f"{rate / MEBI:.0f} MiB/s to the disk of {folder}", slow)


def writing_rate(folder: Path) -> float:
    """Bytes a second that reach the disk below a folder, in a file that nobody else can name or find."""
    started = perf_counter()
    written = 0
    with TemporaryFile(dir=folder) as file:
        while written < PROBE and perf_counter() - started < LONGEST_PROBE:
            file.write(bytes(PART))
            file.flush()
            os.fsync(file.fileno())
            written += PART
        return written / (perf_counter() - started)


def cache_checks(cache: Path) -> Iterator[Check]:
    """What is in the cache, and whether every row is what was written; a large one is not read."""
    from featurize.store.cleanup import ls
    from featurize.store.file_format import CacheError
    from featurize.store.integrity import verify

    try:
        files = ls(cache)
        size = sum(file.bytes for file in files)
        findings = verify(cache) if size <= MOST_VERIFIED else []
    except CacheError:
        yield Check("cache", "ok", f"{cache} is empty")
        return
    done = sum(file.done for file in files)
    words = f"{len(files)} files, {done} rows, {size / MEBI:,.0f} MiB"
    if findings:
        yield Check(
            "cache", "note", f"{words}; {len(findings)} are damaged", "python pipeline.py cache verify names them"
        )
    elif size > MOST_VERIFIED:
        yield Check("cache", "ok", f"{words}; `cache verify` reads every byte")
    else:
        yield Check("cache", "ok", f"{words}, all checksums right")
