"""Which crops fit into the images there are: what `auto` takes, and what is advised where crops that were asked do not.

All follows from the shortest side of the images and from the smallest crop that all networks take.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from featurize.encoders.registry import find_encoder
from imaging.crops import CropTooLarge, misfit
from imaging.read import ImageInfo, rescaled_size

Crop = tuple[int, float]  # side in pixels of the rescaled image, scale
Variant = tuple[str, int, float]  # encoder, crop, scale

PAPERS = (400, 650)  # crops of Rakhlin et al. 2018
PAPERS_SIDE = 768  # the shorter side of their images, rescaled
ROUND_SCALES = (0.25, 0.5, 0.75, 1.0)  # that are advised: none makes up pixels
AUTO_SCALES = (0.5, 0.75, 1.0)  # at which the paper's crops are taken; the first is the paper's
ENLARGING = (2.0, 4.0, 8.0)  # only where no crop fits otherwise
MUCH_LARGER = 1.5  # times as large are crops for which a few images may be left out
LEAST = 32  # no smaller crop is chosen: most networks halve a side five times, down to a pixel


@dataclass(frozen=True)
class AutoCrops:
    """Variants whose crops are chosen once the sizes of the images are known."""

    encoders: tuple[str, ...]
    scale: float | None = None  # None: as the images need

    def variants(self, crops: Iterable[Crop]) -> list[Variant]:
        """Each network with each of these crops."""
        return [(encoder, crop, scale) for encoder in self.encoders for crop, scale in crops]

    def chosen(self, images: Mapping[str, ImageInfo], skip: bool = False) -> list[Crop]:
        """Crops that fit into all images; raises CropTooLarge where one is too small for any.

        skip: such an image is left out, unless all are.
        """
        least = least_crop(self.encoders)
        side_of = {name: shorter_side(image) for name, image in images.items()}
        if skip:
            usable = {name: side for name, side in side_of.items() if auto_crops(side, least, self.scale)}
            side_of = usable or side_of
        name = min(side_of, key=lambda name: side_of[name])
        crops = auto_crops(side_of[name], least, self.scale)
        if not crops:
            raise CropTooLarge(too_small(name, images[name], least, self.scale))
        return crops


def auto_crops(side: int, least: int = LEAST, scale: float | None = None) -> list[Crop]:
    """Crops that fit into all images whose shortest side has so many pixels; [] where no sensible crop does.

    The paper's 400 and 650 at scale 0.5, 0.75 or 1, the first that fits; else the shares of the side that these have of
    the paper's rescaled images, 400/768 and 650/768, at scale 1. Images are enlarged only where they are smaller than
    `least`, the smallest crop that is sensible for all networks. A scale that is given is the only one.

    >>> auto_crops(1536), auto_crops(768), auto_crops(224)
    ([(400, 0.5), (650, 0.5)], [(400, 1.0), (650, 1.0)], [(117, 1.0), (190, 1.0)])
    """
    for candidate in AUTO_SCALES if scale is None else (scale,):
        if least <= min(PAPERS) and max(PAPERS) <= rescaled(side, candidate):
            return [(crop, candidate) for crop in PAPERS]
    for candidate in (1.0, *ENLARGING) if scale is None else (scale,):
        crops = reduced(PAPERS, rescaled(side, candidate), least)
        if crops:
            return [(crop, candidate) for crop in crops]
    return []


def fitting_crops(asked: Sequence[Crop], side: int, least: int = LEAST) -> list[Crop]:
    """What comes near to the crops asked for and fits into images of this shortest side; [] where no crop does.

    Crops of one scale stay together: at the next round scale that all of them fit at, 1 at most. Where there is none,
    those that fit stay as they are, and the others are reduced, at scale 1.
    """
    fitting: list[Crop] = []
    for scale in dict.fromkeys(scale for _, scale in asked):
        crops = [crop for crop, own in asked if own == scale]
        enough = _enough(scale, max(crops), side)
        if enough is not None:
            fitting += [(crop, enough) for crop in crops]
            continue
        too_large = [crop for crop in crops if crop > rescaled(side, scale)]
        instead = _reduced_at(too_large, side, least)
        if not instead:
            return []
        fitting += [(crop, scale) for crop in crops if crop not in too_large] + instead
    return list(dict.fromkeys(fitting))


def reduced(crops: Sequence[int], side: int, least: int) -> list[int]:
    """Crops made smaller in proportion, the largest to the paper's share of a side in pixels; [] where none fits.

    None is made smaller than `least`; such may become one.
    """
    if side < least:
        return []
    largest = side * max(PAPERS) / PAPERS_SIDE
    smaller = [max(least, round(largest * crop / max(crops))) for crop in crops]
    return list(dict.fromkeys(smaller))


def as_options(crops: Sequence[Crop]) -> str:
    """Crops as they are asked for on the command line.

    >>> as_options([(400, 1.0), (650, 1.0)]), as_options([(400, 0.5), (1300, 1.0)])
    ('--crops 400,650 --scale 1', '--crops 400@0.5,1300@1')
    """
    scales = {scale for _, scale in crops}
    if len(scales) == 1:
        sizes = ",".join(str(crop) for crop, _ in crops)
        return f"--crops {sizes} --scale {scales.pop():.15g}"
    return "--crops " + ",".join(f"{crop}@{scale:.15g}" for crop, scale in crops)


def not_fitting(images: Mapping[str, ImageInfo], crops: Iterable[Crop]) -> dict[str, str]:
    """The images into which some crop does not fit, each with the reason."""
    reasons: dict[str, str] = {}
    for crop, scale in sorted(crops):
        for name, image in images.items():
            height, width = rescaled_size(image.height, image.width, scale)
            reason = misfit(height, width, crop, name, scale)
            if reason:
                reasons.setdefault(name, reason)
    return reasons


def way_out(reasons: Mapping[str, str], images: Mapping[str, ImageInfo], asked: Sequence[Crop], least: int) -> str:
    """The first image into which crops that were asked do not fit, how many more there are, and what fits all images.

    reasons: of the images that are too small (`not_fitting`); least: the smallest crop that all networks take.
    """
    first = next(iter(reasons.values()))
    if len(reasons) > 1:
        first += f", and {len(reasons)} of {len(images)} images are too small"
    name = min(images, key=lambda name: shorter_side(images[name]))
    fitting = fitting_crops(asked, shorter_side(images[name]), least)
    if not fitting:
        return f"{first}; {too_small(name, images[name], least)}"
    options = as_options(fitting)
    sizes = [crop for crop, _ in fitting]
    scales = {scale for _, scale in fitting}
    if len(scales) > 1:
        values = f"use {options}, which fits all images, and whose scales stand in place of --scale"
    elif sizes == [crop for crop, _ in asked]:
        values = f"--scale {scales.pop():.15g} fits crops {', '.join(map(str, sizes))}: use {options}"
    else:
        values = f"use {options}, which fits all images"
    return f"{first}; {values}; or use --crops auto"


def if_few_were_left_out(sides: Sequence[int], labels: Sequence[str], taken: Sequence[Crop], auto: AutoCrops) -> str:
    """Which larger crops a few small images stand in the way of, and how to leave these out; "" where none do.

    sides: the shorter side of each image; taken: what auto chose for all of them. Few is a tenth at most.
    """
    larger = auto_crops(sorted(sides)[len(sides) // 10], least_crop(auto.encoders), auto.scale)
    if not larger or _reach(larger) < MUCH_LARGER * _reach(taken):
        return ""
    remaining = []
    for side, label in zip(sides, labels, strict=True):
        if all(crop <= rescaled(side, scale) for crop, scale in larger):
            remaining.append(label)
    if set(remaining) != set(labels):
        return ""
    small = len(sides) - len(remaining)
    verb, them = ("is", "it") if small == 1 else ("are", "them")
    return (
        f"{small} of {len(sides)} images {verb} much smaller than the others; to leave {them} out: "
        f"{as_options(larger)} --on-error skip"
    )


def _reach(crops: Sequence[Crop]) -> float:
    """The side of the largest crop, in pixels of the image file."""
    return max(crop / scale for crop, scale in crops)


def too_small(name: str, image: ImageInfo, least: int, scale: float | None = None) -> str:
    """That no crop fits into an image."""
    at = "even when it is enlarged" if scale is None else f"at scale {scale:g}"
    larger = "" if scale is None else "give a larger --scale or none, or "
    return (
        f"{name} ({image.width} x {image.height} pixels) is too small for any crop, {at}: crops must have {least} "
        f"pixels a side or more; {larger}leave it out (--on-error skip) or use larger images"
    )


def least_crop(encoders: Iterable[str]) -> int:
    """The side in pixels of the smallest crop that is sensible for all these networks."""
    found = [find_encoder(name) for name in encoders]
    return max([LEAST, *(encoder.smallest for encoder in found if not encoder.fixed_input)])


def shorter_side(image: ImageInfo) -> int:
    """In pixels of the file."""
    return min(image.height, image.width)


def rescaled(side: int, scale: float) -> int:
    """A side in pixels of the rescaled image."""
    return rescaled_size(side, side, scale)[0]


def _enough(scale: float, crop: int, side: int) -> float | None:
    """The scale itself, or the smallest larger round one, at which a crop fits; None where there is none."""
    larger = [candidate for candidate in ROUND_SCALES if candidate > scale]
    for candidate in (scale, *larger):
        if crop <= rescaled(side, candidate):
            return candidate
    return None


def _reduced_at(crops: Sequence[int], side: int, least: int) -> list[Crop]:
    """Crops reduced at scale 1, or at the first larger one at which any crop fits."""
    for scale in (1.0, *ENLARGING):
        smaller = reduced(crops, rescaled(side, scale), least)
        if smaller:
            return [(crop, scale) for crop in smaller]
    return []
