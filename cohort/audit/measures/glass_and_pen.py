"""What of an image is not tissue: glass, marks of a pen, and borders of one colour."""

import numpy as np

from cohort.audit.measures.image_colours import brightest, darkest, every_nth
from imaging.stain import DENSITY, TISSUE_DENSITY

PIXELS = 1 << 16
GLASS = int((DENSITY >= TISSUE_DENSITY).sum()) - 1  # the brightest grey level that is dense enough for tissue
BLACK, WHITE_EDGE = 10, 245


def background_measures(image: np.ndarray) -> tuple[float, ...]:
    """Shares of (h, w, 3) uint8: background, pen, black border, white border and border of any one colour."""
    thinned = every_nth(image, PIXELS)
    background = (darkest(thinned) > GLASS).mean()
    black = border_share(brightest(image) <= BLACK)
    white = border_share(darkest(image) >= WHITE_EDGE)
    black_ink = max(black_share(thinned) - black, 0)
    return float(background), coloured_ink(thinned) + black_ink, black, white, frame_share(image)


def coloured_ink(image: np.ndarray) -> float:
    """Share of pixels (h, w, 3) of colours that H&E never has: green or bright blue. Red ink may be blood or eosin."""
    red, green, blue = (image[..., channel].astype(np.int16) for channel in range(3))
    is_green = (green - red > 20) & (green - blue > 20)
    is_blue = (blue > 170) & (red < 50) & (blue - green > 60)  # haematoxylin is as blue, with more red or darker
    return float((is_green | is_blue).mean())


def black_share(image: np.ndarray) -> float:
    """Share of pixels (h, w, 3) that are black without a tinge, as ink and borders are and nuclei are not."""
    brightest_channel = brightest(image)
    is_black = (brightest_channel < 45) & (brightest_channel - darkest(image) < 15)
    return float(is_black.mean())


def frame_share(image: np.ndarray) -> float:
    """Share of (h, w, 3) in rows and columns at the edges that have the colour of a corner throughout.

    An image of one colour has none: there is nothing that it would frame.
    """
    shares = []
    for corner in (image[0, 0], image[-1, -1]):
        is_frame = np.logical_and.reduce([image[..., channel] == corner[channel] for channel in range(3)])
        shares.append(border_share(is_frame))
    share = max(shares)
    return share if share < 1 else 0.0


def border_share(is_border: np.ndarray) -> float:
    """Share of (h, w) bool in rows and columns at the edges that have it throughout."""
    height, width = is_border.shape
    rows = np.logical_and.reduce(is_border, axis=1)
    columns = np.logical_and.reduce(is_border, axis=0)
    if rows.all():
        return 1.0
    top, bottom = np.argmin(rows), np.argmin(rows[::-1])
    left, right = np.argmin(columns), np.argmin(columns[::-1])
    inside = (height - top - bottom) * (width - left - right)
    return float(1 - inside / (height * width))
