"""Which weights a training begins with, and a sentence that says so."""

from pathlib import Path

from featurize.encoders.sources.settle_weights import remember_named
from featurize.encoders.weights import find_weights, require_one_each
from finetune.networks.build import encoders_of
from finetune.training_settings import TrainingSettings


def start_weights(settings: TrainingSettings, source: str | None, offline: bool) -> tuple[tuple[Path, ...], str]:
    """A file of first weights for each encoder, in their order, none for random ones, and words on them.

    source: as for extract; None: `auto`, but random ones for the networks of a document, which begin so. Raises
    WeightsError saying which file to put where.
    """
    encoders = encoders_of(settings)
    if not encoders:
        return (), f"{settings.network} begins with random weights of seed {settings.seed}, as in its document"
    require_one_each(encoders, source or "auto")
    files = []
    found = {}
    for encoder in encoders:
        path = find_weights(encoder, source or "auto", offline)
        if path is not None:
            files.append(path)
            found[encoder.name] = ""  # its digest is computed where it is loaded
    remember_named(source or "auto", found)
    if not files:
        words = f"{settings.network} begins with random weights, and all of its layers are trained"
        return (), words
    return tuple(files), f"{settings.network} begins with the weights of {' and '.join(file.name for file in files)}"
