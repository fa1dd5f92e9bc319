"""The frozen features of a network with the default head: what training it end to end is held against."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from boost.crossval import Part, collect, predict_parts
from boost.descriptors import Descriptors
from boost.heads.choices import BLEND, HEADS
from boost.settings import PRESETS
from cohort.predictions import predictions_table
from featurize.encoders.weights import WeightsError
from finetune.networks.classifier import Classifier
from finetune.pictures.batches import plain_batches, symmetries
from workflow.trained.network_run import NetworkRun, as_result
from workflow.trained.start_weights import start_weights

TREES_AS = PRESETS["fast"]
STANDS_IN = "tf_efficientnet_lite0"  # for a network that begins with random weights
RANDOM = "no frozen features beside it: no pretrained weights are at hand"


def frozen_beside(run: NetworkRun, offline: bool, jobs: int) -> tuple[pd.DataFrame | None, str]:
    """What frozen features predict with the default head, fused as the result, and words on whose features they are.

    They are those of the network itself, before it was trained; where that began with random weights, those of a small
    one trained on ImageNet. None where no weights of that are here; nothing is downloaded for it.
    """
    if run.weights:
        frozen = run
    else:
        standing_in = replace(run.settings, network=STANDS_IN)
        try:
            weights, _ = start_weights(standing_in, None, offline=True)
        except WeightsError:
            return None, RANDOM
        frozen = replace(run, settings=standing_in, weights=weights)
    answers = frozen_answers(frozen, frozen_features(frozen.build(), frozen), jobs)
    return answers, f"frozen features beside it: {frozen.settings.network} as it came, and the default head"


@torch.no_grad()
def frozen_features(network: Classifier, run: NetworkRun) -> np.ndarray:
    """What the body of an untrained classifier gives for every image in its 8 symmetries: (image, 8, dim) float32."""
    network = network.to(run.device).eval()
    rows = np.arange(len(run.pictures))
    parts = []
    for pixels in plain_batches(run.pictures, rows, run.settings.batch):
        looks = [network.features(turned.to(run.device)).float().cpu() for turned in symmetries(pixels, 8)]
        parts.append(torch.stack(looks, dim=1).numpy())
    return np.concatenate(parts)


def frozen_answers(run: NetworkRun, features: np.ndarray, jobs: int) -> pd.DataFrame:
    """What the default head predicts from such features, out-of-fold and fused as the result is."""
    cohort = run.images.cohort
    variants = {f"{run.settings.network}-frozen": Descriptors.of(features)}
    parts: Sequence[Part] = [Part.whole(cohort, fold) for fold in cohort.held_out_folds]
    heads = HEADS[BLEND].heads()
    units = list(predict_parts(cohort, variants, parts, TREES_AS, jobs, None, heads))
    return as_result(predictions_table(cohort, collect(units, variants, cohort)))
