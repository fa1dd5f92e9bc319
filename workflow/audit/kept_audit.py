"""The audit that lies in the folder of a run, read again for its report."""

from dataclasses import dataclass, replace
from pathlib import Path

from cohort.audit.audited import Audited
from imaging.files.regular_file import read_regular
from report.audited.audit_images import FILE, AuditImages, read_audit_images
from workflow.robustness.used_by_files import read_used_by

AUDIT = "audit.json"
LARGEST = 64 << 20  # bytes; of 100,000 images of which each is broken it has 15 MB


@dataclass(frozen=True, eq=False)
class KeptAudit:
    """An audit and the images that it is of; None where there is none."""

    audited: Audited | None = None
    images: AuditImages | None = None


NO_AUDIT = KeptAudit()


def read_audit(folder: Path) -> KeptAudit:
    """The audit in a folder; nothing where it has none. Raises AuditError and PredictionsError for broken files."""
    path, images = folder / AUDIT, folder / FILE
    if not path.is_file():
        return NO_AUDIT
    audited = Audited.from_json(read_regular(path, LARGEST))
    audited = replace(audited, use=read_used_by(folder) or audited.use)
    return KeptAudit(audited, read_audit_images(images) if images.is_file() else None)
