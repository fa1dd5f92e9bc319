"""What is ours to delete: files below a folder of ours that are there themselves, and bear a name that only we give."""

import re
from pathlib import Path

TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}\.part")  # as cohort.files.atomic calls a file that is not whole yet


def lies_in(folder: Path, path: Path) -> bool:
    """Whether a path below a folder leads into it and nowhere else: no link stands on the way, nor at its end.

    The folder itself may be reached by a link.
    """
    return path.resolve() == folder.resolve() / path.relative_to(folder)


def own_folder(folder: Path, path: Path, names: re.Pattern[str]) -> bool:
    """Whether a path below a folder is a folder in which only files lie that are no links and bear one of our names."""
    if not (lies_in(folder, path) and path.is_dir()):
        return False
    return all(_is_own_file(file, names) for file in path.iterdir())


def delete_own_folder(folder: Path, path: Path, names: re.Pattern[str]) -> None:
    """Delete a folder as `own_folder` knows it; one that is not, or that has gone, is left alone. Raises OSError."""
    if own_folder(folder, path, names):
        for file in path.iterdir():
            file.unlink(missing_ok=True)
        path.rmdir()


def _is_own_file(file: Path, names: re.Pattern[str]) -> bool:
    is_named = names.fullmatch(file.name) or TEMPORARY.fullmatch(file.name)
    return bool(is_named) and file.is_file() and not file.is_symlink()
