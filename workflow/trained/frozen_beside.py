"""The frozen features of a network with the default head: what training it end to end is held against."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import torch

from boost.crossval import Part, collect, predict_parts
from boost.descriptors import Descriptors
from boost.heads.choices import BLEND, HEADS
from boost.settings import PRESETS
from cohort.files.atomic import replacing
from cohort.predictions import predictions_table
from featurize.encoders.weights import WeightsError
from finetune.networks.classifier import Classifier
from finetune.pictures.batches import plain_batches, symmetries
from finetune.pictures.decoded import decode, decoded_path, open_pictures
from finetune.recipes.small_recipe import SMALL
from imaging.files.regular_file import sha256_of
from workflow.trained.network_run import NetworkRun, as_result
from workflow.trained.start_weights import start_weights
from workflow.training.training_run import Track, untracked

TREES_AS = PRESETS["fast"]
LOOKS = (8, 4, 1)  # symmetries of an image that are described: fewer where there are many images
MOST_ROWS = 160_000  # looks in all for more than one an image; with 1280 features each they are 0.8 GB
STEP = 32  # pixels: sides of images are multiples of it for most networks
RANDOM = "no frozen features stand beside the result: no pretrained weights are on this machine"


def frozen_beside(run: NetworkRun, cache: Path, jobs: int, track: Track) -> tuple[pd.DataFrame | None, str]:
    """What frozen features predict with the default head, fused as the result, and words on whose features they are.

    They are those of the network itself, before it was trained; where that began with random weights, those of the
    network of the recipe `small`, trained on ImageNet. None where no weights of that are here; nothing is downloaded
    for it. cache: of the data set, where features are kept.
    """
    frozen = run if run.weights else _standing_in(run, cache, jobs, track)
    if frozen is None:
        return None, RANDOM
    features = kept_features(frozen, cache, track)
    words = f"{frozen.settings.network} as it came, {frozen.settings.input} pixels, and the default head of cv"
    if features.shape[1] < LOOKS[0]:
        words += f" ({features.shape[1]} of the 8 symmetries: there are many images)"
    return frozen_answers(frozen, features, jobs, track), words


def _standing_in(run: NetworkRun, cache: Path, jobs: int, track: Track) -> NetworkRun | None:
    """A run of the recipe `small`, whose images are as large as they are there or as the files have them."""
    sides = [min(info.height, info.width) for info in run.images.infos]
    side = STEP * round(np.ceil(np.median(sides) / STEP))
    settings = replace(SMALL.settings, input=min(SMALL.settings.input, side))
    try:
        weights, _ = start_weights(settings, None, offline=True)
    except WeightsError:
        return None
    samples, folder = run.images.samples, cache / "pictures"
    for _ in track("decoding for frozen features", decode(samples, settings, folder, jobs), len(samples)):
        pass
    return replace(run, settings=settings, weights=weights, pictures=open_pictures(samples, settings, folder))


def kept_features(run: NetworkRun, cache: Path, track: Track) -> np.ndarray:
    """What the body of an untrained network gives for every image in its symmetries: (image, look, dim) float32.

    Made once, and mapped from a file in the cache afterwards; never in memory as a whole.
    """
    looks = looks_of(len(run.pictures))
    path = cache / f"frozen-{_key(run, cache, looks)}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        batches = -(-len(run.pictures) // run.settings.batch)
        made = track("describing with frozen layers", frozen_features(run.build(), run, looks), batches)
        with replacing(path) as temporary, temporary.open("wb") as file:
            _write_rows(file, made, len(run.pictures))
    return np.load(path, mmap_mode="r", allow_pickle=False)


def looks_of(images: int) -> int:
    """In how many symmetries each of so many images is described.

    >>> looks_of(400), looks_of(30_000), looks_of(277_524)
    (8, 4, 1)
    """
    return next((looks for looks in LOOKS if looks * images <= MOST_ROWS), LOOKS[-1])


def _write_rows(file: BinaryIO, batches: Iterable[np.ndarray], count: int) -> None:
    """Batches (n, look, dim), of `count` images in all, one after the other as one array of NumPy's format."""
    for number, batch in enumerate(batches):
        if number == 0:
            header = {"descr": batch.dtype.str, "fortran_order": False, "shape": (count, *batch.shape[1:])}
            np.lib.format.write_array_header_1_0(file, header)
        file.write(batch.tobytes())


def _key(run: NetworkRun, cache: Path, looks: int) -> str:
    """Names what features are of: the decoded images, the network as the settings pool it, and its weights."""
    settings = run.settings
    facts = [decoded_path(run.images.samples, settings, cache).stem, settings.network, settings.pooling]
    facts += [sha256_of(file) for file in run.weights]
    facts += [f"{looks} looks"] if looks != LOOKS[0] else []
    return sha256(" ".join(facts).encode()).hexdigest()[:16]


@torch.no_grad()
def frozen_features(network: Classifier, run: NetworkRun, count: int) -> Iterator[np.ndarray]:
    """The same, batch by batch: (n, count, dim) float32."""
    network = network.to(run.device).eval()
    rows = np.arange(len(run.pictures))
    for pixels in plain_batches(run.pictures, rows, run.settings.batch):
        looks = [network.features(turned.to(run.device)).float().cpu() for turned in symmetries(pixels, count)]
        yield torch.stack(looks, dim=1).numpy()


def frozen_answers(run: NetworkRun, features: np.ndarray, jobs: int, track: Track = untracked) -> pd.DataFrame:
    """What the default head predicts from such features, out-of-fold and fused as the result is."""
    cohort = run.images.cohort
    variants = {f"{run.settings.network}-frozen": Descriptors.of(features)}
    parts: Sequence[Part] = [Part.whole(cohort, fold) for fold in cohort.held_out_folds]
    heads = HEADS[BLEND].heads()
    units = predict_parts(cohort, variants, parts, TREES_AS, jobs, None, heads)
    held_out = list(track("fitting heads to frozen features", units, len(heads) * len(parts)))
    return as_result(predictions_table(cohort, collect(held_out, variants, cohort)), "probabilities")
