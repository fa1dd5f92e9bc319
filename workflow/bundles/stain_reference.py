"""What images are normalised to and jittered by, as bundles write it down."""

from typing import Any


def stain_facts() -> dict[str, Any]:
    """The reference that images are normalised to, and the matrix that they are jittered by."""
    from imaging.stain import GAIN_HIGH, GAIN_LOW, REFERENCE, REFERENCE_SCALE, RUIFROK, WHITE

    return {
        "white": WHITE,
        "reference": REFERENCE.tolist(),
        "reference scale": REFERENCE_SCALE.tolist(),
        "jitter": RUIFROK.tolist(),
        "gains": [GAIN_LOW, GAIN_HIGH],
    }
