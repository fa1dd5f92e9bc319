"""Square crops of a view, each in one of the 8 symmetries of the square."""

from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from imaging.errors import HistoboostError

Corner = TypeVar("Corner", int, np.ndarray)


class CropTooLarge(HistoboostError):
    """A crop that does not fit into its rescaled image."""


def draw_boxes(rng: np.random.Generator, height: int, width: int, crop: int, count: int) -> np.ndarray:
    """Draw `count` boxes uniformly: (count, 3) int32 of top, left, symmetry (0-7); raises CropTooLarge."""
    require_fit(height, width, crop, "image")
    return rng.integers(0, [height - crop + 1, width - crop + 1, 8], (count, 3)).astype(np.int32)


def require_fit(height: int, width: int, crop: int, name: str, scale: float = 1.0) -> None:
    """Raise CropTooLarge, naming the image, its size after rescaling and the options, unless the crop fits."""
    reason = misfit(height, width, crop, name, scale)
    if reason:
        raise CropTooLarge(f"{reason}; use smaller --crops, a larger --scale, or leave the image out")


def misfit(height: int, width: int, crop: int, name: str, scale: float = 1.0) -> str:
    """That a crop does not fit into an image, whose height and width are those after rescaling; "" where it does."""
    if crop <= min(height, width):
        return ""
    return f"crop {crop} does not fit {name} ({width} x {height} after scale {scale:g})"


def turn(image: np.ndarray) -> list[np.ndarray]:
    """The whole (h, w, channel) image in its 8 symmetries, numbered as in `turn_view`; four copies, the rest views.

    Turning the image three times costs less than turning most crops of a view. A row of each result is contiguous:
    turning upside down moves whole rows and needs no copy.
    """
    image = np.require(image, requirements=["C", "W"])  # torch dislikes what it may not write to
    # a pixel is one element of 3 bytes: to move it whole is twice as fast as to move each byte across the image
    pixels = image.view(np.dtype((np.void, image.shape[2] * image.itemsize)))  # (h, w, 1)
    flipped = np.ascontiguousarray(pixels.transpose(1, 0, 2)).view(image.dtype)  # (w, h, channel)
    mirrored, turned = _mirror(image), _mirror(flipped)
    return [image, flipped[::-1], mirrored[::-1], turned, mirrored, turned[::-1], image[::-1], flipped]


def _mirror(image: np.ndarray) -> np.ndarray:
    """A copy, left and right exchanged; torch knows how to do so with whole pixels, seven times as fast as numpy."""
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None]  # (1, channel, h, w), channels last in memory
    return np.ascontiguousarray(pixels.flip(3)[0].permute(1, 2, 0).numpy())


def take_crops(turns: list[np.ndarray], boxes: np.ndarray, crop: int, out: np.ndarray | None = None) -> np.ndarray:
    """All crops (count, crop, crop, channel) of a view, from `turn(image)` and (count, 3) boxes, each in its symmetry.

    out: written to and returned; to use one array for all views saves the time that fresh memory takes.
    """
    height, width, channels = turns[0].shape
    if out is None:
        out = np.empty((len(boxes), crop, crop, channels), turns[0].dtype)
    for square, (top, left, symmetry) in zip(out, boxes.tolist(), strict=True):
        row, column = turn_corner(top, left, crop, height, width, symmetry)
        square[:] = turns[symmetry][row : row + crop, column : column + crop]
    return out


def turn_view(view: np.ndarray | Tensor, symmetry: int) -> Tensor:
    """The whole view in one of the 8 symmetries: counter-clockwise symmetry % 4 times, then mirrored if >= 4.

    view: (h, w, 3). Returns a contiguous tensor of the same device.
    """
    turned = torch.rot90(torch.as_tensor(view), symmetry % 4, dims=(0, 1))
    return (turned.flip(1) if symmetry >= 4 else turned).contiguous()


def turn_boxes(boxes: np.ndarray, side: int, height: int, width: int, symmetry: int) -> np.ndarray:
    """Where boxes of an unturned view (height x width) lie in the turned one: (n, 2) of top, left.

    boxes: (n, 2 or more) of top, left; what follows is left aside, for the view is turned and not the crop.
    """
    top, left = turn_corner(boxes[:, 0], boxes[:, 1], side, height, width, symmetry)
    return np.stack([top, left], axis=1)


def turn_corner(top: Corner, left: Corner, side: int, height: int, width: int, symmetry: int) -> tuple[Corner, Corner]:
    """Top and left of a square in a view (height x width) that was turned as by `turn_view`; also of many at once."""
    for _ in range(symmetry % 4):
        top, left = width - left - side, top  # the right column becomes the top row
        height, width = width, height
    if symmetry >= 4:
        left = width - left - side
    return top, left
