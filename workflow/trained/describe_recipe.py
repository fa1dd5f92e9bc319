"""A recipe in words: layers, parameters, settings, sources, and what was inferred."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from finetune.networks.build import build_classifier
from finetune.networks.counting import keras_count, layer_rows, torch_count
from finetune.recipes.training_recipe import Recipe
from finetune.training_settings import TrainingSettings


def recipe_lines(recipe: Recipe, members: Sequence[TrainingSettings]) -> Iterator[str]:
    """Lines to print; members: the settings of its networks, as they were asked for."""
    yield f"{recipe.name}: {recipe.sentence}"
    for number, settings in enumerate(members, start=1):
        yield ""
        if len(members) > 1:
            yield f"network {number} of {len(members)}, whose answers are averaged ({settings.averaging})"
        yield from network_lines(settings, recipe.classes)
    yield ""
    yield from recipe.remarks
    yield ""
    for number, settings in enumerate(members, start=1):
        yield "settings:" if len(members) == 1 else f"settings of network {number}:"
        for name, value in asdict(settings).items():
            yield f"  {name.replace('_', ' ')}: {value}"
        yield ""
    yield "sources:"
    for source in recipe.sources:
        yield f"  {source}"
    yield "inferred, for no source says it:" if recipe.inferred else "nothing is inferred"
    for part in recipe.inferred:
        yield f"  {part}"


def network_lines(settings: TrainingSettings, classes: int) -> Iterator[str]:
    """The layers of one network, its parameters by stage and all together, and how many of them are trained."""
    network = build_classifier(settings, classes)
    yield f"layers of {settings.network}, for {classes} classes:"
    for row in layer_rows(network):
        yield f"  {row.name}: {row.kind} {row.shape}, {row.parameters:,}"
    yield ""
    yield f"parameters as Keras counts them (moving statistics too): {keras_count(network):,}"
    yield f"parameters as PyTorch counts them: {torch_count(network):,}"
    yield f"parameters of the head: {torch_count(network.head):,}"
    network.pretrained = True  # as it is with first weights from a file; with random ones all layers are trained
    network.set_trained(settings, settings.head_epochs)
    trained = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    yield f"parameters that are trained, where first weights are given: {trained:,}"
