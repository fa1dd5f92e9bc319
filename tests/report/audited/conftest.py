"""Made-up images of an audit."""

import numpy as np
import pandas as pd
import pytest

from report.audited.audit_images import AuditImages


def make_audit_images(classes: int = 3, each: int = 6, seed: int = 0, **columns) -> AuditImages:
    """So many images of classes c0, c1 ...; the classes differ in colour, columns are as given."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(classes), each)  # (n,)
    count = len(label)
    table = {
        "image": [f"c{own}/{number:05d}.png" for number, own in enumerate(label)],
        "label": [f"c{own}" for own in label],
        "patient": [f"p{number // 2}" for number in range(count)],
        "phash": [f"{int(number):016x}" for number in rng.integers(0, 1 << 62, count)],
    }
    for channel in ("red", "green", "blue"):
        table[channel] = 100 + 20 * label + rng.normal(size=count)
    table |= {"width": 64.0, "height": 48.0, "bytes": 3000.0, "jpeg_quality": np.nan, "former_quality": np.nan}
    table |= {"at_ends": 0.01}
    return AuditImages.of(pd.DataFrame(table | columns))


@pytest.fixture
def audit_images():
    """A function that makes images of an audit."""
    return make_audit_images
