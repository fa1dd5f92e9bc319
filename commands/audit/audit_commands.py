"""The commands about the making of images, as one group without a name."""

import typer

from commands.audit.audit import audit
from commands.audit.robustness import robustness

app = typer.Typer()
app.command()(audit)
app.command()(robustness)
