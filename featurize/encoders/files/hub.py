"""Weights from the hub of timm and of the pathology networks, and where its downloads lie on this machine.

The cache is searched without the hub's own library and without a network; that library is loaded to download alone.
"""

import re
import shutil
import warnings
from pathlib import Path
from typing import Any

from cohort.checks.notices import Notice
from featurize.encoders.files.places import IN_A_FOLDER, in_hub_folder, names_of
from featurize.encoders.files.safetensors_file import parts_of
from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.known.encoder import Encoder
from imaging.files.regular_file import sha256_of

GIBI = 1 << 30
GIANT = GIBI  # bytes from which on a download is told before it begins
SPARE = 1.05  # of a download's size that must be free
SHA256 = re.compile("[0-9a-f]{64}")  # how the hub names large files in its cache
PAGE = "https://huggingface.co/"


def hub_cache() -> Path:
    """The folder of the hub's downloads, as its own library and the environment say (HF_HOME, HF_HUB_CACHE)."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE)


def in_hub_cache(encoder: Encoder) -> Path | None:
    """An encoder's weights among earlier downloads, verified; None where they are not. Makes no network call.

    Raises WeightsError for a damaged one.
    """
    path = earlier_download(encoder)
    if path is not None:
        _verify(path)
    return path


def earlier_download(encoder: Encoder) -> Path | None:
    """The same, not verified."""
    if not encoder.hub:
        return None
    return next((path for path in in_hub_folder(hub_cache(), encoder.hub) if path.is_file()), None)


def download_from_hub(encoder: Encoder) -> Path:
    """Download an encoder's weights, going on where an earlier try ended, and verify them; raises WeightsError.

    What is large is told before, with the disk that is free.
    """
    try:
        from huggingface_hub import HfApi, hf_hub_download

        known = HfApi().model_info(encoder.hub, files_metadata=True, timeout=20)
        size_of = {file.rfilename: file.size or 0 for file in known.siblings or ()}
        name = _choose(list(size_of), encoder)
        _require_disk(encoder, size_of[name])
        path = Path(hf_hub_download(encoder.hub, name, revision=known.sha))
        for part in parts_of(path) if path.name.endswith(".json") else ():
            _require_disk(encoder, size_of.get(part, 0))
            hf_hub_download(encoder.hub, part, revision=known.sha)
    except WeightsError:
        raise
    except Exception as error:  # of the hub, of its connections, of the disk
        raise WeightsError(_refusal(encoder, error)) from error
    _verify(path)
    return path


def by_hand(encoder: Encoder) -> str:
    """How to get weights without this program."""
    asked = f", after asking for them there ({encoder.gated})" if encoder.gated else ""
    return (
        f"on a machine that is online get model.safetensors (or pytorch_model.bin) from {PAGE}{encoder.hub}{asked}, "
        f"and put it in a folder given with --weights, as {names_of(encoder)[0]}.safetensors (or .bin); --weights "
        "random tries things out"
    )


def _choose(names: list[str], encoder: Encoder) -> str:
    """The file of weights among those of a page of the hub."""
    for name in IN_A_FOLDER:
        if name in names:
            return name
    others = [name for name in names if name.endswith((".safetensors", ".pth", ".pt", ".bin")) and "/" not in name]
    if len(others) == 1:
        return others[0]
    listed = ", ".join(others[:3]) or "none"
    raise WeightsError(f"{PAGE}{encoder.hub} has {len(others)} files of weights ({listed}); {by_hand(encoder)}")


def _require_disk(encoder: Encoder, size: int) -> None:
    """Refuse a download for which the disk has no room; one that is large is told."""
    folder = hub_cache()
    there = next(place for place in (folder, *folder.parents) if place.is_dir())
    free = shutil.disk_usage(there).free
    words = f"{size / GIBI:.1f} GiB, and {free / GIBI:.1f} GiB are free in {folder}"
    if size * SPARE > free:
        raise WeightsError(
            f"no room to download the weights of {encoder.name}: they take {words}; make room, or set HF_HOME to a "
            "folder on another disk"
        )
    if size > GIANT:
        sentence = f"the weights of {encoder.name} are downloaded from {PAGE}{encoder.hub}: {words}"
        warnings.warn(Notice("large-weights", sentence), stacklevel=2)


def _refusal(encoder: Encoder, error: Exception) -> str:
    """What to do about a download that failed, by the server's answer; tokens and addresses with keys are not shown."""
    kind, answer = type(error).__name__, _status_of(error)
    if kind == "GatedRepoError" or answer in (401, 403):
        return (
            f"the weights of {encoder.name} are not given to everybody (answer {answer or 403}): ask for them at "
            f"{PAGE}{encoder.hub}{_condition(encoder)}, then log in here with `hf auth login` (or set HF_TOKEN), and "
            f"try again; or {by_hand(encoder)}"
        )
    if kind == "RepositoryNotFoundError" or answer == 404:
        return f"{PAGE}{encoder.hub} is not there, or shown only to those who are logged in; {by_hand(encoder)}"
    why = kind if answer is None else f"{kind}, answer {answer}"
    return f"weights of {encoder.name} could not be downloaded ({why}); {by_hand(encoder)}"


def _status_of(error: Any) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _condition(encoder: Encoder) -> str:
    return f" ({encoder.gated})" if encoder.gated else ""


def _verify(path: Path) -> None:
    """Hold a file of the hub's cache against the SHA-256 that it is named by there; small ones are named otherwise."""
    name = path.resolve().name
    if SHA256.fullmatch(name) and sha256_of(path) != name:
        raise WeightsError(f"{path} is damaged: its SHA-256 is not {name[:12]}...; delete it and try again")
