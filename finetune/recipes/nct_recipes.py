"""The networks of two documents on NCT-CRC-HE-100K, nine tissues of the colon tested on CRC-VAL-HE-7K."""

from dataclasses import replace

from finetune.recipes.training_recipe import KERAS, Published, Recipe
from finetune.training_settings import TrainingSettings

NINE = 9  # tissues
IMAGES = 100_000, 7_180
RESNET = "ResNet-50 by transfer learning on NCT-CRC-HE-100K, the document with 97.7 %; no program is public"
EXPERIMENTS = "Ignatov & Malivenko 2024, NCT-CRC-HE experiments, arXiv:2409.11546"
PROGRAM = "their public program: network, alterations, Adam, StepLR, epochs, batch"

RESNET50 = TrainingSettings(
    network="keras_resnet50", input=224, stain="none", pooling="average", epochs=30, batch=10, optimiser="keras_adam",
    rate=1e-3, upper_rate=1e-3, layer_decay=1.0, frozen_to="blocks.res4f", schedule="by step", augmentation="none",
    class_weights="none", validation=0.1, patience=5, symmetries=1,
)  # fmt: skip

AVERAGE = TrainingSettings(
    network="efficientnet_b0", input=224, stain="none", pooling="average", epochs=100, batch=48, drop_last=True,
    optimiser="adam", rate=5e-4, upper_rate=5e-4, layer_decay=1.0, weight_decay=1e-6, schedule="stairs", stair_epochs=5,
    stair_factor=0.75, augmentation="nct", class_weights="none", validation=0.1, patience=0, symmetries=1,
)  # fmt: skip
MAXIMUM = replace(AVERAGE, pooling="maximum")
MEMBERS = tuple(replace(member, symmetries=4, averaging="logits") for member in (AVERAGE, MAXIMUM))

_OTHERS = {
    "ResNet-50, in its table": {"accuracy": 94.8},
    "VGG16, in its table": {"accuracy": 95.3},
    "DINO, in its table": {"accuracy": 95.9},
    "CTransPath, in its table": {"accuracy": 96.52},
    "DeepCMorph, in its table": {"accuracy": 96.99},
}
_MEASURED = {
    "avg": {"accuracy": 97.74, "balanced accuracy": 96.88},
    "avg, in the project's table": {"accuracy": 97.73},
    "avg + flips": {"accuracy": 97.73, "balanced accuracy": 96.80},
    "avg + max": {"accuracy": 98.08, "balanced accuracy": 97.09},
    "avg + max + flips": {"accuracy": 98.33, "balanced accuracy": 97.44},
}
_JPEG = ("JPEG quality 20", "JPEG quality 40", "JPEG quality 60", "JPEG quality 80")
_HUE = ("hue -20", "hue -10", "hue +10", "hue +20")
_ROBUSTNESS = {
    "avg": dict(zip(_JPEG + _HUE, (95.71, 96.24, 96.52, 96.94, 95.65, 97.03, 97.23, 96.03), strict=True)),
    "avg + max + flips": dict(zip(_JPEG, (97.59, 97.79, 97.94, 98.06), strict=True)),
    "DeepCMorph": dict(zip(_JPEG, (88.11, 95.10, 96.23, 96.81), strict=True)),
}
_CHOSEN = (
    "The published epoch is that with the best accuracy on CRC-VAL-HE-7K itself: selected on the test. Here an inner "
    "split of the training images selects; --select-on test does as they did, and is called optimistic.",
)
_HEAD = "how the head's first weights are drawn: here after Glorot & Bengio 2010"


def _efficientnet(own: str | None) -> Published:
    """The document's rows, the recipe's own first; None where it has no row of its own."""
    first = {"document": {}} if own is None else {own: _MEASURED[own]}
    return Published(first | _MEASURED | _OTHERS, _ROBUSTNESS, selected_on_test=True)


NCT_RECIPES = (
    Recipe(
        "nct-resnet50",
        "ResNet-50 of Keras, frozen to the end of stage 4; stage 5 and a head of 18,441 parameters are trained",
        RESNET50,
        (RESNET, "He et al. 2016, arXiv:1512.03385", "optimiser: " + KERAS),
        (
            'which of "the last few layers" are trained: stage 5 and the head',
            "how many epochs: 30 at most, until the inner split has not improved for 5",
            "pre-processing: the document has none beyond the network's own, and that is Keras' for its weights (blue "
            "first, the mean of ImageNet taken off, no scaling), not torchvision's",
            'what "average accuracy over the 9 classes" means: accuracy and balanced accuracy both stand beside it',
            "which epoch: the document trains until its best results with CRC-VAL-HE-7K as its validation set, so by "
            "its test; here the best on an inner split",
        ),
        Published(
            {
                "document": {"accuracy": 97.7, "training accuracy": 99.9},
                "multitask ResNet18, in its table": {"accuracy": 95.0, "training accuracy": 98.6},
                "ResNet18, in its table": {"accuracy": 94.4, "training accuracy": 98.5},
                "ResNet50, in its table": {"accuracy": 94.2, "training accuracy": 98.8},
                "VGG19, in its table": {"accuracy": 94.3, "training accuracy": 98.8},
            },
            selected_on_test=True,
        ),
        ("Batch norm of frozen stages runs in evaluation mode, with the statistics that came with the weights.",),
        classes=NINE,
        images=IMAGES,
        measures_training=True,
    ),
    Recipe(
        "nct-efficientnet-avg",
        "EfficientNet-B0 with a global average, every layer trained, on altered images",
        AVERAGE,
        (EXPERIMENTS, PROGRAM),
        (_HEAD,),
        _efficientnet("avg"),
        _CHOSEN,
        classes=NINE,
        images=IMAGES,
    ),
    Recipe(
        "nct-efficientnet-max",
        "EfficientNet-B0 with a global maximum, every layer trained, on altered images",
        MAXIMUM,
        (EXPERIMENTS, PROGRAM),
        (_HEAD,),
        _efficientnet(None),
        (*_CHOSEN, "Its accuracy without the other network is not published."),
        classes=NINE,
        images=IMAGES,
    ),
    Recipe(
        "nct-efficientnet-ensemble",
        "both EfficientNet-B0, average and maximum, asked about four flips each; their logits are averaged",
        MEMBERS[0],
        (EXPERIMENTS, PROGRAM),
        (_HEAD,),
        _efficientnet("avg + max + flips"),
        (*_CHOSEN, "Their program sums logits; the mean that stands here decides for the same class."),
        classes=NINE,
        images=IMAGES,
        members=MEMBERS,
    ),
)
