"""The networks of Aimyshev et al., "Image Classification on Custom Dataset" (IDC patches)."""

from finetune.recipes.training_recipe import SELECTED, Published, Recipe
from finetune.training_settings import TrainingSettings

IDC = 'Aimyshev et al., "Image Classification on Custom Dataset" (IDC patches of 50 x 50)'
CANCERNET = 'the public program "CancerNet", which their initial model is'


def _published(
    accuracy: float, precisions: tuple[float, float], specificity: float, sensitivity: float, *cost: float
) -> Published:
    """A row in percent; precisions without and with IDC; cost: millions of parameters, seconds an epoch."""
    negative, positive = precisions
    parameters, seconds = cost
    numbers = {
        "accuracy": accuracy,
        "precision, negative": negative,
        "precision, positive": positive,
        "specificity": specificity,
        "sensitivity": sensitivity,
        "parameters (million)": parameters,
        "seconds an epoch": seconds,
    }
    return Published({"document": numbers})


def _idc(network: str, side: int, class_weights: str = "none") -> TrainingSettings:
    """Adagrad 1e-2 with decay 1e-2 / 40 a step, 40 epochs of batches of 128, as the document's program."""
    return TrainingSettings(
        network=network, input=side, stain="none", epochs=40, batch=128, optimiser="adagrad", rate=1e-2,
        upper_rate=1e-2, layer_decay=1.0, schedule="by step", rate_decay=1e-2 / 40, augmentation="idc",
        class_weights=class_weights, validation=0.1, patience=0, symmetries=1,
    )  # fmt: skip


_SETTINGS = "optimiser, rate, decay, epochs, batch and alterations: " + CANCERNET

_STATISTICS = (
    "batch norm's moving statistics, 1 % of each batch, are corrected for their beginning, which the document's many "
    "thousand steps did not need and a few hundred images do"
)

IDC_RECIPES = (
    Recipe(
        "idc-initial",
        "the IDC document's initial model: separable convolutions, 1,235,133 parameters as Keras counts",
        _idc("idc_initial", 48),
        (IDC, "layers: " + CANCERNET, _SETTINGS),
        (SELECTED, _STATISTICS),
        _published(85, (91, 72), 87, 79, 1.235, 490),
    ),
    Recipe(
        "idc-cnn",
        "the IDC document's own model: five convolutions, 2,755,682 parameters as Keras counts",
        _idc("idc_cnn", 48),
        (IDC, _SETTINGS),
        (
            "the layers: a dense layer of 256 on a 6 x 6 map has the published 2.756 M; two of 512 on a 4 x 4 map, "
            "2,755,938, would have them too",
            SELECTED,
            _STATISTICS,
        ),
        _published(83, (95, 65), 88, 80, 2.756, 500),
    ),
    Recipe(
        "idc-cnn-weighted",
        "idc-cnn with the loss of a class weighed by the largest class's count over its own",
        _idc("idc_cnn", 48, "largest"),
        (IDC, _SETTINGS, "weights: " + CANCERNET),
        ("the layers, as in idc-cnn", SELECTED, _STATISTICS),
        _published(85, (92, 70), 85, 82, 2.756, 500),
    ),
    Recipe(
        "idc-xception",
        "Xception with a global average and two outputs, weighted: 20,865,578 parameters as Keras counts",
        _idc("legacy_xception", 71, "largest"),
        (IDC, "Chollet 2017, arXiv:1610.02357", _SETTINGS),
        (
            "the side of 71 pixels, the smallest that Keras' Xception takes",
            "whether it began with weights of ImageNet; --weights says so here, and random ones are the default",
            SELECTED,
            _STATISTICS,
        ),
        _published(86, (93, 72), 87, 84, 16.097, 400),
        ("The published 16.097 M parameters are not reproduced: the network has 20,865,578.",),
        weights="random",
    ),
)
