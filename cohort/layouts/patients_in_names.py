"""Names of images that tell the patient, where nothing else does: as they come with public sets."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from cohort.checks.notices import Notice
from cohort.layouts.breakhis import field_of
from cohort.layouts.idc import patch_of
from cohort.names.spelling import barcode_participant
from cohort.samples import Sample
from imaging.read_errors import shown

BARCODE = re.compile(r"TCGA-\w\w-\w{4}(?![^\W_])", re.IGNORECASE)


def patient_in_name(image: str) -> str:
    """The patient that a name of BreakHis, of the IDC patches or with a TCGA barcode tells; "" for any other.

    >>> patient_in_name("benign/SOB_B_A-14-22549AB-40-001.png"), patient_in_name("x/TCGA-A1-A0SK-01Z_3.tif")
    ('14-22549', 'TCGA-A1-A0SK')
    >>> patient_in_name("10253_idx5_x1351_y1101_class0.png"), patient_in_name("benign/1.png")
    ('10253', '')
    """
    name = PurePath(image).name
    field, patch = field_of(name), patch_of(name)
    if field is not None:
        return field.patient
    if patch is not None:
        return patch.patient
    barcode = BARCODE.search(name)
    return barcode_participant(barcode[0]) if barcode else ""


def notices_of_names(samples: Sequence[Sample]) -> list[Notice]:
    """A warning where images of unknown patients have names that tell who it is; nothing is taken from them."""
    told = {}
    for sample in samples:
        patient = "" if sample.patient else patient_in_name(sample.name)
        if patient:
            told[sample.name] = patient
    if not told:
        return []
    example = min(told)
    sentence = (
        f"names tell the patients of {len(told)} images of unknown patients, {len(set(told.values()))} in all, as "
        f"{shown(example)} is of {told[example]}; nothing is taken from them: give the patients in a patients.csv "
        "image,patient"
    )
    return [Notice("patients-in-names", sentence)]
