"""What a run will cost before it starts: pixels to encode, disk, memory and, after a short calibration, time."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np
import psutil
import torch

from featurize.descriptor import drawn_together
from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.inference import GPU_BATCH
from featurize.encoders.registry import find_encoder
from featurize.encoders.threads import one_thread
from featurize.protocol import WHOLE, Protocol, ProtocolError
from featurize.resizing import resize_crops
from featurize.views import open_views
from imaging.read import BYTES_PER_PIXEL
from imaging.stain import fit_stain, normalise

MEBI, GIBI = 2**20, 2**30
BASE_BYTES = 800 * MEBI  # of a worker: PyTorch and the runner's library (measured: 700-750)
ENCODING = 1400  # bytes a pixel that is encoded, in the widest layers (measured: 400 in SqueezeNet, 1300 in VGG-16)
NORMALISING, VIEWING = 40, 30  # bytes a pixel of the rescaled image: its normalisation, and a view (measured: 34, 27)
WEIGHT_COPIES = 4  # while a network is converted
FIELD = 512  # height and width of the field that is looked at to measure
CAUTIOUS = 1.0, 1.3e-6  # seconds a megapixel, and for each parameter of a network: slower than machines in use
CAUTIOUS_GPU = 0.1  # of that
SIDE = 320  # of the crops that are timed; the cost of a convolution grows with the pixels

Size = tuple[int, int]  # height, width of an image file


@dataclass(frozen=True)
class Cost:
    """Of describing some images under some protocols."""

    crops: int  # pooled; in the dense mode none of them is encoded by itself
    encoded: Mapping[str, float]  # megapixels by encoder
    viewed: float  # megapixels that are jittered, and copied as crops
    disk: int  # bytes

    def seconds(self, speed: "Speed", workers: int) -> float:
        """Time that this takes, if the workers do not hinder each other."""
        encoding = sum(pixels * speed.encoding[name] for name, pixels in self.encoded.items())
        return (encoding + self.viewed * speed.viewing) / workers


@dataclass(frozen=True)
class Speed:
    """Seconds a megapixel, of one worker."""

    encoding: Mapping[str, float]  # by encoder
    viewing: float


def cost_of(protocols: Sequence[Protocol], sizes: Sequence[Size]) -> Cost:
    """Count the work of protocols on images of these sizes; views are shared, and so are crops of a size."""
    crops = 0
    disk = 0
    encoded = defaultdict[str, float](float)
    for protocol in protocols:
        views = len(sizes) * protocol.views
        crops += views * protocol.crops
        disk += views * bytes_of_view(protocol)
        if protocol.mode != "dense":
            encoded[protocol.encoder] += views * protocol.crops * protocol.encoded_side**2 / 1e6
    area = sum(height * width for height, width in sizes) / 1e6  # of all images, in megapixels
    for encoder, scale, views in {(p.encoder, p.scale, p.views) for p in protocols if p.mode == "dense"}:
        encoded[encoder] += views * scale**2 * area
    viewed = 0.0
    jittered = {(drawn_together(p), p.views, p.mode) for p in protocols if p.mode != WHOLE}
    for (scale, *_), views, _ in jittered:
        viewed += views * scale**2 * area
    copied = {(drawn_together(p), p.crop, p.crops, p.views) for p in protocols if p.mode == "exact"}
    for _, side, count, views in copied:
        viewed += len(sizes) * views * count * side**2 / 1e6
    resized = {(p.scale, p.stain, p.crop, p.crops, p.views, p.input, p.interpolation) for p in protocols if p.input}
    for _, _, side, count, views, new_side, _ in resized:
        viewed += len(sizes) * views * count * max(side, new_side) ** 2 / 1e6
    return Cost(crops, encoded, viewed, disk)


def bytes_of_view(protocol: Protocol) -> int:
    """What a view of an image takes on the disk: descriptor, boxes and gains."""
    return 4 * protocol.width(find_encoder(protocol.encoder).dim) + 12 * protocol.crops + 16


def cautious_speed(protocols: Sequence[Protocol], device: str) -> Speed:
    """A speed that hardly any machine falls short of: work that is short at it needs no calibration."""
    base, of_parameter = (CAUTIOUS_GPU * seconds if device == "cuda" else seconds for seconds in CAUTIOUS)
    encoders = {protocol.encoder for protocol in protocols}
    return Speed({name: base + of_parameter * find_encoder(name).parameters for name in encoders}, base)


@one_thread()
def calibrate(protocols: Sequence[Protocol], pool: EncoderPool, seconds: float = 10.0) -> Speed:
    """Measure this machine for about so long (and a little more to load the networks), on one worker."""
    from imaging.phantom import draw_field  # scikit-image takes a while, and no other cost needs it

    one_each = {protocol.encoder: protocol for protocol in protocols if protocol.mode != WHOLE}
    budget = seconds / (len(one_each) + 1)
    batch = 1 if pool.device == "cpu" else GPU_BATCH
    field = draw_field("benign", "p", 0, FIELD, FIELD, seed=0).image
    views = open_views(normalise(field, fit_stain(field)), pool.place)
    boxes = np.array([[40, 60, 1]] * batch, np.int32)

    def view() -> torch.Tensor:
        views.jitter(np.array([0.9, 1.1]))
        return views.crops(boxes, SIDE)

    crops = view()
    viewing = _timed(view, budget) / (FIELD**2 + batch * SIDE**2) * 1e6
    encoding = {}
    for name, protocol in one_each.items():
        side = protocol.input or SIDE
        taken = resize_crops(crops, side, protocol.interpolation)
        with pool.lend(protocol) as runner:
            encoding[name] = _timed(partial(runner.features, taken), budget) / (batch * side**2) * 1e6
    return Speed(encoding, viewing)


def _timed(work: Callable[[], object], budget: float) -> float:
    """Median seconds of a call, after a first one that is not counted."""
    times: list[float] = []
    work()
    while sum(times) < budget and len(times) < 1000:
        started = perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(perf_counter() - started)
    return float(np.median(times))


def worker_bytes(protocols: Sequence[Protocol], sizes: Sequence[Size]) -> int:
    """Memory that a worker needs at most, estimated generously."""
    height, width = max(sizes, key=lambda size: size[0] * size[1])
    parameters = sum(find_encoder(name).parameters for name in {p.encoder for p in protocols})
    weights = parameters * 4 * WEIGHT_COPIES
    return BASE_BYTES + weights + image_bytes(protocols, height, width)


def image_bytes(protocols: Sequence[Protocol], height: int, width: int, parts: int = 1) -> int:
    """Memory that an image file of this size needs at most while it is described, its views in so many parts at once.

    It is decoded, then normalised, then each part has a view of it, and crops that are encoded.
    """
    pixels = height * width
    encoded = 0.0  # pixels at once, at most
    copied: dict[tuple[int, int], int] = {}  # bytes of the crops of each size, which all networks share
    for protocol in protocols:
        is_dense = protocol.mode == "dense"
        encoded = max(encoded, pixels * protocol.scale**2 if is_dense else protocol.encoded_side**2)
        if protocol.mode == "exact":
            for side in (protocol.crop, protocol.encoded_side):
                copied[side, protocol.crops] = 3 * protocol.crops * side**2
    starts = {(protocol.scale, protocol.stain, protocol.style) for protocol in protocols if protocol.mode != WHOLE}
    scales = {scale for scale, _, _ in starts}
    normalised = 3 * sum(scale**2 for scale, _, _ in starts)
    in_work = max(NORMALISING, VIEWING * parts) * max(scales, default=0) ** 2
    of_image = pixels * max(BYTES_PER_PIXEL, 6 + normalised + in_work)
    of_parts = parts * (ENCODING * encoded + sum(copied.values()))
    return round(of_image + of_parts)


def parts_that_fit(bytes_for: Callable[[int], int], height: int, width: int, parts: int, free: int) -> int:
    """In how many parts, as wanted or fewer, the views of an image can be described at once; raises ProtocolError.

    bytes_for: the memory that so many parts need.
    """
    while bytes_for(parts) > free:
        if parts == 1:
            raise ProtocolError(
                f"{width} x {height} pixels need about {bytes_for(1) / GIBI:.1f} GiB of memory while they are "
                f"described, and {free / GIBI:.1f} are to be had; cut it into smaller images, or use a machine with "
                "more memory"
            )
        parts -= 1
    return parts


def affordable(
    jobs: int, pool: EncoderPool, protocols: Sequence[Protocol], sizes: Sequence[Size], memory: float | None
) -> int:
    """So many of the wanted workers fit into a memory in GiB (None: 90 % of what is free); raises ProtocolError.

    One worker works within this process; several are processes of their own, and this one stays beside them without the
    networks of its pool, which is closed where several are wanted.
    """
    if jobs > 1:
        pool.close()
    needed = worker_bytes(protocols, sizes)
    if memory is None:
        free, beside = 0.9 * psutil.virtual_memory().available, 0
    else:
        free, beside = memory * GIBI, psutil.Process().memory_info().rss
    if needed > free:
        raise ProtocolError(
            f"one worker needs about {needed / GIBI:.1f} GiB of memory and may take {free / GIBI:.1f}; "
            "use smaller --crops, a smaller --scale, --mode exact, or a larger --max-memory"
        )
    return max(1, min(jobs, int((free - beside) // needed)))
