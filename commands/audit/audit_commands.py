"""The commands about the making of images, as one group without a name."""

from commands.audit.audit import audit
from commands.audit.robustness import robustness
from commands.run_settings.configured import Commands

app = Commands()
app.command()(audit)
app.command()(robustness)
