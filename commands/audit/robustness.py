"""The command robustness: held-out images altered on purpose, described anew, and answered again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from joblib import cpu_count

from cohort.files.lock import writing
from cohort.layouts.found import Choice
from cohort.read_dataset import read_dataset
from cohort.samples import Dataset, DatasetError
from commands import options
from commands.audit.measure_and_tell import folder_of_measures, measured_images, print_lines, warn_in_a_line
from commands.bundles.predict import Weights, bundle_path, open_bundle
from commands.options import OneOf
from commands.run_settings.written_settings import keep_settings
from commands.terminal import console, duration, plainly, show_report, tell, track, warn

if TYPE_CHECKING:
    import numpy as np

    from boost.bundle.bundle import Bundle as OpenedBundle
    from workflow.answering.describer import AllDescribers
    from workflow.robustness.altered_answers import Answered, Describer, Preset, Rendering
    from workflow.robustness.held_out_run import HeldOutRun
    from workflow.robustness.tested_images import TestedImages, Voter

PRESETS = ("draft", "fast", "full")  # of workflow.robustness.altered_answers, which loads PyTorch
LONG = 600  # seconds, after which a draft is proposed

Run = Annotated[str | None, typer.Argument(help="A run of cv: its name in results/, or its folder.")]
Data = Annotated[Path | None, typer.Option(help="Labelled images of others instead, with --bundle.")]
Bundle = Annotated[str | None, typer.Option(help="Name of the bundle that answers for --data, or its file.")]
How = OneOf[
    str,
    PRESETS,
    typer.Option(
        help="draft: 30 images, one view, two values an alteration, minutes; fast: 300 images, three views; full: all."
    ),
]
Intervene = Annotated[
    bool,
    typer.Option("--intervene", help="Re-render images as those of another class were made: does the model use it?"),
]
Out = Annotated[Path | None, typer.Option(help="Folder to write to; default: the run's, or results/BUNDLE-on-DATA.")]


@plainly
def robustness(
    name: Run = None,
    data: Data = None,
    bundle: Bundle = None,
    preset: How = "draft",
    intervene: Intervene = False,
    layout: options.Layout = None,
    classes: options.Classes = None,
    magnification: options.Magnification = None,
    out: Out = None,
    figures: options.Figures = "png",
    raw_csv: options.RawCsv = False,
    weights: Weights = None,
    offline: options.Offline = False,
    device: options.Device = "auto",
    models: options.Models = Path("models"),
    results: options.Results = Path("results"),
    jobs: options.Jobs = 0,
    no_lock: options.NoLock = False,
) -> None:
    """How answers change with JPEG quality, hue, stain, light, blur, noise, resolution and rotation of the images.

    Held-out images of a run are altered, described anew and answered by the models that never saw them. Begin with the
    draft, which takes minutes. Interrupt at any time: the next run goes on.
    """
    if name is not None and data is None and bundle is None:
        at_work, folder = _of_run(Path(name) if (Path(name) / "settings.json").is_file() else results / name)
    elif name is None and data is not None and bundle is not None:
        dataset = read_dataset(data, choice=Choice(layout, classes, magnification))
        at_work, folder = _of_bundle(bundle_path(bundle, models), dataset, results)
    else:
        raise DatasetError("name a run of cv, or give --data with --bundle")
    folder = out or folder
    describer = _describer_of(at_work, weights, offline, device)
    with describer as by, writing(folder, "robustness", not no_lock):
        if intervene:
            _intervene(at_work, by, folder, preset, jobs)
        else:
            _curves(at_work, by, folder, preset, jobs, figures, raw_csv)
    keep_settings(folder)
    if at_work.run is not None:
        at_work.run.forget_models()


@dataclass(frozen=True, eq=False)
class AtWork:
    """Images, and the models that answer for them."""

    tested: "TestedImages"
    voter: "Voter"
    run: "HeldOutRun | None" = None  # whose models are fitted where an answer is missing
    bundle: "OpenedBundle | None" = None  # or which answers


def _of_run(path: Path) -> tuple[AtWork, Path]:
    """The held-out images of a run, with the folder of what is written."""
    from workflow.robustness.fold_models import RunModels
    from workflow.robustness.held_out_run import open_run

    with console.status(f"opening {path}"):
        run = open_run(path)
        return AtWork(run.tested(), RunModels(run, {}), run), path


def _of_bundle(path: Path, dataset: Dataset, results: Path) -> tuple[AtWork, Path]:
    """Images of others, which a bundle answers for."""
    with console.status(f"opening {path} and reading {len(dataset.samples)} images"):
        bundle = open_bundle(path)
        from workflow.bundles.seen_in_training import doubts_of, patients_of_training
        from workflow.robustness.bundle_voter import BundleVoter, images_for

        tested = images_for(bundle, dataset)
        at_work = AtWork(tested, BundleVoter(bundle), bundle=bundle)
    warn_in_a_line(doubts_of(bundle, tested.samples, patients_of_training(bundle)))
    return at_work, results / f"{path.stem}-on-{dataset.name}"


def _describer_of(at_work: AtWork, weights: str | None, offline: bool, device: str) -> "AllDescribers":
    """What describes the images: the networks of a run, or all that a bundle has."""
    from workflow.answering.bundle_describer import describer_of
    from workflow.answering.describer import AllDescribers
    from workflow.answering.encoder_views import EncoderDescriber
    from workflow.bundles.compatibility import pool_of

    if at_work.bundle is not None:
        return describer_of(at_work.bundle, weights, offline, device)
    run = cast("HeldOutRun", at_work.run)
    return AllDescribers([EncoderDescriber(run.protocols, pool_of(run, run.protocols, weights, offline, device))])


def _curves(
    at_work: AtWork, by: "AllDescribers", folder: Path, preset: str, jobs: int, figures: options.Figures, raw: bool
) -> None:
    """Answer for every image at every setting, and write what that comes to."""
    from report.robust.robust_chapter import findings
    from report.robust.robust_page import write_robustness
    from workflow.robustness.altered_answers import PRESETS as HOW
    from workflow.robustness.altered_answers import settings_of
    from workflow.robustness.robustness_of import renderings_of, robustness_of

    how = HOW[preset]
    images = at_work.tested.few(how.images or len(at_work.tested))
    settings = settings_of(how)
    console.print(f"{at_work.tested.name}: {len(images)} of {len(at_work.tested)} images, {len(settings)} alterations")
    describer, answered = _answered(at_work, images, renderings_of(images, settings), by, folder, how, jobs)
    result = robustness_of(images, describer.voter, answered, settings, describer.views)
    asked = {"command": "robustness", "preset": preset, "data": images.data}
    show_report(write_robustness(folder, result, asked, figures, raw), folder)
    print_lines(findings(result))


def _intervene(at_work: AtWork, by: "AllDescribers", folder: Path, preset: str, jobs: int) -> None:
    """Answer for every image as others were made, and write whether answers hang on that."""
    from workflow.robustness.altered_answers import PRESETS as HOW
    from workflow.robustness.intervention import donors_of, interventions_for, used_by
    from workflow.robustness.used_by_files import USED_BY, write_used_by

    how, tested = HOW[preset], at_work.tested
    chosen = set(tested.few(how.images or len(tested)).images)
    donors = {row: of_image for row, of_image in donors_of(tested).items() if tested.images[row] in chosen}
    if not donors:
        raise DatasetError("no image has another patient of its own class and one of another class; add patients")
    console.print(f"{tested.name}: {len(donors)} of {len(tested)} images, each made as four others were")
    work = interventions_for(tested, donors)
    describer, answered = _answered(at_work, tested, work, by, folder, how, jobs)
    probes = {} if at_work.run is None else _probes(at_work.run, tested, folder, jobs)
    use = used_by(tested, describer.voter, answered, donors, probes)
    write_used_by(folder, use)
    print_lines(use.sentences())
    console.print(f"written to {folder / USED_BY}")


def _probes(run: "HeldOutRun", tested: "TestedImages", folder: Path, jobs: int) -> "dict[str, np.ndarray]":
    """Which images the best probes get right; none where an image of the run cannot be measured."""
    from workflow.robustness.probe_answers import dataset_of, probe_answers

    kept = folder_of_measures(Path(run.settings["cache"]), tested.data, folder)
    measured, refused = measured_images(dataset_of(tested), None, kept, jobs)
    return {} if refused else probe_answers(tested, measured)


def _answered(
    at_work: AtWork, images: "TestedImages", work: "Mapping[int, Sequence[Rendering]]", by: "AllDescribers",
    folder: Path, how: "Preset", jobs: int,
) -> "tuple[Describer, list[Answered]]":  # fmt: skip
    """All answers, those that an earlier run has left and those that are made now; says how long that takes."""
    from workflow.robustness.altered_answers import Describer, most_views
    from workflow.robustness.fold_models import fitted_models
    from workflow.robustness.kept_answers import KeptAnswers

    count = most_views(by, how.views)
    kept = KeptAnswers.of(folder / "robustness", at_work.voter.key, count)
    describer = Describer(images, at_work.voter, by, count, kept)
    lacking = {row: describer.missing(row, renderings) for row, renderings in work.items()}
    missing = {row: renderings for row, renderings in lacking.items() if renderings}
    if missing:
        if at_work.run is not None:
            units = list(track("fitting", at_work.run.fitted(jobs or cpu_count()), at_work.run.units))
            warn(at_work.run.doubts(units))
            describer = replace(describer, voter=fitted_models(at_work.run))
        workers = min(describer.workers(jobs), len(missing))
        answers = sum(map(len, missing.values()))
        left = describer.seconds(missing) * answers / workers
        console.print(f"{answers:,} answers to make, views of each: {count}; about {duration(left)}")
        if left > LONG and not how.few:
            console.print("--preset draft tells most of it in minutes")
    answered = list(track("answering", describer.answers(work, jobs), len(work)))
    for one in answered:
        if one.refused:
            tell(f"left out: {one.refused}")
    if all(one.refused for one in answered):
        raise DatasetError("none of the images could be answered")
    return describer, answered
