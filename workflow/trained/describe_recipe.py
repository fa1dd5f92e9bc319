"""A recipe in words: layers, parameters, settings, sources, and what was inferred."""

from collections.abc import Iterator
from dataclasses import asdict

from finetune.networks.build import build_classifier
from finetune.networks.counting import keras_count, layer_rows, torch_count
from finetune.recipes import Recipe
from finetune.training_settings import TrainingSettings

TWO = 2  # classes, as long as no data say otherwise


def recipe_lines(recipe: Recipe, settings: TrainingSettings) -> Iterator[str]:
    """Lines to print."""
    network = build_classifier(settings, TWO, None)
    yield f"{recipe.name}: {recipe.sentence}"
    yield ""
    yield f"layers of {settings.network}, for {TWO} classes:"
    for row in layer_rows(network):
        yield f"  {row.name}: {row.kind} {row.shape}, {row.parameters:,}"
    yield ""
    yield f"parameters as Keras counts them (moving statistics too): {keras_count(network):,}"
    yield f"parameters as PyTorch counts them: {torch_count(network):,}"
    yield from recipe.remarks
    yield ""
    yield "settings:"
    for name, value in asdict(settings).items():
        yield f"  {name.replace('_', ' ')}: {value}"
    yield ""
    yield "sources:"
    for source in recipe.sources:
        yield f"  {source}"
    yield "inferred, for no source says it:" if recipe.inferred else "nothing is inferred"
    for part in recipe.inferred:
        yield f"  {part}"
