"""The file of settings that a command leaves beside what it made, for --config, and for a paper to go with.

A folder has one run.toml with a table for each command that wrote there; a command renews its own. A run of cv has the
table of extract too, as it lies beside the descriptors that were read.
"""

from collections.abc import Iterable
from pathlib import Path
from time import sleep
from typing import Any

import tomli_w

from cohort.checks.notices import Notice
from cohort.files.atomic import write_whole
from cohort.files.lock import LockedError, LockError, writing
from commands.run_settings.asked_values import asked_now
from commands.run_settings.config_file import VERSION, ConfigError, read_config
from commands.terminal import warn
from featurize.store.store import Store, versions
from featurize.store.variants import asked_of_extract

RUN_FILE = "run.toml"
EXTRACT = "extract"  # whose settings belong to the descriptors that were read, and to no others
LOCK = "run-toml"  # of its own: the commands that write to a folder hold it in different ways, or not at all
TRIES, PAUSE = 50, 0.1  # seconds; writing the file takes a moment
HEADING = """\
# What histoboost was asked, each command in a table. `python pipeline.py COMMAND --config FILE` asks it again; options
# given beside --config win. What belongs to the machine (cache, jobs, device, where weights lie ...) is not in here.

"""


def keep_settings(folder: Path, descriptors: Iterable[Store] | None = None) -> None:
    """Write what the command that runs now was asked into a folder, beside what other commands there were asked.

    descriptors: those that it read; the index beside them knows what extract was asked.
    """
    path = folder / RUN_FILE
    is_locked = not asked_now().values.get("no-lock", False)
    for _ in range(TRIES):
        try:
            with writing(folder, LOCK, is_locked):
                return _write(path, _tables(path), descriptors)
        except LockedError:  # another command renews its own table
            sleep(PAUSE)
        except LockError:  # a disk without locks, of which the command has no need
            break
    _write(path, _tables(path), descriptors)


def keep_settings_beside(file: Path, descriptors: Iterable[Store] | None = None) -> None:
    """Write what the command that runs now was asked beside the one file that it made: answers-run.toml."""
    _write(file.with_name(f"{file.stem}-{RUN_FILE}"), {}, descriptors)


def _tables(path: Path) -> dict[str, Any]:
    """What a file has already; nothing where there is none, or a damaged one."""
    if not path.exists():
        return {}
    try:
        tables = read_config(path)
        tomli_w.dumps(tables)
    except (ConfigError, RecursionError) as error:
        warn([Notice("settings-file", f"what {path} had is not kept: {error}")])
        return {}
    return tables


def settings_now() -> dict[str, Any]:
    """What the command that runs now was asked, and the version of the program, as a table of a file."""
    settings = {VERSION: versions(["histoboost"])["histoboost"]}
    return settings | {key: value for key, value in asked_now().settings.items() if _is_text(value)}


def _write(path: Path, tables: dict[str, Any], descriptors: Iterable[Store] | None) -> None:
    """Put the command's table, and that of extract where it read descriptors, among the others."""
    if descriptors is not None:
        tables.pop(EXTRACT, None)
        tables |= _table_of_extract(path, list(descriptors))
    tables[asked_now().command] = settings_now()
    for key, value in asked_now().settings.items():
        if not _is_text(value):
            words = f"{path} has no {key}: {value!a} cannot be written as UTF-8; give it on the command line"
            warn([Notice("settings-file", words)])
    write_whole(path, (HEADING + tomli_w.dumps(tables)).encode())


def _table_of_extract(path: Path, descriptors: list[Store]) -> dict[str, Any]:
    """The table of the extract that described all that was read; none where several did, which is told."""
    asked = asked_of_extract(descriptors)
    if asked:
        return {EXTRACT: asked}
    if (descriptors[0].path.parent / RUN_FILE).exists():  # else an older version made them, or a notebook
        words = f"{path} has no [{EXTRACT}]: no single extract is known to have made all these descriptors"
        warn([Notice("settings-file", f"{words}; name their networks and crops in one, which skips what is there")])
    return {}


def _is_text(value: Any) -> bool:
    """Whether a value can stand in a file of text; names of files may be any bytes."""
    try:
        tomli_w.dumps({"value": value}).encode()
    except UnicodeEncodeError:
        return False
    return True
