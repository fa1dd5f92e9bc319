"""The table of named networks, for the terminal and for docs/ENCODERS.md."""

from collections.abc import Iterable, Iterator
from textwrap import shorten

from rich.table import Column, Table

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.registry import ENCODERS

COLUMNS = ("name", "width", "input", "µm/px", "licence", "commercial", "gated", "size")
LICENCE = COLUMNS.index("licence")
SHORT = 12  # letters of its name
DASH = "–"


def row_of(encoder: Encoder) -> tuple[str, ...]:
    """The cells of one network, in the order of the columns."""
    return (
        encoder.name,
        f"{encoder.dim}",
        f"{encoder.input}",
        resolutions(encoder),
        encoder.licence.partition(" (")[0],
        encoder.commercial or DASH,
        "yes" if encoder.gated else "no",
        in_millions(encoder.parameters),
    )


def resolutions(encoder: Encoder) -> str:
    """What it was trained at, in microns per pixel; photographs have none.

    >>> from featurize.encoders.registry import ENCODERS
    >>> resolutions(ENCODERS["virchow2"]), resolutions(ENCODERS["uni"]), resolutions(ENCODERS["resnet18"])
    ('0.25–2', '0.5', '–')
    """
    if not encoder.mpp:
        return DASH
    finest, coarsest = min(encoder.mpp), max(encoder.mpp)
    return f"{finest:g}" if finest == coarsest else f"{finest:g}{DASH}{coarsest:g}"


def in_millions(parameters: int) -> str:
    """A number of parameters as the literature has it.

    >>> in_millions(722_496), in_millions(303_350_784), in_millions(1_134_774_272)
    ('0.72 M', '303 M', '1.13 B')
    """
    if parameters >= 1e9:
        return f"{parameters / 1e9:.2f} B"
    millions = parameters / 1e6
    return f"{millions:.2f} M" if millions < 1 else f"{millions:.1f} M" if millions < 100 else f"{millions:.0f} M"


def for_terminal(encoders: Iterable[Encoder] = ENCODERS.values()) -> Table:
    """The table for a terminal of 80 columns; long names of licences are cut."""
    columns = [Column(header, no_wrap=True, overflow="fold") for header in COLUMNS]
    table = Table(*columns, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for encoder in encoders:
        cells = row_of(encoder)
        licence = shorten(cells[LICENCE].replace("-4.0", ""), SHORT, placeholder="…")
        table.add_row(*cells[:LICENCE], licence, *cells[LICENCE + 1 :])
    return table


def markdown(encoders: Iterable[Encoder] = ENCODERS.values()) -> str:
    """The table as it stands in docs/ENCODERS.md."""
    return "\n".join(_lines(encoders))


def _lines(encoders: Iterable[Encoder]) -> Iterator[str]:
    for cells in (COLUMNS, ("---",) * len(COLUMNS), *map(row_of, encoders)):
        yield f"| {' | '.join(cells)} |"
