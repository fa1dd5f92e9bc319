"""A patients.csv (.tsv, .xlsx) beside images or their manifest: who each image is of, where the layout does not say."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cohort.checks.notices import Notice, Warn, unsaid
from cohort.columns import FIELD_OF, column_name, usual_column
from cohort.files.offenders import refuse
from cohort.files.open_table import open_table, tables_called
from cohort.manifest import read_image_table, rows_by_image
from cohort.samples import DatasetError, Sample

NAME = "patients"  # in any case


def with_patients(
    samples: list[Sample],
    folder: Path,
    warn: Warn = unsaid,
    patients_as_written: bool = False,
    manifest: Path | None = None,
) -> list[Sample]:
    """Samples with the patients that a patients.csv in their folder names; as they are where there is none.

    manifest: the table that the samples come from, which may be called so itself. Raises DatasetError for several such
    tables, for one that cannot be read or names none of the images, and where it contradicts what is known already.
    """
    tables = [path for path in patients_tables(folder) if path != manifest]
    if not tables:
        return samples
    if len(tables) > 1:
        refuse(DatasetError, [str(path) for path in tables], "tables name the patients; keep one of them")
    (table,) = tables
    if all(sample.patient for sample in samples) and not _names_images(table):
        sentence = f"{table.name} has no column of images and is not used; the patients are known without it"
        warn([Notice("patients-table-not-used", sentence)])
        return samples
    written = read_image_table(table, ("image", "patient"), warn, patients_as_written, fields=("image", "patient"))
    rows = rows_by_image(table, written, [sample.name for sample in samples], warn)
    patient_of = {image: row.patient for image, row in rows.items()}
    _require_agreement(table, samples, patient_of)
    return [replace(sample, patient=patient_of.get(sample.name) or sample.patient) for sample in samples]


def patients_tables(folder: Path) -> list[Path]:
    """The tables of patients in a folder, or in the folder Photos of the ICIAR 2018 layout, however they are cased."""
    return sorted([*tables_called(folder, NAME), *tables_called(folder / "Photos", NAME)])


def _names_images(table: Path) -> bool:
    header = open_table(table, usual_column, DatasetError).header
    return any(FIELD_OF.get(column_name(name)) == "image" for name in header)


def _require_agreement(table: Path, samples: Sequence[Sample], patient_of: dict[str, str]) -> None:
    """Refuse images of which the table names another patient than is known already."""
    contradicted = []
    for sample in samples:
        patient = patient_of.get(sample.name, "")
        if patient and sample.patient not in ("", patient):
            contradicted.append(f"{sample.name}: {patient!r}, but {sample.patient!r} without it")
    rule = f"images have another patient in {table}; correct one of the two, or take the table away"
    refuse(DatasetError, contradicted, rule)
