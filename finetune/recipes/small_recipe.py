"""The default, for a few hundred images."""

from finetune.recipes.training_recipe import Recipe
from finetune.training_settings import TrainingSettings

OURS = "ours, measured in benchmarks/README.md"

SMALL = Recipe(
    "small",
    "for a few hundred images: the head of a pretrained network first, then its upper layers slowly",
    TrainingSettings(
        network="tf_efficientnet_lite0",
        input=224,
        epochs=30,
        batch=16,
        mixed=True,
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
)
