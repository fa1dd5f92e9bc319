"""The commands about the making of images, as one group without a name."""

import typer

from commands.audit.audit import audit

app = typer.Typer()
app.command()(audit)
