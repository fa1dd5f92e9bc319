"""What is transparent is seen over white; a picture of which nothing would be seen is none."""

from pathlib import Path
from typing import cast

from PIL import Image

from imaging.read_errors import ImageError, shown

FAINT = 26  # of 255: where no pixel's alpha reaches a tenth, the picture is as good as white


def on_white(path: Path, picture: Image.Image) -> Image.Image:
    """A picture as RGB, over white where it is transparent; raises ImageError where it is so throughout."""
    if picture.mode in ("LA", "RGBA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        _require_visible(path, picture)
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _require_visible(path: Path, picture: Image.Image) -> None:
    """Refuse a picture without any visible pixel, as also where opaque was written as 1 rather than 255."""
    _, most = cast(tuple[int, int], picture.getchannel("A").getextrema())
    if most < FAINT:
        raise ImageError(
            f"{shown(path)}: is transparent throughout (its largest alpha is {most} of 255), so nothing of it is "
            "seen; save it without its alpha channel, or remove it"
        )
