"""The files that visitors may choose from, of the one folder that was opened to them."""

from pathlib import Path

from cohort.layouts.tree import files_like_images

MOST_FILES = 5000  # that are listed


def files_of_folder(folder: Path) -> dict[str, Path]:
    """The files that look like images in a folder and below, by their name in it.

    Links are followed first: what then lies elsewhere is not listed.
    """
    root = folder.resolve()
    files = {}
    for path in files_like_images(folder)[:MOST_FILES]:
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):  # a link to nowhere, or in a circle
            continue
        if real.is_relative_to(root) and real.is_file():
            files[str(path.relative_to(folder))] = real
    return files
