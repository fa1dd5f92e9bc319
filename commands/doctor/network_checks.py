"""Whether the weights of networks are here, would be downloaded, or must be got by hand; none is downloaded or run."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread
from time import perf_counter
from urllib.error import URLError
from urllib.request import Request, urlopen

from commands.doctor.check_result import Check
from featurize.encoders.registry import ENCODERS, Encoder

PATIENCE = 1.0  # seconds for all servers together
MOST_READ = 1 << 30  # bytes of a file whose checksum is taken
MEGA = 1e6
HUB = "https://huggingface.co/"


def weight_checks(encoders: Sequence[Encoder], source: str, offline: bool) -> Iterator[Check]:
    """The weights of each network in a line, and how many of the others' are here."""
    from featurize.encoders.sources.automatic import is_here
    from featurize.encoders.weights import WeightsError, require_one_each

    try:
        require_one_each(encoders, source)
    except WeightsError as error:
        yield Check("weights", "problem", str(error), f"`encoders check NAME --weights {source}` tries a single one")
        return
    lacking = [encoder for encoder in encoders if source == "auto" and not is_here(encoder)]
    online = reachable([page_of(encoder) for encoder in lacking]) if not offline else set()
    for encoder in encoders:
        yield weight_check(encoder, source, page_of(encoder) in online)
    others = [encoder for encoder in ENCODERS.values() if encoder not in encoders]
    here = [encoder.name for encoder in others if is_here(encoder)]
    listed = f": {', '.join(here[:3])}{' and others' * (len(here) > 3)}" if here else ""
    yield Check("other weights", "ok", f"{len(here)} of {len(others)} further networks have theirs here{listed}")


def weight_check(encoder: Encoder, source: str, online: bool) -> Check:
    """The weights of a network: found, to be downloaded, or to be got by hand."""
    from featurize.encoders.sources.automatic import found_here
    from featurize.encoders.weights import WeightsError, find_weights

    what = f"weights of {encoder.name}"
    try:
        if source != "auto":
            path = find_weights(encoder, source, offline=True)
            return _found(what, encoder, path) if path else Check(what, "note", "random, as asked: to try things out")
        here = found_here(encoder)
    except WeightsError as error:
        return Check(what, "problem", str(error))
    if here is not None:
        return _found(what, encoder, here)
    return _remembered(what, encoder) or _to_be_had(what, encoder, online)


def _found(what: str, encoder: Encoder, path: Path) -> Check:
    """Where a file lies, and who trained it."""
    from featurize.encoders.files.safetensors_file import bytes_of
    from featurize.encoders.provenance import UNKNOWN, provenance
    from featurize.encoders.weights import WeightsError

    place = f"{path.name} in {path.parent}"
    if bytes_of(path) > MOST_READ:
        return Check(what, "ok", f"{place}; `encoders check {encoder.name}` looks into it")
    try:
        known = provenance(encoder, path)
    except WeightsError as error:
        return Check(what, "problem", str(error))
    if known.weights == UNKNOWN:
        return Check(what, "note", f"{place}; who trained it is not known")
    return Check(what, "ok", f"{place}: {known.weights}")


def _remembered(what: str, encoder: Encoder) -> Check | None:
    """A file in a folder that an earlier run was given; None where there is none."""
    from featurize.encoders.files.safetensors_file import bytes_of
    from featurize.encoders.sources.remembered_files import is_published, remembered_files

    path, place = next(remembered_files(encoder), (None, None))
    if path is None:
        return None
    if bytes_of(path) <= MOST_READ and is_published(encoder, path):
        return Check(what, "ok", f"{path.name} in {place}, which an earlier run was given")
    found = f"{path.name} in {place}, which an earlier run was given; bundles and runs made with it find it there"
    return Check(what, "note", found, f"extract takes it with --weights {place}")


def _to_be_had(what: str, encoder: Encoder, online: bool) -> Check:
    """How weights that are nowhere here will come."""
    from featurize.encoders.sources.published_file import download_path, download_url

    page = page_of(encoder)
    if not page:
        return Check(what, "problem", "not here, and no place is known that has them", "give a file with --weights")
    if encoder.library == "keras":
        return Check(what, "problem", "not here", f"get {page} and give its folder with --weights")
    size = f"about {4 * encoder.parameters / MEGA:,.0f} MB"
    if online and encoder.gated:
        return Check(what, "note", f"not here; extract downloads them ({size}) once you have asked for them at {page}")
    if online:
        return Check(what, "ok", f"will be downloaded by extract ({size})")
    if download_url(encoder):
        way = f"get {page} and put it into {download_path(encoder).parent}, or --weights FOLDER"
    else:
        asked = " (ask for it there first)" if encoder.gated else ""
        way = f"get model.safetensors of {page}{asked} and give its folder with --weights"
    return Check(what, "problem", "not here; offline", way)


def page_of(encoder: Encoder) -> str:
    """Where the weights are published; "" where nobody knows."""
    from featurize.encoders.sources.published_file import download_url

    return download_url(encoder) or (f"{HUB}{encoder.hub}" if encoder.hub else "")


def reachable(pages: Sequence[str]) -> set[str]:
    """The pages that a server answers for, all asked at once, and within a second; nothing is downloaded."""
    answered: set[str] = set()

    def ask(page: str) -> None:
        try:
            with urlopen(Request(page, method="HEAD"), timeout=PATIENCE) as answer:
                if answer.status < 400:
                    answered.add(page)
        except (URLError, OSError, ValueError):
            return

    # looking up a name may take longer than any timeout: these threads are not waited for
    asking = [Thread(target=ask, args=(page,), daemon=True) for page in dict.fromkeys(pages) if page]
    for thread in asking:
        thread.start()
    ends = perf_counter() + PATIENCE
    for thread in asking:
        thread.join(max(0.0, ends - perf_counter()))
    return set(answered)
