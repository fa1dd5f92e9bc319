"""Crops resized to what a network of fixed input takes, antialiased as Pillow does, on the CPU or on a GPU."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

RESAMPLING = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}  # by INTERPOLATIONS


def resize_crops(crops: Tensor, side: int, interpolation: str) -> Tensor:
    """Crops (n, h, w, 3) uint8 to (n, side, side, 3) uint8; on a GPU the same to one grey level."""
    if crops.shape[1:3] == (side, side):
        return crops
    if crops.device.type != "cpu":
        return _on_device(crops, side, interpolation)
    resized = np.empty((len(crops), side, side, 3), np.uint8)
    for crop, place in zip(crops.numpy(), resized, strict=True):
        place[:] = resize_square(crop, side, interpolation)
    return torch.from_numpy(resized)


def resize_square(image: np.ndarray, side: int, interpolation: str) -> np.ndarray:
    """An image (h, w, 3) uint8 as (side, side, 3) uint8, by Pillow; its own pixels where it is so large."""
    if image.shape[:2] == (side, side):
        return image
    return np.asarray(Image.fromarray(image).resize((side, side), RESAMPLING[interpolation]))


def _on_device(crops: Tensor, side: int, interpolation: str) -> Tensor:
    """By torch, whose antialiased kernels are those of Pillow: rows, then columns, rounded after each as there."""
    pixels = crops.permute(0, 3, 1, 2).float()
    for size in ((crops.shape[1], side), (side, side)):
        resized = interpolate(pixels, size, mode=interpolation, align_corners=False, antialias=True)
        pixels = resized.round().clamp(0, 255)
    return pixels.to(torch.uint8).permute(0, 2, 3, 1).contiguous()
