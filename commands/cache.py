"""The command cache: what the cache holds, whether it is whole, how to make it whole, and what nobody needs."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from cohort.samples import Sample
from commands import options
from commands.run_settings.configured import Commands
from commands.terminal import console, duration, plainly, tell, track
from featurize.store.changed_images import changes
from featurize.store.file_format import CacheError
from featurize.store.gather import store_files
from featurize.store.image_index import ImageIndex, read_image_index
from featurize.store.integrity import Finding
from featurize.store.store import Store
from imaging.errors import shown

app = Commands(no_args_is_help=True, help="Look after the cache: ls, verify, repair, gc.")
MEBI = 2**20


@app.command()
@plainly
def ls(cache: options.Cache = Path("cache"), name: options.Name = None) -> None:
    """List what is cached: protocol, images done, size, age."""
    from featurize.store.cleanup import ls as listed

    headers = ("data set", "variant", "key", "images", "MiB", "age", "protocol")
    table = Table(*(Column(header, overflow="fold") for header in headers), box=None)
    for one in listed(cache, name):
        done = f"{one.done} of {one.total}" if not one.problem else "?"
        table.add_row(shown(one.name), shown(one.variant), shown(one.key), done, f"{one.bytes / MEBI:,.1f}",
                      duration(one.age), shown(one.protocol or one.problem))  # fmt: skip
    console.print(table)


@app.command()
@plainly
def verify(cache: options.Cache = Path("cache"), name: options.Name = None) -> None:
    """Read every byte and name each damaged file and image; exit code 1 when there are any."""
    from featurize.store.integrity import verify as damage

    with console.status("reading every byte"):
        found = damage(cache, name)
    for finding in found:
        tell(in_words(finding))
    if found:
        tell(f"{len(found)} damaged; `python pipeline.py cache repair` redoes just those")
        raise typer.Exit(1)
    console.print("every checksum is right")


@app.command()
@plainly
def repair(
    cache: options.Cache = Path("cache"),
    name: options.Name = None,
    weights: options.Weights = "auto",
    offline: options.Offline = False,
    jobs: options.Jobs = 0,
    no_lock: options.NoLock = False,
) -> None:
    """Make damaged files whole again and describe just the damaged images anew, where their files still are."""
    from featurize.store.integrity import repair as mend

    done = mend(cache, name, not no_lock)
    for finding in done:
        console.print(in_words(finding))
    if not done:
        console.print("nothing is damaged")
    for folder in sorted({finding.file.parent for finding in done}):
        redo(folder, done, weights, offline, jobs, not no_lock)


@app.command()
@plainly
def gc(
    cache: options.Cache = Path("cache"),
    name: options.Name = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    no_lock: options.NoLock = False,
) -> None:
    """Delete what no protocol uses, after asking: leftovers of killed runs, other formats, rows of images now gone."""
    from featurize.store.cleanup import delete
    from featurize.store.cleanup import gc as unused

    found = unused(cache, name)
    for one in found:
        console.print(f"{shown(one.file)}  {one.bytes / MEBI:,.1f} MiB  {shown(one.why)}")
    if not found:
        console.print("everything here is in use")
    elif yes or typer.confirm(f"delete these {len(found)}?"):
        console.print(f"{delete(found, not no_lock) / MEBI:,.1f} MiB are free now")


def in_words(finding: Finding) -> str:
    """A finding in a line."""
    return ": ".join(shown(part) for part in (finding.file, finding.image, finding.what) if part)


def redo(folder: Path, findings: list[Finding], source: str, offline: bool, jobs: int, lock: bool) -> None:
    """Describe the damaged images of a data set anew, those whose files are where they were and unchanged."""
    from cohort.files.lock import writing
    from featurize.encoders.encoder_pool import EncoderPool
    from featurize.encoders.sources.settle_weights import settle_weights
    from featurize.extract import extract, workers

    index: ImageIndex = {}
    with suppress(CacheError):  # left as it is, as was told
        index = read_image_index(folder)
    for path in store_files(folder):
        try:
            store = Store(path)
        except CacheError:  # left as it is, as was told
            continue
        images = damaged_images(store, findings)
        samples = unchanged_samples(store, images, index)
        if len(samples) < len(images):
            console.print(f"{len(images) - len(samples)} images are not where they were, or changed: run extract again")
        if not samples:
            continue
        name = store.protocol.encoder
        weights = "random" if store.encoder.get("file") == "random" else source
        with writing(folder, lock=lock), EncoderPool({}) as pool:
            settle_weights(pool, name, store.protocol.weights, weights, offline)
            work = extract(samples, [store], pool, workers(pool, jobs))
            list(track(f"redoing {store.protocol.variant}", work, len(samples)))


def damaged_images(store: Store, findings: list[Finding]) -> list[str]:
    """The images that lack a row because of what was found; a file made anew lacks rows by itself."""
    of_this_file = [finding for finding in findings if finding.file == store.path]
    made_anew = any(finding.image is None for finding in of_this_file)
    named = {finding.image for finding in of_this_file}
    lacking = [image for image, done in zip(store.rows, store.done, strict=True) if not done]
    return sorted(image for image in lacking if made_anew or image in named)


def unchanged_samples(store: Store, images: list[str], index: ImageIndex) -> list[Sample]:
    """Those of the images whose files are where they were, with the content that was described."""
    there = [image for image in images if image in index and Path(index[image].path).is_file()]
    changed = changes(index, [store], there).changed
    return [Sample(image, Path(index[image].path), "") for image in there if image not in changed]
