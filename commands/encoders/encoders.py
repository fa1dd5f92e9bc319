"""The command encoders: the table of networks, and all about one of them."""

from typing import Annotated, Any

import typer
from rich.table import Column, Table

from commands.encoders.check import check
from commands.encoders.encoder_table import for_terminal, markdown
from commands.run_settings.configured import Commands, ConfiguredGroup
from commands.terminal import console, plainly
from featurize.encoders.registry import find_encoder
from imaging.errors import shown


class ByName(ConfiguredGroup):
    """A group in which the name of a network is as good as a command that shows it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that the first word names, or the one that shows the network of this name."""
        if args[0] in self.commands or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        return "show", self.commands["show"], args


app = Commands(
    cls=ByName,
    invoke_without_command=True,
    help="List the networks; `encoders NAME` tells all about one, `encoders check NAME` tries its weights.",
)


@app.callback()
@plainly
def table(
    context: typer.Context,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="As the table in docs/ENCODERS.md.")] = False,
) -> None:
    """List the networks; `encoders NAME` tells all about one, `encoders check NAME` tries its weights."""
    if context.invoked_subcommand is not None:
        return
    if as_markdown:
        typer.echo(markdown())
        return
    console.print(for_terminal())
    console.print("Any other network of timm: timm:NAME. `encoders NAME` tells all about one.")


@app.command("show", hidden=True)
@plainly
def show(name: str) -> None:
    """Tell all about a network."""
    from commands.encoders.encoder_facts import facts_of

    encoder = find_encoder(name)
    facts = Table("", Column("", overflow="fold"), box=None, show_header=False)  # addresses are copied whole
    for heading, words in facts_of(encoder):
        facts.add_row(heading, shown(words))
    console.print(encoder.name)
    console.print(facts)


app.command()(check)
