"""Synthetic fields on the disk, as a data set with a manifest."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from PIL import Image

from cohort.files.atomic import write_whole
from imaging.phantom import Field


def write_phantoms(folder: Path, fields: Iterable[Field]) -> Path:
    """Write each image as PNG and, last of all, `manifest.csv` (image, label, patient), whose path is returned."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["image,label,patient"]
    for field in fields:
        Image.fromarray(field.image).save(png := BytesIO(), "PNG")
        write_whole(folder / field.name, png.getvalue())
        rows.append(f"{field.name},{field.label},{field.patient}")
    manifest = folder / "manifest.csv"
    write_whole(manifest, ("\n".join(rows) + "\n").encode())
    return manifest
