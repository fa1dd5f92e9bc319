"""Draws docs/line.png, the README's picture of the line, from a synthetic field: python docs/line.py."""

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from imaging.crops import draw_boxes, take_crops, turn  # noqa: E402
from imaging.phantom import draw_field  # noqa: E402
from imaging.seeding import crop_rng, view_rng  # noqa: E402
from imaging.stain import draw_gains, fit_stain, jitter, normalise  # noqa: E402

CROP, VIEWS = 128, 3
WORDS = (
    ("encode", "ResNet-50\nInceptionV3\nVGG-16\n\nnever trained\non tissue"),
    ("pool", "3-norm mean\nover the crops\n\none descriptor\nper view"),
    ("cache", "HDF5\n\nsurvives\nkill -9"),
    ("boost", "LightGBM\n10 folds\n× 5 seeds\n\na patient never\non both sides"),
    ("fuse", "mean over\nviews, seeds,\nvariants\n\ntables,\nROC, confusion"),
)


def picture(axes: Axes, image: np.ndarray, title: str = "") -> None:
    """One image without ticks."""
    axes.imshow(image)
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_axis_off()


def main() -> None:
    """Lay the steps out from left to right: pictures first, then words."""
    field = draw_field("insitu", "p01", 1, 384, 512, seed=0)
    normalised = normalise(field.image, fit_stain(field.image))
    figure = Figure(figsize=(15, 3.0), dpi=110)
    grid = figure.add_gridspec(3, 12, width_ratios=[2.9, 2.9, 1.25, 0.95, 0.95, 0.1, *[1.9] * 5, 0.05], hspace=0.1)
    picture(figure.add_subplot(grid[:, 0]), field.image, "image")
    picture(figure.add_subplot(grid[:, 1]), normalised, "normalise (Macenko)")
    for view in range(VIEWS):
        jittered = jitter(normalised, draw_gains(view_rng(13, field.name, view)))
        axes = figure.add_subplot(grid[view, 2])
        picture(axes, jittered, "jitter" if view == 0 else "")
        boxes = draw_boxes(crop_rng(13, field.name, view, CROP, 1.0), 384, 512, CROP, 2)
        crops = take_crops(turn(jittered), boxes, CROP)
        for number, box in enumerate(boxes):
            axes.add_patch(Rectangle((box[1], box[0]), CROP, CROP, fill=False, edgecolor="black", linewidth=1))
            title = "crops, turned" if view == number == 0 else ""
            picture(figure.add_subplot(grid[view, 3 + number]), crops[number], title)
    for column, (title, text) in enumerate(WORDS, start=6):
        axes = figure.add_subplot(grid[:, column])
        axes.set_title(title, fontsize=11, loc="left")
        axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=9, transform=axes.transAxes)
        axes.set(xticks=[], yticks=[], facecolor="#f4f1f6")
        axes.annotate("", (0, 0.5), (-0.16, 0.5), xycoords="axes fraction", arrowprops={"arrowstyle": "->"})
    figure.savefig(HERE / "line.png", bbox_inches="tight", pil_kwargs={"optimize": True})


if __name__ == "__main__":
    main()
