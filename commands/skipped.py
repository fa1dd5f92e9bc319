"""Images that could not be used: none is lost without a word."""

from collections.abc import Mapping
from pathlib import Path

import typer

from commands.terminal import tell

SKIPPED = 3  # exit code of a command that did its work but for some images


def tell_skipped(path: Path, refused: Mapping[str, str]) -> None:
    """Write the images, each with its reason, and end with exit code 3; without any, take away an earlier list."""
    if not refused:
        path.unlink(missing_ok=True)
        return
    import pandas as pd

    from cohort.predictions import write_table

    write_table(path, pd.DataFrame({"image": list(refused), "reason": list(refused.values())}))
    tell(f"{len(refused)} images were skipped; {path} lists them with the reasons")
    raise typer.Exit(SKIPPED)
