"""Trainings by name: the default for few images, and those of the IDC document, each with its sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from finetune.training_settings import TrainingError, TrainingSettings

IDC = 'Aimyshev et al., "Image Classification on Custom Dataset" (IDC patches of 50 x 50)'
CANCERNET = 'the public program "CancerNet", which their initial model is'
KERAS = "Keras' defaults of the time"
OURS = "ours, measured in benchmarks/README.md"


@dataclass(frozen=True)
class Published:
    """A document's numbers for a recipe, in percent; labels in the order of the document: without IDC, with IDC."""

    accuracy: float
    precisions: tuple[float, float]
    specificity: float
    sensitivity: float
    parameters: float  # millions
    seconds: float  # an epoch, on its machine

    def in_words(self, source: str) -> dict[str, float | str]:
        """By the names that a report has for them, see report.trained."""
        negative, positive = self.precisions
        return {
            "source": source,
            "accuracy": self.accuracy,
            "precision, negative": negative,
            "precision, positive": positive,
            "specificity": self.specificity,
            "sensitivity": self.sensitivity,
            "parameters (million)": self.parameters,
            "seconds an epoch": self.seconds,
        }


@dataclass(frozen=True)
class Recipe:
    """A training with a name: its settings, where they come from, and what had to be inferred."""

    name: str
    sentence: str
    settings: TrainingSettings
    sources: tuple[str, ...]
    inferred: tuple[str, ...] = ()
    published: Published | None = None
    remarks: tuple[str, ...] = field(default=())


def _idc(network: str, side: int, class_weights: str = "none") -> TrainingSettings:
    """Adagrad 1e-2 with decay 1e-2 / 40 a step, 40 epochs of batches of 128, as the document's program."""
    return TrainingSettings(
        network=network, input=side, stain="none", epochs=40, batch=128, optimiser="adagrad", rate=1e-2,
        upper_rate=1e-2, layer_decay=1.0, schedule="by step", rate_decay=1e-2 / 40, augmentation="idc",
        class_weights=class_weights, validation=0.1, patience=0, symmetries=1,
    )  # fmt: skip


_SETTINGS = "optimiser, rate, decay, epochs, batch and alterations: " + CANCERNET
_SELECTED = "which epoch was published is not said; here the best on the inner split by patient is taken"

RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "small",
            "for a few hundred images: the head of a pretrained network first, then its upper layers slowly",
            TrainingSettings(
                network="tf_efficientnet_lite0",
                input=224,
                epochs=30,
                batch=16,
                rate=1e-3,
                upper_rate=2e-4,
                layer_decay=0.95,
                head_epochs=3,
                trained_share=0.5,
                frozen_norms=True,
                weight_decay=0.01,
                average_decay=0.99,
                dropout=0.2,
                validation=0.2,
                patience=8,
            ),
            (OURS,),
        ),
        Recipe(
            "idc-initial",
            "the IDC document's initial model: separable convolutions, 1,235,133 parameters as Keras counts",
            _idc("idc_initial", 48),
            (IDC, "layers: " + CANCERNET, _SETTINGS),
            (_SELECTED,),
            Published(85, (91, 72), 87, 79, 1.235, 490),
        ),
        Recipe(
            "idc-cnn",
            "the IDC document's own model: five convolutions, 2,755,682 parameters as Keras counts",
            _idc("idc_cnn", 48),
            (IDC, _SETTINGS),
            (
                "the layers: a dense layer of 256 on a 6 x 6 map has the published 2.756 M; two of 512 on a 4 x 4 map, "
                "2,755,938, would have them too",
                _SELECTED,
            ),
            Published(83, (95, 65), 88, 80, 2.756, 500),
        ),
        Recipe(
            "idc-cnn-weighted",
            "idc-cnn with the loss of a class weighed by the largest class's count over its own",
            _idc("idc_cnn", 48, "largest"),
            (IDC, _SETTINGS, "weights: " + CANCERNET),
            ("the layers, as in idc-cnn", _SELECTED),
            Published(85, (92, 70), 85, 82, 2.756, 500),
        ),
        Recipe(
            "idc-xception",
            "Xception with a global average and two outputs, weighted: 20,865,578 parameters as Keras counts",
            _idc("legacy_xception", 71, "largest"),
            (IDC, "Chollet 2017, arXiv:1610.02357", _SETTINGS),
            (
                "the side of 71 pixels, the smallest that Keras' Xception takes",
                "whether it began with weights of ImageNet; --weights says so here, and random ones are the default",
                _SELECTED,
            ),
            Published(86, (93, 72), 87, 84, 16.097, 400),
            ("The published 16.097 M parameters are not reproduced: the network has 20,865,578.",),
        ),
    )
}


def find_recipe(name: str) -> Recipe:
    """A recipe by name; raises TrainingError naming the known ones."""
    if name not in RECIPES:
        raise TrainingError(f"unknown recipe {name!r}; known: {', '.join(RECIPES)}")
    return RECIPES[name]
