"""Images whose range was broken when they were saved, each named."""

import pandas as pd

from cohort.audit.audited import Audited
from report.section import Section


def broken_section(audited: Audited) -> Section | None:
    """A row for each broken image; None where there is none."""
    if not audited.broken:
        return None
    rows = {image: {"what is broken": sentence} for image, sentence in sorted(audited.broken.items())}
    sentence = (
        f"{len(rows)} of {audited.images} images look as if values had been cut off, stretched or wrapped when they "
        "were saved. Look at each; where it is so, export it again from the original."
    )
    cells = pd.DataFrame(rows).T.rename_axis("image")
    return Section("audit-broken", "Broken range", sentence, cells, at_length=True)
