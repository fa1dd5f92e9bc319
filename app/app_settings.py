"""What the command app was asked, as its child processes read it."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cohort.files.atomic import write_whole
from imaging.errors import HistoboostError, shown
from imaging.read_errors import MAX_PIXELS

SETTINGS = "HISTOBOOST_APP"  # the environment variable that holds the path of the settings
LOOPBACK = "127.0.0.1"
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # addresses that stand for all, and where this machine reaches them
LEAST_TOKEN = 16  # characters
LARGEST_UPLOAD = 4 * MAX_PIXELS >> 20  # MiB: four channels of the most pixels that are read, as they are


HOST_NAME = re.compile(r"[\w.-]+", re.ASCII)
FOLDERS = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:;'\"()]+[/\\])+")  # in front of a file's name


class AppError(HistoboostError):
    """The page cannot be shown as it was asked for."""


@dataclass(frozen=True)
class AppSettings:
    """Where the page's files lie, and how its images are answered."""

    spool: Path  # the private folder between the processes
    models: Path = Path("models")  # bundles
    results: Path = Path("results")  # runs to look at
    folder: Path | None = None  # of images, the only one that visitors may choose files from
    weights: str | None = None  # None: as `predict` chooses
    offline: bool = False
    device: str = "auto"
    jobs: int = 0
    host: str = LOOPBACK
    port: int = 8501
    token: str = ""  # what visitors are asked for; "": nothing
    address: str = ""  # the name under which browsers reach the page, where that is not the host

    def __post_init__(self) -> None:
        """Raise AppError for what would show the page to anybody on the network."""
        if self.host != LOOPBACK and not self.token:
            raise AppError(
                f"the page is shown to this machine alone ({LOOPBACK}) unless visitors must know a token; got --host "
                f"{self.host} without one: add --token, or leave --host out"
            )
        if self.token and len(self.token) < LEAST_TOKEN:
            raise AppError(
                f"a token has {LEAST_TOKEN} characters or more, so that nobody guesses it; this one has "
                f'{len(self.token)}: python -c "import secrets; print(secrets.token_urlsafe(24))" makes one'
            )

        if self.address and not HOST_NAME.fullmatch(self.address):
            raise AppError(
                f"an address is the name of a machine alone, as page.example.org is; got {shown(self.address)}: leave "
                "out https://, ports and paths"
            )

    @property
    def shown_address(self) -> str:
        """What stands in a browser's address bar before the port."""
        return self.address or self.host

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """The names by which browsers may call the page; () where it listens everywhere and no name is known."""
        if self.host in EVERYWHERE and not self.address:
            return ()
        return tuple(dict.fromkeys(["localhost", LOOPBACK, self.host, self.shown_address]))

    def write(self) -> Path:
        """Put them into the private folder, where nobody else reads the token."""
        path = self.spool / "settings.json"
        values = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(self).items()}
        write_whole(path, json.dumps(values).encode())
        return path

    @classmethod
    def read(cls, path: str | Path) -> "AppSettings":
        """What `write` wrote."""
        values: dict[str, Any] = json.loads(Path(path).read_bytes())
        for name in ("spool", "models", "results", "folder"):
            values[name] = None if values[name] is None else Path(values[name])
        return cls(**values)


def for_visitors(error: Exception, *folders: Path) -> str:
    """What went wrong, without where the server keeps its files; folders: those whose names may hold spaces.

    >>> for_visitors(AppError("/srv/models/a.zip is damaged; fit it again"))
    'a.zip is damaged; fit it again'
    """
    if not isinstance(error, HistoboostError):
        return "a file of the server cannot be read; try again, or tell whoever runs this page"
    words = str(error)
    for folder in folders:
        words = words.replace(f"{folder}/", "")
    return FOLDERS.sub("", words)
