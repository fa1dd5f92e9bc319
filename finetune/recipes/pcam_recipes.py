"""The six networks of the PCam document: one backbone, or two side by side, that see tumour in the centre of a tile."""

from finetune.networks.bodies import TOGETHER
from finetune.recipes.training_recipe import Numbers, Published, Recipe
from finetune.training_settings import TrainingSettings

PCAM = (
    '"A Deep Learning Approach for the Automatic Analysis and Prediction of Breast Cancer for Histopathological Images '
    'using A Webapp", doi:10.17577/IJERTV10IS060439'
)
LIKELY = "its likely model, a public program on the same tiles (gsurma/histopathologic_cancer_detector)"
ENCODERS = {
    "VGG-16": "keras_vgg16",
    "ResNet-50": "keras_resnet50",
    "Xception": "keras_xception",
    "NASNetMobile": "keras_nasnet_mobile",
}

_INFERRED = (
    "rate and decay, and that all layers are trained (--trained head freezes the backbone): from the likely model",
    "the batch of 32: neither says it",
    "the head: averages of the last maps, dropout .5, one output; the document names flatten, dense and dropout",
    "pre-processing: each network's own of Keras; the likely model divides all pixels by 255",
    "which epoch: the document takes the best on the tiles that it reports on; here the best on an inner split",
)
_REMARKS = (
    "The document draws 8,500 tiles a class: --balanced 8500.",
    "A tile is positive where its centre of 32 x 32 pixels holds tumour; the document's 50 by 50 is a mistake.",
    "Kaggle's names of tiles carry no patient: intervals and splits are by tile.",
)


def _settings(network: str) -> TrainingSettings:
    """20 epochs of Adam 1e-4 with decay 1e-5, as the likely model."""
    return TrainingSettings(
        network=network, input=224, stain="none", pooling="average", head="sigmoid", epochs=20, batch=32,
        optimiser="keras_adam", rate=1e-4, upper_rate=1e-4, layer_decay=1.0, schedule="by step", rate_decay=1e-5,
        dropout=0.5, augmentation="pcam", class_weights="none", validation=0.1, patience=0, symmetries=1,
    )  # fmt: skip


def _recipe(name: str, networks: tuple[str, ...], published: Numbers, remark: str = "") -> Recipe:
    words = " and ".join(networks)
    beside = ", side by side" if len(networks) > 1 else ""
    return Recipe(
        f"pcam-{name}",
        f"{words} of Keras{beside}: averages of the last maps, dropout .5 and one sigmoid",
        _settings(TOGETHER.join(ENCODERS[network] for network in networks)),
        (PCAM, LIKELY),
        _INFERRED,
        Published({"document": published}, selected_on_test=True),
        (remark, *_REMARKS) if remark else _REMARKS,
        images=(15_300, 1_700),
        measures_training=True,
    )


PCAM_RECIPES = (
    _recipe("vgg16", ("VGG-16",), {"accuracy": 93.12, "seconds an epoch": 294}),
    _recipe("resnet50", ("ResNet-50",), {"accuracy": 76.18, "training accuracy": 77.59, "seconds an epoch": 199}),
    _recipe("xception", ("Xception",), {"accuracy": 90.94, "seconds an epoch": 180}),
    _recipe("nasnet", ("NASNetMobile",), {"accuracy": 83.41, "seconds an epoch": 225}),
    _recipe(
        "vgg16-resnet50",
        ("VGG-16", "ResNet-50"),
        {"seconds an epoch": 401},
        "The document's accuracy of this pair is not legible.",
    ),
    _recipe(
        "xception-nasnet",
        ("Xception", "NASNetMobile"),
        {"accuracy": 95.65, "AUC": 0.989, "seconds an epoch": 5558},
        "5,558 seconds an epoch are what the document prints.",
    ),
)
