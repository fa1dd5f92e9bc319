"""The command fit: the models of a cross-validation become one file that answers for new images."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boost.settings import BoostError
from cohort.files.lock import writing
from cohort.files.stored_paths import is_file_name
from commands.options import Models, OneOf, names, takes
from commands.run_settings.written_settings import keep_settings_beside
from commands.terminal import console, plainly, track, warn
from commands.training_options import TrainingOptions
from featurize.store.gather import require_same
from workflow.bundles.aims import AIMS, DEFAULT

if TYPE_CHECKING:
    from workflow.bundles.finished_run import FinishedRun


@dataclass(frozen=True)
class FitOptions(TrainingOptions):
    """What `fit` is asked."""

    run: Annotated[
        str | None,
        typer.Option(help="A run of finetune, by its name in results/ or its folder: its networks become the bundle."),
    ] = None
    name: Annotated[str | None, typer.Option(help="Name of the bundle, MODELS/NAME.zip; default: the data set's.")] = (
        None
    )
    data_set: Annotated[
        str | None, typer.Option(help="Data set in the cache; default: the one called NAME, or the only one.")
    ] = None
    aim: OneOf[
        str,
        AIMS,
        typer.Option(
            help="Operating point: sensitivity of 95 % or more, the largest sensitivity + specificity, or 0.5."
        ),
    ] = DEFAULT
    models: Models = Path("models")
    with_thumbnails: Annotated[
        bool,
        typer.Option(
            "--with-thumbnails",
            help="Keep small copies of training images in the bundle, to be shown beside answers near to them: images "
            "of patients then travel with it.",
        ),
    ] = False

    @property
    def changed(self) -> list[str]:
        """The options that were given, and of which a run of finetune knows its own answer."""
        ours = ("run", "name", "aim", "models", "positive", "two_class", "sets", "no_lock", "with_thumbnails")
        differing = []
        for field in fields(self):
            if field.name not in ours and getattr(self, field.name) != field.default:
                differing.append("--" + field.name.replace("_", "-"))
        return differing


@plainly
@takes(FitOptions)
def fit(asked: FitOptions) -> None:
    """Keep the models of all folds, seeds, heads and variants as one file, models/NAME.zip, for `predict`.

    The models are those of cv under the same options; what was trained before an interruption is not trained again.
    With --run they are the networks that finetune trained.
    """
    if asked.run is not None:
        _fit_run(asked, asked.run)
    else:
        _fit_heads(asked)


def _fit_run(asked: FitOptions, name: str) -> None:
    """Keep the networks of a run of finetune."""
    from workflow.bundles.finished_run import AGAIN, open_finished
    from workflow.run_folder import RunError

    if asked.changed:
        raise RunError(
            f"{', '.join(asked.changed)} decide how boosted models are trained; the networks of {name} are trained "
            f"already: leave these options out, or {AGAIN}"
        )
    folder = Path(name) if (Path(name) / "settings.json").is_file() else Path("results") / name
    bundle = asked.name or folder.resolve().name
    _require_file_name(bundle, asked.models)
    with console.status(f"opening {folder}"):
        run = open_finished(folder)
    path = asked.models / f"{bundle}.zip"
    with writing(asked.models, path.stem, not asked.no_lock):
        _write_run(asked, run, path)
    keep_settings_beside(path)
    count = len(run.members) * len(run.cohort.held_out_folds)
    console.print(f"{count} networks in {path}, {path.stat().st_size / 2**20:.1f} MiB")


def _write_run(asked: FitOptions, run: "FinishedRun", path: Path) -> None:
    """Ask the networks about the images once more, symmetry by symmetry, and write the bundle."""
    from featurize.plan import choose_device
    from workflow.bundles.trained_bundle import answered, write_trained

    device = choose_device("auto")
    work = (answered(run, member, device) for member in run.members)
    done = list(track("answering", work, len(run.members)))
    positive = names(asked.positive) or run.settings.get("positive")
    rule = asked.two_class or run.settings.get("two_class")
    with console.status(f"writing {path}"):
        warn(write_trained(path, run, done, positive, rule, AIMS[asked.aim], asked.sets, asked.with_thumbnails))


def _fit_heads(asked: FitOptions) -> None:
    """Keep the models of cv."""
    from boost.crossval import cross_validate
    from boost.model_cache import ModelCache, open_caches
    from boost.uncertainty.calibrate import RECALIBRATED, TEMPERATURE
    from commands.training import images_in_folds, tell_training
    from workflow.bundles.fitted_bundle import write_fitted
    from workflow.run_folder import file_facts

    if asked.name:  # a data set's own name is that of a folder
        _require_file_name(asked.name, asked.models)
    images, cohort = images_in_folds(asked, asked.data_set or _data_set(asked.cache, asked.name))
    path = asked.models / f"{asked.name or images.name}.zip"
    descriptors, settings, heads = images.descriptors, asked.boost, asked.members
    cache = open_caches(ModelCache, images.folder, cohort, descriptors, settings, heads)
    choices = {
        "seed": asked.seed,
        "folds file": file_facts(asked.folds_file),
        "labels": file_facts(asked.labels),
        "tables": dict(images.tables),
    }
    folds = {"groups": asked.groups or "patient", "unknown_patients": asked.unknown_patients, "chosen": choices}
    positive, aim = names(asked.positive), AIMS[asked.aim]
    with writing(asked.models, path.stem, not asked.no_lock):
        fitted = cross_validate(cohort, descriptors, settings, asked.workers, cache, heads)
        units = list(track("fitting", fitted, len(descriptors) * len(heads) * len(cohort.held_out_folds)))
        require_same(images.stores)
        tell_training(units)
        with console.status(f"writing {path}"):
            copies = write_fitted(
                path,
                images,
                cohort,
                units,
                cache,
                settings,
                heads,
                folds,
                positive,
                asked.two_class,
                aim,
                asked.auc,
                asked.sets,
                RECALIBRATED if asked.recalibrated else TEMPERATURE,
                asked.with_thumbnails,
            )
    keep_settings_beside(path, images.stores.values())
    for models in cache.values():  # the bundle has them now
        models.clear()
    count = len(descriptors) * len(cohort.held_out_folds) * asked.models_of_fold
    console.print(f"{count} models in {path}, {path.stat().st_size / 2**20:.1f} MiB")
    if copies:
        console.print(f"small copies of {copies} images of patients travel with it")
    elif asked.with_thumbnails:
        console.print("no small copies travel with it: the images are not where, or what, they were when described")


def _data_set(cache: Path, name: str | None) -> str | None:
    """The data set that is called like the bundle; None, to be looked for, where there is none."""
    return name if name and any((cache / name).glob("*.h5")) else None


def _require_file_name(name: str, models: Path) -> None:
    """Raise BoostError unless a bundle can be called so."""
    if not is_file_name(name):
        raise BoostError(f"a bundle cannot be named {name!r}: it becomes a file in {models}; give another --name")
