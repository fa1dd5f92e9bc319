"""The command fuse: runs, or bundles, of the same images and folds become one, in which each has one vote."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cohort.files.lock import writing
from cohort.files.stored_paths import is_file_name
from commands import options
from commands.bundles.predict import open_bundle
from commands.options import OneOf, names
from commands.run_settings.written_settings import keep_settings, keep_settings_beside
from commands.terminal import console, plainly, show_report
from workflow.bundles.aims import AIMS

BUNDLE = ".zip"

Runs = Annotated[
    list[str], typer.Argument(help="Runs of cv and finetune, by name in results/ or by folder; or bundles, NAME.zip.")
]
Name = Annotated[str | None, typer.Option(help="Of the fused run or bundle; default: the names, joined by +.")]
Aim = OneOf[str | None, AIMS, typer.Option(help="Operating point of a fused bundle; default: that of the first.")]


@plainly
def fuse_command(
    runs: Runs,
    name: Name = None,
    positive: options.Positive = None,
    two_class: options.TwoClass = None,
    aim: Aim = None,
    out: options.Results = Path("results"),
    models: options.Models = Path("models"),
    figures: options.Figures = "png",
    raw_csv: options.RawCsv = False,
    verbose: options.Verbose = False,
    no_lock: options.NoLock = False,
) -> None:
    """Average what several runs, or bundles, answer: boosted and trained ones, of the same images in the same folds.

    Each has one vote, however many models are in it. Runs become a run in results/, with a report of its own; bundles
    become a bundle in models/.
    """
    from workflow.fusing.same_images import FusionError

    are_bundles = [run.endswith(BUNDLE) for run in runs]
    if len(runs) < 2 or any(are_bundles) != all(are_bundles):
        raise FusionError("two runs or more are fused, or two bundles (NAME.zip) or more; not one, nor both kinds")
    paths = [_bundle_file(run, models) if run.endswith(BUNDLE) else _folder(run, out) for run in runs]
    _require_once(paths)
    called = _called(paths)
    fused = name or "+".join(called)
    if not is_file_name(fused):
        raise FusionError(
            f"what is fused cannot be named {fused!r}: it becomes a file or a folder; give another --name"
        )
    if all(are_bundles):
        _fuse_bundles(paths, called, models / f"{fused}{BUNDLE}", names(positive), two_class, aim, no_lock)
    else:
        _fuse_runs(paths, called, out / fused, names(positive), two_class, figures, raw_csv, verbose, no_lock)


def _bundle_file(run: str, models: Path) -> Path:
    """The file of a bundle, where it is or in the folder of bundles."""
    return Path(run) if Path(run).is_file() else models / run


def _folder(run: str, results: Path) -> Path:
    """The folder of a run, by its path or by its name."""
    return Path(run) if (Path(run) / "settings.json").is_file() else results / run


def _require_once(paths: Sequence[Path]) -> None:
    """Raise FusionError for a run that is named twice: it would have two votes."""
    from workflow.fusing.same_images import FusionError

    places = [path.resolve() for path in paths]
    twice = [path for number, path in enumerate(paths) if places[number] in places[:number]]
    if twice:
        raise FusionError(f"{twice[0]} is named twice; each run has one vote: name it once")


def _called(paths: Sequence[Path]) -> list[str]:
    """What each is called: its name, with a number where two have one name."""
    called: list[str] = []
    for path in paths:
        name = path.resolve().name.removesuffix(BUNDLE)
        number = sum(path.resolve().name.removesuffix(BUNDLE) == name for path in paths[: len(called)])
        called.append(f"{name}-{number + 1}" if number else name)
    return called


def _fuse_runs(
    paths: Sequence[Path],
    called: Sequence[str],
    folder: Path,
    positive: list[str] | None,
    two_class: str | None,
    figures: options.Figures,
    raw_csv: bool,
    verbose: bool,
    no_lock: bool,
) -> None:
    """Write the fused run, as cv writes one."""
    from report.out_of_fold import out_of_fold_of
    from workflow.fusing.fused_runs import fused_run, read_votes
    from workflow.run_folder import auc_of_run, report_on, save

    votes = [read_votes(path, name) for path, name in zip(paths, called, strict=True)]
    run = fused_run(votes, folder.name)
    first = votes[0].settings
    wanted = positive or first.get("positive")
    fusion = out_of_fold_of(run.fused, wanted, two_class or first.get("two_class"), auc_of_run(run.settings))
    settings = run.settings | {"positive": fusion.positive, "two_class": fusion.rule if fusion.positive else None}
    folds = run.files if "fold" in run.files.columns else run.fused
    with writing(folder, lock=not no_lock):
        save(folder, folds["image"], folds["fold"], run.table, run.fused, run.files, settings, {})
        keep_settings(folder)
        groups = report_on(
            folder, fusion, run.table, run.files, {}, settings, figures=figures, raw=raw_csv, brief=not verbose
        )
        show_report(groups, folder, verbose)


def _fuse_bundles(
    paths: Sequence[Path],
    called: Sequence[str],
    path: Path,
    positive: list[str] | None,
    two_class: str | None,
    aim: str | None,
    no_lock: bool,
) -> None:
    """Write the fused bundle."""
    with console.status(f"opening {', '.join(called)}"):
        bundles = {name: open_bundle(file) for name, file in zip(called, paths, strict=True)}
        from workflow.fusing.fused_bundle import parts_of, write_fused

        parts = parts_of(bundles)
    with writing(path.parent, path.stem, not no_lock), console.status(f"writing {path}"):
        write_fused(path, parts, positive, two_class, AIMS[aim] if aim else None)
        keep_settings_beside(path)
    console.print(f"{len(parts)} bundles in {path}, {path.stat().st_size / 2**20:.1f} MiB")
