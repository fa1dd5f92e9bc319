"""Recipes of the audit: what others have published of a set of images, done again on yours."""

from dataclasses import replace

from cohort.files.atomic import write_whole
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from commands.audit.audit_options import AuditOptions
from commands.audit.measure_and_tell import measured_images, print_lines, warn_in_a_line
from commands.run_settings.written_settings import keep_settings
from commands.terminal import console, tell_skipped
from report.audited.audit_page import audit_page
from report.audited.forests import recipe_section
from report.printing import markdown
from workflow.audit.colour_forests import MeasuredSet, colour_forests, require_same_classes


def follow_recipe(asked: AuditOptions) -> None:
    """The recipe nct-crc: forests on colour alone, trained on one folder and tested on another."""
    if asked.data is None or asked.test is None:
        raise DatasetError(
            "this recipe trains on one folder and tests on another, such as NCT-CRC-HE-100K and CRC-VAL-HE-7K; give "
            "them with --data and --test"
        )
    train, test = (read_dataset(path, asked.patients_as_written, (), asked.choice) for path in (asked.data, asked.test))
    if train.name == test.name:
        test = replace(test, name=f"{test.name} (test)")
    require_same_classes(train, test)
    folder = asked.out / (asked.name or train.name)
    measured: list[MeasuredSet] = []
    refused: dict[str, str] = {}
    for dataset, source in ((train, asked.data), (test, asked.test)):
        print_lines([dataset.summary()])
        warn_in_a_line(dataset.notices)
        one, left_out = measured_images(dataset, source, folder, asked.jobs)
        measured.append(MeasuredSet(dataset, one))
        refused |= left_out
    with console.status("growing trees"):
        recipe = colour_forests(measured[0], measured[1], asked.seed, asked.jobs or -1)
    section = recipe_section(recipe)
    facts = f"trained on {recipe.train_images} images, tested on {recipe.test_images}"
    write_whole(folder / "audit-recipe.json", recipe.to_json().encode())
    write_whole(folder / "audit-recipe.md", markdown([section]).encode())
    page = folder / "audit-recipe.html"
    write_whole(page, audit_page(f"{train.name}: colour alone", facts, recipe.sentences(), [section]))
    keep_settings(folder)
    print_lines([*recipe.sentences(), section.sentence, f"written to {page}"])
    tell_skipped(folder / "skipped.csv", refused, (*train.not_taken, *test.not_taken), asked.raw_csv)
