"""Hold what two checkouts of this project make against each other: `python benchmarks/same_bits.py BEFORE AFTER`.

Each checkout, run by this Python, makes two parts in a folder of its own. demo: the synthetic fields, their
descriptors, a cross-validation, a bundle. ucsb: 58 real fields described by SqueezeNet with its real weights, a
cross-validation with its learning curve, a bundle, and answers for three images; it needs the folder of real data
beside the checkout. Then every table, every file of the cache, kept answers included, and every member of the bundles
are compared byte for byte. A line says what is equal, and of what differs the first place; any difference ends in exit
code 1.

Between two runs of one checkout these alone differ, and are left out:

- the folder of the run, absolute in images.json, settings.json and report.html: in its place stands RUN
- the first line of images.json, which is a checksum over such paths
- the column `seconds` of the answers

A bundle's card.md is words, which may change: it is compared with `--report`, as are the words and figures of reports,
and bundle.json is compared without what it says of the card. `--keep FOLDER` keeps what a clean BEFORE made under its
commit, and finds it there the next time; another machine, Python or other libraries need another FOLDER. Runs side by
side may share it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import pandas as pd

SHARED = Path(__file__).resolve().parents[2] / "shared"
DATA = (".csv", ".h5", ".json", ".safetensors", ".txt")
REPORT = (".html", ".md", ".png")
CARD, LIST, ANSWERS = "card.md", "bundle.json", "answers.csv"
RAN = "RAN"  # a file that says in which folder a part was made; there once all is
MANY = ("answers", "models", "images")  # folders of so many files that they share a line
PROTOCOL = ["--encoders", "squeezenet1_1", "--scale", "1", "--crops", "400,650", "--views", "4",
            "--crops-per-view", "4"]  # fmt: skip
FOLDS = ["--folds", "5", "--groups", "patient"]
ASKED = ("benign/ytma10_010704_benign1_ccd.jpg", "benign/ytma12_010804_benign1_ccd.jpg",
         "malignant/ytma10_010704_malignant1_ccd.jpg")  # fmt: skip
WHERE = """
import pipeline, featurize, boost, report
print(pipeline.__file__)
print(*(folder for room in (featurize, boost, report) for folder in room.__path__), sep="\\n")
"""

Command = list[str | Path]


def demo(place: Path, shared: Path) -> list[Command]:
    """The line on synthetic fields."""
    cache = place / "demo" / "cache" / "random"
    return [["demo", "--out", place], ["fit", "--folds", "6", "--cache", cache, "--models", place / "models"]]


def ucsb(place: Path, shared: Path) -> list[Command]:
    """The line on real fields; few views and crops, so that it takes two minutes."""
    data, weights = shared / "data" / "ucsb", ["--weights", shared / "weights", "--offline"]
    cache, bundle = ["--cache", place / "cache"], place / "models" / "ucsb.zip"
    asked = [data / name for name in ASKED]
    return [
        ["extract", "--data", data, *PROTOCOL, *weights, *cache, "--out", place],
        ["cv", *FOLDS, "--learning-curve", *cache, "--out", place],
        ["fit", *FOLDS, *cache, "--models", bundle.parent],
        ["predict", bundle, *asked, *weights, "--out", place / ANSWERS],
    ]


PARTS = {"demo": demo, "ucsb": ucsb}


def main() -> None:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="a checkout")
    parser.add_argument("after", type=Path, help="another one")
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of real images and weights")
    parser.add_argument("--only", choices=PARTS, help="this part only")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep what BEFORE makes here, or find it here")
    parser.add_argument("--report", action="store_true", help="compare tables, figures and words of reports too")
    options = parser.parse_args()
    before, after, shared = options.before.resolve(), options.after.resolve(), options.shared.resolve()
    suffixes = DATA + (REPORT if options.report else ())
    commit = commit_of(before)
    kept = options.keep / commit[:12] if options.keep and commit else None
    different = 0
    with TemporaryDirectory() as folder:
        scratch = Path(folder).resolve()
        for part in [options.only] if options.only else PARTS:
            old = find(part, kept) or make(part, before, scratch / "before" / part, shared)
            keep(old, kept)
            new = make(part, after, scratch / "after" / part, shared)
            different += compare(part, contents(old, suffixes), contents(new, suffixes))
    print("the same to the bit" if not different else f"{different} files differ")
    raise SystemExit(different > 0)


def make(part: str, checkout: Path, place: Path, shared: Path) -> Path:
    """Let a checkout make a part; returns its folder."""
    place.mkdir(parents=True)
    require_own_code(checkout)
    for command in PARTS[part](place, shared):
        print(f"{checkout}: {command[0]}", flush=True)
        python(checkout, "pipeline.py", *command)
    (place / RAN).write_text(str(place))
    return place


def find(part: str, kept: Path | None) -> Path | None:
    """The folder of a part that was kept."""
    if kept is None or not (kept / part / RAN).is_file():
        return None
    print(f"{part} is kept in {kept}", flush=True)
    return kept / part


def keep(place: Path, kept: Path | None) -> None:
    """Copy a part to where the next run finds it, whole or not at all."""
    if kept is None or (kept / place.name).exists():
        return
    unfinished = kept / f".{place.name}.{os.getpid()}"
    shutil.copytree(place, unfinished)
    with suppress(OSError):  # another run was quicker
        unfinished.rename(kept / place.name)
    shutil.rmtree(unfinished, ignore_errors=True)


def python(checkout: Path, *arguments: str | Path) -> str:
    """Run this Python in a checkout, without a GPU; returns what it printed, and ends all where that fails."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "CUDA_VISIBLE_DEVICES": ""}
    line = [sys.executable, *map(str, arguments)]
    done = subprocess.run(line, cwd=checkout, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"failed in {checkout}: {' '.join(line)}\n{done.stdout}{done.stderr}")
    return done.stdout


def require_own_code(checkout: Path) -> None:
    """An installed copy of the project is not to be taken for the checkout's."""
    for file in python(checkout, "-c", WHERE).splitlines():
        if not Path(file).resolve().is_relative_to(checkout):
            raise SystemExit(f"{file} would be run in the place of what is in {checkout}")


def commit_of(checkout: Path) -> str:
    """The commit of a clean checkout; "" where something was changed, or git does not know it."""
    git = ["git", "--no-optional-locks", "-C", str(checkout)]
    changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
    return "" if changed.returncode or changed.stdout else head.stdout.strip()


def contents(place: Path, suffixes: tuple[str, ...]) -> dict[str, bytes]:
    """What is compared, by name: files and members of bundles, without what differs from run to run."""
    found = {}
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if path.suffix == ".zip":
            found |= {f"{name}/{member}": content for member, content in members(path)}
        elif path.is_file():
            found[name] = path.read_bytes()
    chosen = {name: content for name, content in found.items() if Path(name).suffix in suffixes}
    return {name: lasting(name, content, place) for name, content in chosen.items()}


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """What a bundle holds; its list without the card."""
    with ZipFile(path) as file:
        for name in file.namelist():
            content = file.read(name)
            if name == LIST:
                listed = json.loads(content)
                del listed["members"][CARD]
                content = json.dumps(listed, indent=1).encode()
            yield name, content


def lasting(name: str, content: bytes, place: Path) -> bytes:
    """A file without what differs from run to run."""
    if name.endswith((".json", ".html")):
        content = content.replace((place / RAN).read_bytes(), b"RUN")
    if name.endswith("/images.json"):
        content = content.partition(b"\n")[2]
    if name == ANSWERS:
        table = pd.read_csv(place / name, dtype=str, keep_default_na=False)
        content = table.drop(columns="seconds").to_csv(index=False).encode()
    return content


def compare(part: str, old: dict[str, bytes], new: dict[str, bytes]) -> int:
    """Print a line for each file, or for a folder of many; returns how many files differ."""
    lines: dict[str, list[str]] = {}
    for name in sorted(old | new):
        lines.setdefault(together(name), []).append(name)
    count = 0
    for line, names in lines.items():
        different = [name for name in names if old.get(name) != new.get(name)]
        count += len(different)
        if different:
            first = different[0]
            more = f"; {len(different)} of {len(names)} files" if line.endswith("/") else ""
            print(f"DIFFERENT  {part}/{first}: {first_difference(old.get(first), new.get(first))}{more}")
        else:
            print(f"equal      {part}/{line}" + (f", {len(names)} files" if line.endswith("/") else ""))
    return count


def together(name: str) -> str:
    """The folder of files that are too many for a line each, or the file itself."""
    folders = [f"/{folder}/" for folder in MANY if f"/{folder}/" in name]
    return name.partition(folders[0])[0] + folders[0] if folders else name


def first_difference(old: bytes | None, new: bytes | None) -> str:
    """Where two files part: line and text, or the byte where they are no text."""
    if old is None or new is None:
        return f"only {'AFTER' if old is None else 'BEFORE'} has it"
    at = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    place = f"byte {at} of {len(old)}" + (f" and {len(new)}" if len(new) != len(old) else "")
    if b"\0" in old + new:
        return place
    line, around = old.count(b"\n", 0, at) + 1, slice(max(0, at - 20), at + 40)
    texts = [repr(content[around].decode(errors="replace")) for content in (old, new)]
    return f"line {line}, {place}: {texts[0]} against {texts[1]}"


if __name__ == "__main__":
    main()
