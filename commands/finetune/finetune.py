"""The command finetune: networks trained end to end, on the frame that cv has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from joblib import cpu_count

from cohort.checks.notices import Notice
from cohort.files.lock import writing
from cohort.read_dataset import read_dataset
from commands.finetune.fewer_images import (
    chosen_images,
    few_of_test,
    fold_count,
    selected_members,
    weights_to_begin_with,
)
from commands.finetune.finetune_options import FinetuneOptions
from commands.finetune.training_progress import follow
from commands.options import names, takes
from commands.run_settings.written_settings import keep_settings
from commands.terminal import console, plainly, show_report, tell_skipped, track, warn

if TYPE_CHECKING:
    from finetune.fold_training import FoldTraining
    from finetune.recipes.training_recipe import Recipe
    from finetune.training_settings import TrainingSettings
    from workflow.trained.labelled_images import LabelledImages
    from workflow.trained.network_run import NetworkRun


@plainly
@takes(FinetuneOptions)
def finetune(asked: FinetuneOptions) -> None:
    """Train networks end to end, tested as cv tests: by patient, once, with intervals. Interrupt at any time."""
    from commands.audit.short import measure_and_tell  # with it comes much of SciPy
    from commands.finetune.checked_folds import checked_images, require_inner_splits
    from finetune.recipes.find import find_recipe
    from workflow.trained.describe_recipe import recipe_lines

    recipe = find_recipe(asked.recipe)
    members = members_of(recipe, asked)
    if asked.describe:
        for line in recipe_lines(recipe, members):
            console.print(line, soft_wrap=True)
        return
    if asked.dry_run:
        show_training_cost(asked, recipe, members)
        return
    if asked.data is None:
        raise typer.BadParameter("--data is needed: a folder of class folders, or a CSV table")
    dataset = chosen_images(asked, read_dataset(asked.data, asked.patients_as_written, choice=asked.choice))
    images = checked_images(asked, dataset, members)
    members = selected_members(asked, images, members)
    require_inner_splits(asked, images, members)
    name = asked.name_for(images.name)
    folder, cache = asked.out / name, asked.cache / name
    with writing(folder, lock=not asked.no_lock), writing(cache, lock=not asked.no_lock):
        runs = prepared(asked, recipe, images, members, cache)
        measure_and_tell(images.samples, cache, asked.data, asked.jobs)
        done = {}
        for run in runs:
            done[run.model] = list(follow(run, asked.verbose))
        show_results(asked, recipe, runs, done, cache, folder)
    tell_skipped(folder / "skipped.csv", images.refused, dataset.not_taken, asked.raw_csv)


def show_training_cost(asked: FinetuneOptions, recipe: "Recipe", members: Sequence["TrainingSettings"]) -> None:
    """Tell what the training takes on the images of --data, and on those of the recipe's document."""
    from commands.finetune.training_estimate import Amount, document_amount, show_training_estimate
    from featurize.plan import choose_device

    amounts = document_amount(recipe)
    classes = recipe.classes
    if asked.data is not None:
        dataset = chosen_images(asked, read_dataset(asked.data, asked.patients_as_written, choice=asked.choice))
        classes = len(dataset.classes)
        folds, tested = fold_count(asked, dataset), 0
        if asked.test is not None:
            test = few_of_test(asked, read_dataset(asked.test, asked.patients_as_written, choice=asked.choice))
            folds, tested = 0, len(test.samples)
        amounts.insert(0, Amount(dataset.name, len(dataset.samples), tested, folds))
    if not amounts:
        raise typer.BadParameter("--data is needed: this recipe's document tells no number of images")
    is_pretrained = (asked.weights or recipe.weights) != "random"
    device = choose_device(asked.device)
    show_training_estimate(members, amounts, classes, is_pretrained, device, asked.jobs or cpu_count())


def members_of(recipe: "Recipe", asked: FinetuneOptions) -> list["TrainingSettings"]:
    """The settings of each network of a recipe, as they were asked for; raises TrainingError."""
    from finetune.recipes.training_recipe import layers_trained
    from workflow.trained.asked_settings import fitting

    members = []
    for settings in recipe.trained(asked.changes):
        if asked.trained is not None:
            settings = replace(settings, **layers_trained(asked.trained, settings))
        if asked.rate is not None:
            upper_rate = settings.upper_rate * asked.rate / settings.rate
            settings = replace(settings, rate=asked.rate, upper_rate=upper_rate)
        members.append(fitting(settings, asked.input is not None))
    return members


def prepared(
    asked: FinetuneOptions,
    recipe: "Recipe",
    images: "LabelledImages",
    members: Sequence["TrainingSettings"],
    cache: Path,
) -> list["NetworkRun"]:
    """All that the networks' training needs: their first weights, their splits, and the images decoded."""
    from featurize.plan import choose_device
    from finetune.inner_split import rows_of_folds
    from finetune.pictures.decoded import decode, open_pictures
    from report.trained.training_history import OPTIMISTIC
    from workflow.trained.asked_settings import head_alone_notices, require_answers
    from workflow.trained.kept_weights import folder_of, keep_first
    from workflow.trained.leaks_beforehand import stay_together
    from workflow.trained.network_run import NetworkRun, member_names

    jobs = asked.jobs or cpu_count()
    device = choose_device(asked.device)
    groups = stay_together(images)
    rows = [rows_of_folds(images.cohort, settings, groups) for settings in members]
    if asked.select_on == "test":
        warn([Notice("selected-on-test", f"--select-on test: {OPTIMISTIC}")])
    runs = []
    for settings, of_folds, member in zip(members, rows, member_names(members), strict=True):
        weights, words = weights_to_begin_with(asked, recipe, settings)
        console.print(words)
        decoded = decode(images.samples, settings, cache / "pictures", jobs)
        for _ in track("decoding", decoded, len(images.samples)):
            pass
        pictures = open_pictures(images.samples, settings, cache / "pictures")
        checkpoints = cache / folder_of(settings, images, of_folds, weights)
        run = NetworkRun(
            images, pictures, settings, weights, checkpoints, device, jobs, of_folds, member, recipe.measures_training
        )
        network = run.build()
        require_answers(network, settings)
        warn(head_alone_notices(network, settings))
        keep_first(run)
        runs.append(run)
    return runs


def show_results(
    asked: FinetuneOptions,
    recipe: "Recipe",
    runs: Sequence["NetworkRun"],
    done: Mapping[str, Sequence["FoldTraining"]],
    cache: Path,
    folder: Path,
) -> None:
    """Write the results as those of cv, and print them."""
    import pandas as pd

    from report.out_of_fold import out_of_fold_of
    from workflow.run_folder import report_on, save
    from workflow.trained.audit_beside import audit_beside
    from workflow.trained.frozen_beside import frozen_beside
    from workflow.trained.network_run import as_result, history_table
    from workflow.trained.results import beside_files, settings_of_training
    from workflow.training.tables_beside import EPOCHS, FROZEN

    images = runs[0].images
    table = pd.concat([run.predictions(done[run.model]) for run in runs], ignore_index=True)
    fused = as_result(table, runs[0].settings.averaging)
    fusion = out_of_fold_of(fused, names(asked.positive), asked.two_class)
    frozen, frozen_words = frozen_beside(runs[0], cache, asked.jobs or cpu_count(), track)
    console.print(f"beside the result: frozen features of {frozen_words}" if frozen is not None else frozen_words)
    beside = {EPOCHS: history_table(done)} | ({} if frozen is None else {FROZEN: frozen})
    facts = {
        "name": folder.name,
        "frozen": frozen_words,
        "cache": str(asked.cache),
        "folder": cache.name,
        "groups": asked.groups or "patient",
        "unknown_patients": asked.unknown_patients,
        "patients_as_written": asked.patients_as_written,
    }
    settings = settings_of_training(recipe, runs, done, table, fusion, facts)
    files = beside_files(images)
    save(folder, images.cohort.images, images.cohort.fold, table, fused, files, settings, beside)
    keep_settings(folder)
    with console.status("asking whether the classes can be told from how the images were made"):
        audit = audit_beside(images, cache, Path(asked.data or ""), asked.seed, folder)
    by_patient = asked.by == "patient"
    groups = report_on(folder, fusion, table, files, beside, settings, images.dataset, asked.figures, by_patient,
                       raw=asked.raw_csv, audit=audit, brief=not asked.verbose)  # fmt: skip
    show_report(groups, folder, asked.verbose)
