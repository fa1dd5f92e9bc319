"""Which file of a folder holds an encoder's weights, by the names under which they are published and kept."""

import os
from collections.abc import Iterator
from pathlib import Path

from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.known.encoder import Encoder

ENDINGS = (".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".safetensors.index.json")
KERAS_ENDINGS = (".h5", ".hdf5")
IN_A_FOLDER = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
MOST_LISTED = 3  # names of a folder that an error shows


def file_in(encoder: Encoder, source: Path, published: str) -> Path:
    """The file of an encoder's weights in a folder, or the file itself; raises WeightsError.

    Looked for are, in this order: files named after the encoder, the published one, a folder named after the encoder,
    the hub's folders, and a file named as the hub names it in the folder itself.
    """
    if source.is_file():
        return source
    if not source.is_dir():
        why = "a link that leads nowhere" if source.is_symlink() else "no such file or folder"
        raise WeightsError(f"no weights for {encoder.name} at {source}: there is {why}; {_put(encoder, published)}")
    for place in _places(encoder, source, published):
        if place.is_file():
            return place
        if place.is_dir() and place.suffix in (*ENDINGS, *KERAS_ENDINGS):
            raise WeightsError(f"{place} is a folder, and weights are a file; put the file itself there")
        if place.is_symlink() and not place.exists():
            raise WeightsError(f"{place} is a link that leads nowhere; put the file itself there")
    raise WeightsError(f"no weights for {encoder.name} in {source}{_what_is_there(source)}: {_put(encoder, published)}")


def names_of(encoder: Encoder) -> list[str]:
    """Under which names an encoder's files are kept: ours, the library's with the tag of the weights, the hub's.

    The library's name without a tag counts only where ours is the same: several encoders are built alike, and each
    would take the other's weights without a word.
    """
    ours = encoder.name.rpartition(":")[2]
    architecture = encoder.built_as.partition(".")[0]
    names = [ours, ours.removeprefix("legacy_")]
    if "." in encoder.built_as or encoder.library == "keras":
        names.append(encoder.built_as)
    if encoder.name.startswith("timm:"):
        names.append(architecture)
    if encoder.hub and not encoder.hub.startswith("https://"):
        names.append(encoder.hub.rpartition("/")[2])
    return list(dict.fromkeys(names))


def in_hub_folder(folder: Path, hub: str) -> Iterator[Path]:
    """Files of weights of ORGANISATION/NAME in a folder laid out as the hub's cache, those in use first."""
    repository = folder / f"models--{hub.replace('/', '--')}"
    main = repository / "refs" / "main"
    snapshots = sorted((repository / "snapshots").glob("*"), key=_changed, reverse=True)
    if main.is_file():
        current = main.read_text(errors="replace")[:64].strip()
        snapshots.sort(key=lambda snapshot: snapshot.name != current)
    for snapshot in snapshots:
        for name in IN_A_FOLDER:
            yield snapshot / name
        yield from sorted(path for path in snapshot.glob("*.pt*") if path.suffix in ENDINGS)


def _places(encoder: Encoder, folder: Path, published: str) -> Iterator[Path]:
    """Where a file may be, the likeliest first."""
    names = names_of(encoder)
    endings = KERAS_ENDINGS if encoder.library == "keras" else ENDINGS
    for name in names:
        yield from (folder / f"{name}{ending}" for ending in endings)
    if published:
        yield folder / published
    yield from _with_digests(encoder, folder, names)
    if encoder.library == "keras":
        yield from sorted(folder.glob(f"{encoder.built_as}_weights_tf_*.h5"))
        return
    for name in names:
        yield from (folder / name / file for file in IN_A_FOLDER)
        yield from (folder / name / f"{name}{ending}" for ending in ENDINGS)
    if encoder.hub:
        yield from in_hub_folder(folder, encoder.hub)
        yield from in_hub_folder(folder / "hub", encoder.hub)
    yield from (folder / file for file in IN_A_FOLDER)


def _with_digests(encoder: Encoder, folder: Path, names: list[str]) -> list[Path]:
    """Files as timm, torchvision and package registries name them: NAME-0aa007d2.pth."""
    if encoder.built_as.startswith("tf_efficientnet_lite"):
        names = [*names, encoder.built_as.partition(".")[0].removeprefix("tf_").replace("_", "-")]
    files = [path for name in names for path in sorted(folder.glob(f"{name}-{'[0-9a-f]' * 8}*.pth"))]
    if len(files) > 1:
        listed = ", ".join(path.name for path in files[:MOST_LISTED])
        raise WeightsError(f"{folder} has several files for {encoder.name} ({listed}); give the file itself")
    return files


def _changed(path: Path) -> float:
    return path.stat().st_mtime


def _what_is_there(folder: Path) -> str:
    """A few names of a folder, for a person who looked in the wrong one."""
    names = sorted(os.listdir(folder))  # noqa: PTH208  (names alone)
    if not names:
        return ", which is empty"
    if "data.pkl" in names:
        return ", which is a .pth file that was unpacked (give the file as it was)"
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return f" (there: {', '.join(names[:MOST_LISTED])}{more})"


def _put(encoder: Encoder, published: str) -> str:
    """What to put where, and the other ways to weights."""
    name = names_of(encoder)[0]
    if encoder.library == "keras":
        return f"put Keras' published file ({encoder.hub}) there, or use --weights random to try things out"
    files = f"{name}.safetensors"
    if published:
        files += f" or {encoder.library}'s {published}"
    elif encoder.hub:
        files += f" (model.safetensors of {encoder.hub}, also as {name}/model.safetensors)"
    return f"put {files} there, or use --weights auto to download, or --weights random to try things out"
