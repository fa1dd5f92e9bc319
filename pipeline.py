"""The whole line: image -> normalise -> jitter -> crops -> encode -> pool -> cache -> folds -> boost -> fuse -> tables.

The commands extract and cv below name the steps in that order; the others stand in commands/. What only one command
needs is imported there: extract needs no LightGBM, cv and report need no PyTorch, and --help needs neither.
"""

from dataclasses import replace
from pathlib import Path
from time import perf_counter

from cohort.checks.told_notices import told_now
from cohort.files.lock import writing
from cohort.origin import read_with_origin
from commands import options
from commands.app.app import app_command
from commands.audit.audit_commands import app as audit_app
from commands.bundles.evaluate import evaluate
from commands.bundles.fit import fit
from commands.bundles.fuse import fuse_command
from commands.bundles.predict import predict_command
from commands.cache import app as cache_app
from commands.cluster.dask import for_extract, machines
from commands.compare import compare
from commands.doctor.doctor import doctor
from commands.encoders.encoders import app as encoders_app
from commands.extract_options import ExtractOptions
from commands.finetune.finetune import finetune
from commands.options import names, takes
from commands.public_sets.data import data
from commands.report import report
from commands.run_settings.configured import Commands
from commands.run_settings.written_settings import keep_settings, settings_now
from commands.terminal import console, plainly, show_report, tell_skipped, track
from commands.training_options import CvOptions
from featurize.store.gather import folder_of, require_same
from featurize.store.image_index import known_image_info
from featurize.store.variants import mark_finished

app = Commands(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False, help=(
    "Classify H&E histology images: deep descriptors of stain-normalised crops, decided by boosted trees. "
    "Try `demo` first; then `extract` your images and `cv` to cross-validate."))  # fmt: skip


@app.command()
@plainly
@takes(ExtractOptions)
def extract(asked: ExtractOptions) -> None:
    """Describe every image by deep features and keep them in the cache; what is there already is skipped.

    The defaults are the protocol of Rakhlin et al. 2018. Interrupt at any time: the next run goes on.
    """
    from cohort.limited import first_images
    from commands.audit.short import measure_and_tell
    from commands.dry_run import show_estimate, tell_work
    from commands.extraction_progress import Pace, follow_images, show_done, show_plan, show_stores
    from featurize.cost import affordable
    from featurize.extract import block_size, pending, workers
    from featurize.extract import extract as describe
    from featurize.plan import plan_extraction

    dataset, origin = read_with_origin(asked.data, patients_as_written=asked.patients_as_written, choice=asked.choice)
    dataset = replace(dataset, name=asked.name or dataset.name)
    folder = folder_of(asked.cache, dataset.name)
    skip = asked.on_error == "skip"
    infos = known_image_info(folder)
    with console.status(f"checking {len(dataset.samples)} images and the weights"):
        plan = plan_extraction(dataset, asked.variants, asked.weights, asked.device, asked.away, asked.offline, skip,
                               infos, whole_images=True, mpp=asked.mpp, **asked.protocol)  # fmt: skip
    images = first_images(plan.dataset, asked.limit)
    sizes = plan.sizes(images)
    pool, jobs = plan.pool, asked.jobs
    if not asked.away:
        jobs = affordable(workers(pool, jobs), pool, plan.protocols, sizes, asked.max_memory)
    warnings = told_now(folder, plan.warnings, plan.dataset.rows, remember=not asked.dry_run)
    show_plan(replace(plan, warnings=warnings), asked)
    if asked.dry_run:
        return show_estimate(plan, sizes, jobs)
    with writing(folder, lock=not asked.no_lock):
        stores = plan.open_stores(asked.cache, origin)
        show_stores(stores, images)
        left = pending(images, stores)
        if left:
            with machines(asked.cluster, jobs) as there:
                jobs, send = for_extract(there, pool, left[0][0].path) if there else (jobs, False)
                tell_work(asked, plan, images, left, jobs)
                # workers normalise, jitter, crop, encode and pool (featurize/descriptor.py); the cache is filled here
                described = describe(images, stores, pool, jobs, send)
                follow_images(described, Pace(len(left), jobs, block_size(pool)))
        mark_finished(folder, stores, settings_now())
        measure_and_tell(images, folder, asked.data, asked.jobs)
        keep_settings(folder)
    show_done(images, stores, folder)
    tell_skipped(asked.out / dataset.name / "skipped.csv", plan.refused, dataset.not_taken, asked.raw_csv)


@app.command()
@plainly
@takes(CvOptions)
def cv(asked: CvOptions) -> None:
    """Cross-validate heads on the cached descriptors; print the paper's tables and write results/NAME/."""
    from boost.crossval import collect, cross_validate
    from boost.model_cache import PredictionCache, open_caches
    from cohort.predictions import predictions_table
    from commands.audit.short import audit_run
    from commands.training import chosen_of, further_work, images_in_folds, tell_training, training_run
    from report.out_of_fold import out_of_fold_of
    from workflow.run_folder import files_of, read_settings, report_on, save, settings_of
    from workflow.training.beside_the_result import seed_answers
    from workflow.training.heads_side_by_side import result_of
    from workflow.training.tables_beside import SEEDS

    images, cohort = images_in_folds(asked, asked.name)
    descriptors, settings, heads, jobs = images.descriptors, asked.boost, asked.trained, asked.workers
    run = training_run(asked, images, cohort)
    further = further_work(asked, images, run)
    cache = open_caches(PredictionCache, images.folder, cohort, descriptors, settings, heads)
    folder = asked.out / images.name
    with writing(folder, lock=not asked.no_lock), machines(asked.cluster, jobs):
        work = cross_validate(cohort, descriptors, settings, jobs, cache, heads)
        units = list(track("training", work, len(descriptors) * len(heads) * len(cohort.held_out_folds)))
        beside = further.done(run)
    require_same(images.stores)
    tell_training(units)
    table = predictions_table(cohort, collect(units, descriptors, cohort))
    if asked.is_papers:
        beside[SEEDS] = seed_answers(units, list(descriptors), cohort)
    fused = result_of(table, {**asked.training, "recalibrated": asked.recalibrated})
    fusion = out_of_fold_of(fused, names(asked.positive), asked.two_class, asked.auc)
    files = files_of(cohort.images, images.stores, images.folder).assign(fold=cohort.fold)
    chosen = chosen_of(asked, images, cohort, fusion) | {"not_chosen_inside": further.not_chosen_inside or None}
    save(folder, cohort.images, cohort.fold, table, fused, files, settings_of(chosen, images.stores), beside)
    keep_settings(folder, images.stores.values())
    audit = audit_run(images, cohort, asked.seed, folder)
    groups = report_on(folder, fusion, table, files, beside, read_settings(folder), None, asked.figures,
                       asked.by == "patient", True, asked.raw_csv, audit, not asked.verbose)  # fmt: skip
    show_report(groups, folder, asked.verbose)


app.command()(report)
app.command()(compare)
app.command()(fit)
app.command("fuse")(fuse_command)
app.command("predict")(predict_command)
app.command()(evaluate)
app.command()(data)
app.command()(doctor)
app.command()(finetune)
app.command("app")(app_command)
app.add_typer(cache_app, name="cache")
app.add_typer(encoders_app, name="encoders")
app.add_typer(audit_app)


@app.command()
@plainly
def demo(
    weights: options.DemoWeights = None,
    out: options.Results = Path("results"),
    jobs: options.Jobs = 0,
    verbose: options.Verbose = False,
) -> None:
    """Run the whole line on synthetic H&E fields; needs no data and no network, takes a minute or so."""
    from cohort.phantom_cohort import write_phantoms
    from imaging.phantom import phantoms
    from workflow.demonstration import demo_network

    started = perf_counter()
    network = demo_network(weights)
    folder = out / "demo"
    with console.status("drawing 48 synthetic H&E fields of 6 patients"):
        manifest = write_phantoms(folder / "images", phantoms(per_class=12, patients=6))
    cache = folder / "cache" / network.folder  # of its own, so that it never stands in the way of real work
    extract(data=manifest, encoders=network.encoder, crops="160,256", scale=1.0, views=6, crops_per_view=6,
            weights=network.weights, offline=True, name="demo", cache=cache, jobs=jobs)  # fmt: skip
    cv(folds=6, name="demo", cache=cache, out=out, jobs=jobs, verbose=verbose)
    console.print(network.closing_words(folder, perf_counter() - started))


if __name__ == "__main__":
    app()
