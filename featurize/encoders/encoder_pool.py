"""Networks kept at work: each is loaded and converted once, lent to one thread at a time, and given up with the others.

>>> with EncoderPool({"squeezenet1_1": None}) as pool:  # None: random weights
...     protocol = Protocol("squeezenet1_1", pool.digest("squeezenet1_1"))
...     with pool.lend(protocol) as runner:
...         runner.features(torch.zeros(2, 64, 64, 3, dtype=torch.uint8)).shape
torch.Size([2, 512])
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import current_process
from pathlib import Path
from threading import RLock
from typing import Any

import torch

from cohort.checks.notices import Notice
from featurize.encoders.inference import Runner, make_runner
from featurize.encoders.network import Network
from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import WeightsError, load_network, weights_digest
from featurize.protocol import Protocol

POOLS = 2  # that a worker process keeps
Resolve = Callable[[Path], Path]


def where_it_was(path: Path) -> Path:
    """A weights file's place on a machine that shares the disk."""
    return path


class EncoderPool:
    """Networks by encoder; nothing is loaded before it is asked for, and what is loaded stays until the pool is closed.

    A pool that is sent to another process arrives there as the one of its kind in that process, see `pool_of_process`.
    """

    def __init__(self, weights: Mapping[str, Path | None], device: str = "cpu", resolve: Resolve = where_it_was):
        """weights: the file of each encoder, None for random weights; resolve: where a file lies on this machine.

        device: cpu, or cuda for all GPUs of a machine, on each of which one worker process has its pool.
        """
        self.weights = dict(weights)
        self.device = device
        self.resolve = resolve
        self.notices: list[Notice] = []  # of the files that were read
        self._making = RLock()
        self._networks: dict[tuple[str, str], Network] = {}  # by encoder and digest of the weights
        self._first: dict[tuple[str, str, str], Runner] = {}  # by encoder, digest and precision
        self._idle: dict[tuple[str, str, str], list[Runner]] = defaultdict(list)

    def __enter__(self) -> "EncoderPool":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return pool_of_process, self.description

    @property
    def description(self) -> tuple[dict[str, Path | None], str, Resolve]:
        """What a pool is made from."""
        return self.weights, self.device, self.resolve

    @property
    def place(self) -> str:
        """Where this process's networks run: cpu, or one GPU, such as cuda:0."""
        return "cpu" if self.device == "cpu" else gpu_of(current_process().name, torch.cuda.device_count())

    def digest(self, name: str) -> str:
        """Load an encoder's network; the SHA-256 of its weights. Raises WeightsError."""
        path = self.weights[name]
        network = load_network(find_encoder(name), path and self.resolve(path), self._note)
        digest = weights_digest(network)
        with self._making:
            self._networks.setdefault((name, digest), network)
        return digest

    def takes(self, name: str, path: Path | None, digest: str) -> bool:
        """Take a file for an encoder's weights if its weights have a digest; whether they have, and can be loaded."""
        said = list(self.notices)
        self.weights[name] = path
        try:
            found = self.digest(name)
        except (WeightsError, OSError):
            found = ""
        if found != digest:
            self._networks.pop((name, found), None)
            self.notices = said
        return found == digest

    def _note(self, notices: Sequence[Notice]) -> None:
        """Keep what a file's reader said, once."""
        self.notices += [notice for notice in notices if notice not in self.notices]

    @contextmanager
    def lend(self, protocol: Protocol) -> Iterator[Runner]:
        """The protocol's network for one thread; raises WeightsError unless its weights are those of the protocol,
        and it is read as the protocol says.
        """
        _require_same_reading(protocol)
        key = protocol.encoder, protocol.weights, protocol.precision
        runner = self._idle_or_new(key)
        try:
            yield runner
        finally:
            if key in self._first:  # else the pool was closed in the meantime
                self._idle[key].append(runner)

    def rest(self) -> None:
        """Let the networks that are not lent give back memory that they only need at work."""
        for idle in list(self._idle.values()):
            for runner in list(idle):
                runner.rest()

    def close(self) -> None:
        """Give up all networks; a pool that is used again loads them anew."""
        with self._making:
            self._networks.clear()
            self._first.clear()
            self._idle.clear()

    def _idle_or_new(self, key: tuple[str, str, str]) -> Runner:
        with self._making:
            if self._idle[key]:
                return self._idle[key].pop()
            if key in self._first:
                return self._first[key].another()
            name, digest, precision = key
            network = self._network(name, digest)
            self._first[key] = make_runner(network, find_encoder(name), self.place, precision)
            return self._first[key]

    def _network(self, name: str, digest: str) -> Network:
        if (name, digest) not in self._networks and self.digest(name) != digest:
            raise WeightsError(
                f"the weights of {name} have changed since the work began ({self.weights[name]}); start extract again"
            )
        return self._networks[name, digest]


def _require_same_reading(protocol: Protocol) -> None:
    """Refuse descriptors of other tokens than the network's entry has by now: with another timm it may be another."""
    tokens = find_encoder(protocol.encoder).tokens
    if tokens != protocol.tokens:
        raise WeightsError(
            f"{protocol.variant} was made of {protocol.tokens}, and {protocol.encoder} is read as {tokens} here, which "
            "gives other features; run extract again, or use the program and the timm that made it"
        )


def pool_of_process(weights: Mapping[str, Path | None], device: str, resolve: Resolve) -> EncoderPool:
    """The pool of a worker process that is made from this, whether joblib or Dask started the process.

    Every task brings a description of the networks that it needs, and only the first has them loaded: the pool is kept
    on the process object, where all later tasks find it, and ends with the worker. No module holds networks. The last
    two pools that were asked for are kept, as two runs may share a cluster; any before them is closed.
    """
    pools: list[EncoderPool] = vars(current_process()).setdefault("encoder_pools", [])  # the last used at the end
    for pool in pools:
        if pool.description == (weights, device, resolve):
            pools.remove(pool)
            break
    else:
        pool = EncoderPool(weights, device, resolve)
    pools.append(pool)
    for unused in pools[:-POOLS]:
        unused.close()
    del pools[:-POOLS]
    return pool


def gpu_of(worker: str, count: int) -> str:
    """The GPU of a worker process: LokyProcess-3 takes the third, and so on in a ring.

    >>> gpu_of("LokyProcess-3", count=2), gpu_of("MainProcess", count=2)
    ('cuda:0', 'cuda:0')
    """
    number = worker.rpartition("-")[2]
    return f"cuda:{(int(number) - 1) % count if number.isdigit() else 0}"
