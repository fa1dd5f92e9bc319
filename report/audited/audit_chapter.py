"""The chapter on what the making of the images tells of their classes."""

from collections.abc import Mapping

from cohort.audit.audited import Audited
from report.audited.audit_images import AuditImages
from report.audited.drawn_by_class import colour_section, file_section, shares_section
from report.audited.extremes import extremes_section
from report.audited.images_to_look_at import across_section, broken_section
from report.audited.probes import group_section, next_section, probe_section, use_section
from report.evaluation import Evaluation
from report.section import Chapter, Section


def audit_chapter(evaluation: Evaluation) -> Chapter | None:
    """The audit of a run; None where there is none."""
    if evaluation.audited is None:
        return None
    sections = audit_sections(evaluation.audited, evaluation.audit_images, evaluation.thumbnails)
    return Chapter("audit", "Is the class visible in how the images were made?", tuple(sections))


def audit_sections(audited: Audited, images: AuditImages | None, thumbnails: Mapping[str, bytes]) -> list[Section]:
    """What the probes say and what to do; then, where single images are known, figures by class and small copies."""
    sections = [probe_section(audited), next_section(audited), use_section(audited), group_section(audited)]
    sections.append(broken_section(audited))
    if images is not None:
        sections += [shares_section(images), colour_section(images), file_section(images)]
        sections += [extremes_section(images, thumbnails), across_section(images)]
    return [section for section in sections if section is not None]
