"""The command app: the page in a browser of this machine, over the same bundles as predict."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands import options
from commands.terminal import console, interrupted, plainly, tell

if TYPE_CHECKING:
    from app.app_settings import AppSettings

Port = Annotated[int, typer.Option(min=1, max=65535, help="Where the page is shown: http://127.0.0.1:PORT.")]
Host = Annotated[str, typer.Option(help="The address that is listened at; another than 127.0.0.1 wants a --token.")]
Token = Annotated[
    str,
    typer.Option(envvar="HISTOBOOST_TOKEN", help="What visitors must enter before they see anything; 16 letters up."),
]
Address = Annotated[
    str,
    typer.Option(help="The name by which browsers reach the page, where another program (TLS) stands in front of it."),
]
Folder = Annotated[
    Path | None, typer.Option(help="Folder of images from which visitors may choose; no other is ever read.")
]
Weights = Annotated[
    str | None,
    typer.Option(help="auto (download), random, or a folder or file; default: random if the bundle's are, else auto."),
]


@plainly
def app_command(
    models: options.Models = Path("models"),
    weights: Weights = None,
    port: Port = 8501,
    host: Host = "127.0.0.1",
    token: Token = "",
    address: Address = "",
    folder: Folder = None,
    results: options.Results = Path("results"),
    offline: options.Offline = False,
    device: options.Device = "auto",
    jobs: options.Jobs = 0,
) -> None:
    """Show a page in which images are dropped and answered by the bundles of a folder, until Ctrl-C.

    For research; not a diagnostic device. Uploads are deleted once they are answered, all else when the page ends.
    """
    from app.app_settings import AppError, AppSettings
    from app.work.supervise import keep_running, private_folder, require_free

    if folder is not None and not folder.is_dir():
        raise AppError(f"{folder} is no folder; give --folder one of images, or leave it out")
    with private_folder() as spool:
        settings = AppSettings(
            spool=spool,
            models=models.resolve(),
            results=results.resolve(),
            folder=None if folder is None else folder.resolve(),
            weights=weights,
            offline=offline,
            device=device,
            jobs=jobs,
            host=host,
            port=port,
            token=token,
            address=address,
        )
        if find_spec("streamlit") is None:
            raise AppError("the page needs streamlit, which is not installed: pip install 'histoboost[app]'")
        require_free(host, port)
        try:
            for event in keep_running(settings):
                console.print(_words(event, settings))
        except KeyboardInterrupt as error:
            tell("the page has ended; uploads and answers are deleted")
            raise interrupted(error) from error


def _words(event: str, settings: "AppSettings") -> str:
    """What a person at the terminal is told."""
    if event == "ready":
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        whose = f" for browsers that ask for {settings.address}" if settings.address else ""
        return f"the page is at http://{host}:{settings.port}{whose}; Ctrl-C ends it"
    return "the worker ended unexpectedly and was started again; the images that it was at are told as failed"
