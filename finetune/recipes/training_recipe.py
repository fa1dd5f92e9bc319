"""What a recipe is: settings with a name, where they come from, and what a document published for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from finetune.training_settings import TrainingSettings

Numbers = Mapping[str, float]  # by the names that a report has for them, see report.trained; shares in percent
KERAS = "Keras' defaults of the time"
SELECTED = "which epoch was published is not said; here the best on the inner split by patient is taken"


@dataclass(frozen=True)
class Published:
    """A document's numbers, a row for each way that it measured; the first row is that of the recipe."""

    rows: Mapping[str, Numbers]
    robustness: Mapping[str, Numbers] = field(default_factory=dict)  # accuracy by network and alteration
    selected_on_test: bool = False

    def in_words(self, source: str) -> dict[str, Any]:
        """As settings.json has them: the first row's numbers, and all rows where there are several."""
        words: dict[str, Any] = {"source": source}
        words |= next(iter(self.rows.values()))
        if len(self.rows) > 1:
            words["rows"] = {name: dict(numbers) for name, numbers in self.rows.items()}
        if self.robustness:
            words["robustness"] = {name: dict(numbers) for name, numbers in self.robustness.items()}
        if self.selected_on_test:
            words["selected_on_test"] = True
        return words


@dataclass(frozen=True)
class Recipe:
    """A training with a name: its settings, where they come from, and what had to be inferred."""

    name: str
    sentence: str
    settings: TrainingSettings  # of the first member, where there are several
    sources: tuple[str, ...]
    inferred: tuple[str, ...] = ()
    published: Published | None = None
    remarks: tuple[str, ...] = ()
    classes: int = 2  # of the document's data
    images: tuple[int, int] = (0, 0)  # of the document's data: to train on, and to test
    members: tuple[TrainingSettings, ...] = ()  # networks that answer together; none: the settings are the only one
    weights: str = "auto"  # that a network begins with, as for extract; or random
    measures_training: bool = False  # the document publishes the accuracy on the training images

    def trained(self, changes: Mapping[str, Any]) -> tuple[TrainingSettings, ...]:
        """The settings of all members, each with the same changes."""
        return tuple(replace(member, **changes) for member in self.members or (self.settings,))


def layers_trained(which: str, settings: TrainingSettings) -> dict[str, Any]:
    """The changes by which all layers of a pretrained network are trained, or the head alone.

    >>> layers_trained("head", TrainingSettings("vgg16", 224))["upper_rate"]
    0.0
    """
    if which == "head":
        return {"upper_rate": 0.0}
    return {"upper_rate": settings.rate, "layer_decay": 1.0, "trained_share": 1.0, "frozen_to": ""}
