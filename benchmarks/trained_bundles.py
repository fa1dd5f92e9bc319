"""A tiny bundle of trained networks, and what an ill will could make of one, for benchmarks/fuzz.py."""

import io
import json
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

import numpy as np
from torch import nn

from benchmarks.hostile import NAMES, sealed
from boost.bundle.bundle import Bundle
from boost.bundle.decision import DecisionRule
from boost.bundle.facts import BundleFacts
from boost.bundle.network_weights import weights_to_bytes
from boost.bundle.stored_models import FIRST, TESTED, StoredModel, compared_name
from boost.bundle.voting import VotingRun
from boost.bundle.written import write_bundle
from boost.descriptors import Descriptors
from boost.heads.choices import NETWORKS
from boost.heads.trained_networks import OwnColumns
from boost.uncertainty.out_of_distribution import fit_out_of_distribution
from finetune.networks.idc_networks import IDC_NETWORKS
from finetune.training_settings import TrainingSettings
from workflow.answering.bundle_describer import describer_of
from workflow.bundles.stain_reference import stain_facts
from workflow.bundles.trained_variants import compared_facts, untrained, variant_facts, weights_of

NETWORK, VARIANT, SIDE = "tiny", "tiny-trained", 16


def tiny(classes: int) -> nn.Sequential:
    """Four filters and a dense layer."""
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, classes))


def write_small(path: Path, table: object, files: dict[str, str]) -> bytes:
    """A bundle of two folds' networks of classes x and y; table: as of boost.bundle.written."""
    rng, labels = np.random.default_rng(0), np.arange(8) % 2
    settings = TrainingSettings(NETWORK, SIDE, stain="none", symmetries=1)
    with patch.dict(IDC_NETWORKS, {NETWORK: tiny}):
        variant = variant_facts(settings, 2, 2, "random")
        content = weights_to_bytes(weights_of(untrained(settings, 2, "here")))
    compared = compared_name(VARIANT)
    facts = BundleFacts(
        {VARIANT: variant},
        counts={"x": 4, "y": 4},
        folds=[1, 2],
        heads=[NETWORKS.name],
        stain=stain_facts(),
        runs=[VotingRun("small", (VARIANT,), (NETWORKS.name,)).to_facts()],
        compared={compared: compared_facts(variant, 4)},
        training={"small": {"recipe": "none", "test": "", "select_on": "inner"}},
    )
    models = [StoredModel(VARIANT, NETWORKS, fold, 0, OwnColumns(2 * fold, 2).to_bytes()) for fold in (0, 1)]
    reading = DecisionRule.fit(("x", "y"), rng.dirichlet([1, 1], 8), labels, labels, 0.1, None)
    outliers = fit_out_of_distribution({compared: Descriptors.of(rng.random((8, 1, 4), np.float32))}, np.arange(8))
    networks = [(VARIANT, place, content) for place in (0, 1, FIRST)]
    write_bundle(path, facts, models, reading, outliers, table, files, "", networks)  # type: ignore[arg-type]
    return path.read_bytes()


def answer(path: Path) -> None:
    """Open a bundle, build its networks, and ask them about an image."""
    with patch.dict(IDC_NETWORKS, {NETWORK: tiny}):
        bundle = Bundle.open(path)
        with describer_of(bundle, device="cpu") as describer:
            views = describer.prepare(np.zeros((20, 20, 3), np.uint8), "a", "a").views(range(2))
        bundle.predict_proba({name: views[name][None] for name in bundle.variants})


def hostile(valid: bytes) -> tuple[bytes, ...]:
    """Bundles with right checksums over networks that nobody trained."""
    with ZipFile(io.BytesIO(valid)) as file:
        members = {info.filename: file.read(info) for info in file.infolist()}
    facts = json.loads(members.pop("bundle.json"))["facts"]
    variant = facts["variants"][VARIANT]
    made = []
    for name in members:
        for content in (b"", b"\xff\xfe", bytes(1000), _other_values(name)):
            made.append(sealed(facts, members | {name: content}))
    for content in (bytes(40_000_000), _many_names(200_000)):
        made.append(sealed(facts, members | {"networks/0/0.safetensors": content}))
    for more in ("networks/0/2.safetensors", "networks/evil.pkl", "networks/0/../../x"):
        made.append(sealed(facts, members | {more: b"x"}))
    for content in (b"", b"\xff\xfe", b"image\n", b"image,sha256\na\n", b"sha256,sha256,image\n1,2,3\n"):
        made.append(sealed(facts, members | {TESTED: content}))
    values = (float("inf"), float("nan"), 10**400, 10**9, -1, 0, 0.5, None, "9", [], {}, True, *NAMES[::9])
    for value in values:
        made += [sealed(facts | {key: value}, members) for key in ("runs", "compared", "training", "heads", "folds")]
        for key in variant["training"]:
            changed = variant | {"training": variant["training"] | {key: value}}
            made.append(sealed(facts | {"variants": {VARIANT: changed}}, members))
        for key in ("training", "network", "key", "views"):
            made.append(sealed(facts | {"variants": {VARIANT: variant | {key: value}}}, members))
        for key in facts["runs"][0]:
            made.append(sealed(facts | {"runs": [facts["runs"][0] | {key: value}]}, members))
    return tuple(made)


def _many_names(count: int) -> bytes:
    """The weights of so many layers of one value."""
    entries = (f'"layer{n}":{{"dtype":"F32","shape":[1],"data_offsets":[{4 * n},{4 * n + 4}]}}' for n in range(count))
    header = f"{{{','.join(entries)}}}".encode()
    return len(header).to_bytes(8, "little") + header + bytes(4 * count)


def _other_values(name: str) -> bytes:
    """Weights by the names of the tiny network, of other shapes, or not finite."""
    shape = (4, 3, 3, 3) if "first" in name else (9,)
    return weights_to_bytes({"body.0.weight": np.full(shape, np.nan, np.float32)})
