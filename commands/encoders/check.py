"""The command encoders check: build a network, load its weights strictly, run it, and say what it is."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import psutil
import typer
from rich.table import Column, Table

from commands import options
from commands.terminal import console, plainly, warn
from featurize.encoders.registry import find_encoder
from imaging.errors import shown

if TYPE_CHECKING:
    from torch import Tensor

    from featurize.encoders.encoder_pool import EncoderPool
    from featurize.protocol import Protocol

MEBI = 1 << 20
TIMED = 5  # crops, of which the middle one counts
Name = Annotated[str, typer.Argument(help="Name of the network, as for extract --encoders.")]


@dataclass(frozen=True)
class Trial:
    """What a network did with a few crops."""

    side: int  # of a crop in pixels
    seconds: float  # for a crop, once warm
    width: int  # of what it said of one
    drift: float  # how far order and batch changed a feature, of the largest


@plainly
def check(
    name: Name,
    weights: options.Weights = "auto",
    device: options.Device = "auto",
    offline: options.Offline = False,
) -> None:
    """Build a network, load its weights strictly, run it; say its width, memory, seconds per crop and who trained it.

    Exit code 0: it can be used. 2: it cannot, and the message says why.
    """
    from featurize.encoders.encoder_pool import EncoderPool
    from featurize.encoders.sources.settle_weights import remember_named
    from featurize.encoders.weights import find_weights
    from featurize.plan import choose_device, draft_protocol

    encoder = find_encoder(name)
    place = choose_device(device)
    with console.status(f"loading {shown(encoder.name)} and its weights"):
        path = find_weights(encoder, weights, offline)
        pool = EncoderPool({encoder.name: path}, place)
        started = perf_counter()
        digest = pool.digest(encoder.name)
        loading = perf_counter() - started
    remember_named(weights, {encoder.name: digest})
    warn(pool.notices)
    precision = "float32" if place == "cpu" else "bfloat16"
    side = max(encoder.input, encoder.smallest)
    protocol = replace(draft_protocol(encoder.name, side, 1.0, precision=precision), weights=digest)
    with console.status(f"running {shown(encoder.name)}"), pool:
        trial = try_out(pool, protocol, encoder.dim, side)
    table = Table(Column("", style="bold"), Column("", overflow="fold"), box=None, show_header=False)
    fits = "; every tensor has the name and shape of the network's" if path else ""
    facts = facts_of(encoder.name, path, digest) | {
        "loaded in": f"{loading:.1f} s{fits}",
        "width": f"{trial.width}",
        "memory": memory_in_words(encoder.parameters),
        "a crop": f"{trial.seconds:.4f} s of {trial.side} x {trial.side} pixels on {pool.place}, {precision}",
        "order and batch": f"change a feature by {trial.drift:.1e} of the largest at most",
        "digest": f"{digest[:12]} (of all parameters, as caches keep it)",
    }
    for what, words in facts.items():
        table.add_row(what, shown(words))
    console.print(table)


def facts_of(name: str, path: Path | None, digest: str) -> dict[str, str]:
    """Which network it is, which file was read, and who trained the weights under which licence."""
    from featurize.encoders.files.safetensors_file import bytes_of
    from featurize.encoders.provenance import provenance
    from featurize.encoders.sources.known_origins import with_origin

    encoder = find_encoder(name)
    network = {"network": f"{encoder.built_as} of {encoder.library}, {encoder.paper}"}
    if path is None:
        return network | {"file": "none: random weights, to try things out"}
    read = provenance(encoder, path)
    known = with_origin(asdict(read) | {"digest": digest})
    size = bytes_of(path)
    return network | {
        "file": f"{path}, {size / MEBI:,.1f} MiB, SHA-256 {read.sha256[:12]}",
        "trained as": known["weights"],
        "licence": known["licence"],
    }


def memory_in_words(parameters: int) -> str:
    """How much the parameters take, and this process."""
    used = psutil.Process().memory_info().rss
    return f"{4 * parameters / MEBI:,.0f} MiB of parameters ({parameters:,}); this process has {used / MEBI:,.0f} MiB"


def try_out(pool: "EncoderPool", protocol: "Protocol", dim: int, side: int) -> Trial:
    """Run a network on a few crops of noise; raises WeightsError where what it says has another width or no numbers."""
    import torch

    from featurize.encoders.weights import WeightsError

    noise = torch.Generator().manual_seed(0)
    crops = torch.randint(0, 256, (TIMED, side, side, 3), dtype=torch.uint8, generator=noise)
    with pool.lend(protocol) as runner:
        together = runner.features(crops.to(pool.place)).cpu()  # (crop, dim)
        turned = runner.features(crops.flip(0).to(pool.place)).cpu().flip(0)
        times = []
        for crop in crops.to(pool.place):
            started = perf_counter()
            runner.features(crop[None]).cpu()
            times.append(perf_counter() - started)
    width = together.shape[1]
    if width != dim:
        raise WeightsError(f"{protocol.encoder} gives {width} numbers for a crop, and {dim} are known of it")
    if not together.isfinite().all():
        raise WeightsError(
            f"{protocol.encoder} gives numbers that are not finite with these weights; get the file again"
        )
    return Trial(side, median(times), width, _drift(together, turned))


def _drift(one: "Tensor", other: "Tensor") -> float:
    largest = float(one.abs().max())
    return float((one - other).abs().max()) / largest if largest else 0.0
