"""Where this user keeps weights: the latest folders and files in which some were found, in a small file of theirs.

It lies where this system keeps such things of a user, never in a cache, a bundle or a report. It only spares naming a
folder again: which file is taken is decided by its digest. So a file that is damaged, or cannot be read or written, is
no error, and a place that another process adds at the same moment may be lost.
"""

import json
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cohort.files.atomic import write_whole
from imaging.files.regular_file import read_regular

FOLDER = "HISTOBOOST_STATE"  # environment variable that names another folder for the file
NAME = "weights-places.json"
FORMAT = 1
MOST_PLACES = 50
MOST_ENCODERS = 100  # of a place
MOST_BYTES = 1 << 20
LONGEST = 4096  # characters of a path


@dataclass(frozen=True)
class RememberedPlace:
    """A folder or file in which weights were found."""

    path: Path  # absolute, as it was named: a link stays one
    digests: Mapping[str, str] = field(default_factory=dict)  # of the parameters by encoder; "" where not computed


def state_folder() -> Path | None:
    """The folder of the file; None where this user has no home."""
    named = os.environ.get(FOLDER)
    if named:
        return Path(named)
    try:
        return _usual_folder() / "histoboost"
    except RuntimeError:  # no home
        return None


def _usual_folder() -> Path:
    """Where programs keep what they remember of a user; raises RuntimeError without a home."""
    system = platform.system()
    if system == "Windows":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else _home() / "AppData" / "Local"
    if system == "Darwin":
        return _home() / "Library" / "Application Support"
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    return state if state.is_absolute() else _home() / ".local" / "state"


def _home() -> Path:
    """The user's home, which is never made; raises RuntimeError where there is none, as in many containers."""
    home = Path.home()
    if not home.is_dir():
        raise RuntimeError(f"there is no {home}")
    return home


def remembered_places() -> list[RememberedPlace]:
    """The places, the latest first; none where the file is lacking or damaged."""
    folder = state_folder()
    if folder is None:
        return []
    try:
        content = json.loads(read_regular(folder / NAME, MOST_BYTES))
        listed = content["places"] if content["format"] == FORMAT else []
        places = [_place(entry) for entry in listed[:MOST_PLACES]]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []
    return [place for place in places if place is not None]


def remember_place(source: str | Path, digests: Mapping[str, str]) -> None:
    """Remember that weights of these encoders were found in a folder or file; digests: by encoder, of the parameters.

    What is known of the place already stays known. Where nothing can be written, nothing is remembered.
    """
    folder = state_folder()
    if folder is None:
        return
    path = Path(os.path.abspath(source))  # noqa: PTH100  (a link stays one, and `..` goes)
    places = remembered_places()
    earlier = next((dict(place.digests) for place in places if place.path == path), {})
    for encoder, digest in digests.items():
        known = earlier.pop(encoder, "")
        earlier[encoder] = digest or known
    latest = RememberedPlace(path, dict(list(earlier.items())[-MOST_ENCODERS:]))
    others = [place for place in places if place.path != path]
    if [latest, *others] != places:
        _write(folder, [latest, *others][:MOST_PLACES])


def _write(folder: Path, places: list[RememberedPlace]) -> None:
    entries = [{"path": os.fspath(place.path), "digests": dict(place.digests)} for place in places]
    content = json.dumps({"format": FORMAT, "places": entries}, indent=1)
    with suppress(OSError, ValueError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(folder / NAME, content.encode())


def _place(entry: Any) -> RememberedPlace | None:
    """An entry of the file; None for one that is no place of this system."""
    path, digests = entry["path"], entry["digests"]
    texts = [path, *digests, *digests.values()]
    if not all(isinstance(text, str) for text in texts) or len(path) > LONGEST or not Path(path).is_absolute():
        return None
    return RememberedPlace(Path(path), digests)
