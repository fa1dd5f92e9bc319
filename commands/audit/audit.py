"""The command audit: can the classes be told from how the images were made?"""

from commands.audit.audit_options import AuditOptions
from commands.options import takes
from commands.terminal import plainly


@plainly
@takes(AuditOptions)
def audit(asked: AuditOptions) -> None:
    """Ask, before any number is believed, whether the classes can be told from how the images were made.

    Small classifiers get colour, stain, size, JPEG traces, range, sharpness, background, metadata, file names or
    columns of the manifest alone, on folds by patient. A line for each finding; audit.html has tables and figures.
    """
    if asked.recipe is not None:
        from commands.audit.recipe import follow_recipe

        return follow_recipe(asked)
    from commands.audit.whole_audit import whole_audit

    whole_audit(asked)
