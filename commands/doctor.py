"""The command doctor: what this machine has, what will be used, and whether the paper's run can start."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import Literal
from urllib.error import URLError
from urllib.request import Request, urlopen

import psutil
import typer
from joblib import cpu_count
from rich.table import Column, Table

from commands import options
from commands.terminal import console, plainly
from featurize.encoders.registry import ENCODERS, Encoder, find_encoder
from featurize.protocol import PRESETS, Protocol, parse_crops
from featurize.store.store import versions

GIBI, MEBI = 2**30, 2**20
SIZE, IMAGES = (1536, 2048), 400  # of the paper's data set
PAPER = ("resnet50", "inception_v3", "vgg16"), "400,650"
LIBRARIES = ("torch", "torchvision", "lightgbm", "numpy", "pandas", "scikit-learn", "joblib", "h5py", "pillow")
PROBE = 64 * MEBI  # bytes written to measure the disk
State = Literal["ok", "note", "problem"]
COLOURS = {"ok": "green", "note": "yellow", "problem": "bold red"}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; a problem keeps the paper's run from starting."""

    what: str
    state: State
    found: str
    remedy: str = ""


@plainly
def doctor(
    cache: options.Cache = Path("cache"),
    weights: options.Weights = "auto",
    device: options.Device = "auto",
    offline: options.Offline = False,
) -> None:
    """Look at this machine: versions, devices, memory, disk, weights and cache; every problem comes with its remedy.

    Exit code 0: the paper's run can start here. 1: it cannot.
    """
    with console.status("looking at this machine"):
        checks = [
            *library_checks(),
            *device_checks(device),
            *memory_checks(device),
            *disk_checks(cache),
            *weight_checks(weights, offline),
            *cache_checks(cache),
        ]
    table = Table("what", "", Column("found", overflow="fold"), box=None)
    for check in checks:
        table.add_row(check.what, check.state, check.found + (f"\n-> {check.remedy}" if check.remedy else ""),
                      style=COLOURS[check.state] if check.state != "ok" else "")  # fmt: skip
    console.print(table)
    problems = [check.what for check in checks if check.state == "problem"]
    console.print(
        f"the paper's run cannot start: {', '.join(problems)}" if problems else "the paper's run can start",
    )
    if problems:
        raise typer.Exit(1)


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


def memory_checks(device: str) -> Iterator[Check]:
    """Whether a worker of the paper's run fits, and how many do."""
    from featurize.cost import worker_bytes

    free, needed = psutil.virtual_memory().available, worker_bytes(paper_protocols(), [SIZE])
    words = f"{free / GIBI:.1f} GiB free; a worker of the paper's run needs {needed / GIBI:.1f} GiB at most"
    remedy = "close other programs, or use smaller --crops" if needed > 0.9 * free else ""
    yield Check("memory", "problem" if remedy else "ok", words, remedy)


def disk_checks(cache: Path) -> Iterator[Check]:
    """Room for the paper's descriptors, and how fast they can be written."""
    from featurize.cost import cost_of

    folder = next(place for place in (cache.absolute(), *cache.absolute().parents) if place.is_dir())
    needed = cost_of(paper_protocols(), [SIZE] * IMAGES).disk
    free = shutil.disk_usage(folder).free
    words = f"{free / GIBI:.1f} GiB free for {cache}; the paper's descriptors take {needed / GIBI:.1f} GiB"
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
    with TemporaryFile(dir=folder) as file:
        file.write(bytes(PROBE))
        file.flush()
        os.fsync(file.fileno())
        return PROBE / (perf_counter() - started)


def weight_checks(source: str, offline: bool) -> Iterator[Check]:
    """The weights of torchvision's encoders, a line each, and which of the others' are here."""
    from featurize.encoders.weights import WeightsError, require_one_each

    try:
        require_one_each([find_encoder(name) for name in PAPER[0]], source)
    except WeightsError as error:
        yield Check("weights", "problem", str(error), f"`encoders check NAME --weights {source}` tries a single one")
        return
    for encoder in ENCODERS.values():
        if encoder.library == "torchvision":
            yield weight_check(encoder, source, offline)
    yield other_weights_check(source)


def weight_check(encoder: Encoder, source: str, offline: bool) -> Check:
    """The weights of an encoder: found and known, found and unknown, to be downloaded, or missing."""
    from featurize.encoders.provenance import UNKNOWN, provenance
    from featurize.encoders.weights import WeightsError, download_url, find_weights, is_here

    state: State = "problem" if encoder.name in PAPER[0] else "note"
    what, url = f"weights of {encoder.name}", download_url(encoder)
    if source == "auto" and not is_here(encoder) and not offline and reachable(url):
        return Check(what, "ok", f"will be downloaded from {url}")
    try:
        path = find_weights(encoder, source, offline=True)
        known = provenance(encoder, path) if path else None
    except WeightsError as error:
        return Check(what, state, str(error))
    if known is None:
        return Check(what, "note", "random, as asked: good for trying things out alone")
    if known.weights == UNKNOWN:
        return Check(what, "note", f"{path}, not a file that torchvision publishes: recorded as unknown")
    return Check(what, "ok", f"{path}, {known.weights}")


def other_weights_check(source: str) -> Check:
    """Which of the further encoders' weights are here; they are not read, since some are larger than the memory."""
    from featurize.encoders.weights import WeightsError, find_weights, is_here

    others = [encoder for encoder in ENCODERS.values() if encoder.library != "torchvision"]
    here = []
    for encoder in others:
        try:
            is_found = is_here(encoder) if source == "auto" else find_weights(encoder, source, offline=True) is not None
        except WeightsError:
            continue
        if is_found:
            here.append(encoder.name)
    words = f"{len(here)} of {len(others)} are here" + (f": {', '.join(here)}" if here else "")
    remedy = "`encoders NAME` tells how to get one's weights, `encoders check NAME` whether they are good"
    return Check("other weights", "ok", words, remedy)


def reachable(url: str) -> bool:
    """Whether a server answers for this address within three seconds."""
    try:
        with urlopen(Request(url, method="HEAD"), timeout=3) as answer:
            return answer.status < 400
    except (URLError, OSError, ValueError):
        return False


def cache_checks(cache: Path) -> Iterator[Check]:
    """Whether every row in the cache is what was written."""
    from featurize.store.cleanup import ls
    from featurize.store.file_format import CacheError
    from featurize.store.integrity import verify

    try:
        files, findings = ls(cache), verify(cache)
    except CacheError:
        yield Check("cache", "ok", f"{cache} is empty")
        return
    done = sum(file.done for file in files)
    words = f"{len(files)} files, {done} rows, {sum(file.bytes for file in files) / GIBI:.1f} GiB"
    if findings:
        yield Check(
            "cache", "note", f"{words}; {len(findings)} are damaged", "python pipeline.py cache verify names them"
        )
    else:
        yield Check("cache", "ok", f"{words}, all checksums right")


def paper_protocols() -> list[Protocol]:
    """The six variants of the paper, without their weights."""
    views, crops = PRESETS["paper"]
    return [
        Protocol(find_encoder(name).name, "", crop, scale, views=views, crops=crops)
        for name in PAPER[0]
        for crop, scale in parse_crops(PAPER[1], Protocol.scale)
    ]
