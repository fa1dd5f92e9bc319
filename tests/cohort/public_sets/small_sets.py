"""Public sets in miniature: the files that their publishers hand out, with a few images."""

import gzip
import io
import tarfile
from dataclasses import replace
from hashlib import sha256
from zipfile import ZipFile

import h5py
import numpy as np
from PIL import Image

from cohort.downloads.remote import Remote
from cohort.layouts.nct_crc import TISSUES
from cohort.public_sets.known_sets import PCAM_FILE, PCAM_PARTS, PUBLIC_SETS

SLIDES = {"train": "tumor_001", "valid": "tumor_002", "test": "test_001"}


def image_file(seed=0, side=16, kind="PNG"):
    """An image as bytes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def zipped(names):
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for seed, name in enumerate(names):
            archive.writestr(name, image_file(seed, kind="TIFF" if name.endswith(".tif") else "PNG"))
    return file.getvalue()


def tarred(names):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for seed, name in enumerate(names):
            content = image_file(seed)
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def nct_files():
    """Two archives with a folder each, a tile of each tissue in it."""
    learn = [f"NCT-CRC-HE-100K/{tissue}/{tissue}-AAAAAAAA.tif" for tissue in TISSUES]
    test = [f"CRC-VAL-HE-7K/{tissue}/{tissue}-TCGA-AAAAAAAA.tif" for tissue in TISSUES]
    return {"NCT-CRC-HE-100K.zip": zipped(learn), "CRC-VAL-HE-7K.zip": zipped(test)}


def idc_files():
    """Patients' folders at the top of the archive."""
    names = []
    for patient in ("8863", "9123"):
        names += [f"{patient}/{label}/{patient}_idx5_x{label}01_y201_class{label}.png" for label in "01"]
    return {"IDC_regular_ps50_idx5.zip": zipped(names)}


def breakhis_names():
    benign = [f"benign/SOB/adenosis/SOB_B_A_14-2254{n}/40X/SOB_B_A-14-2254{n}-40-001.png" for n in (8, 9)]
    return [*benign, "malignant/SOB/ductal_carcinoma/SOB_M_DC_14-2523/40X/SOB_M_DC-14-2523-40-010.png"]


def breakhis_files():
    """The archive as it is packed."""
    top = "BreaKHis_v1/histology_slides/breast"
    return {"BreaKHis_v1.tar.gz": tarred([f"{top}/{name}" for name in breakhis_names()])}


def pcam_arrays(part, count=4):
    """Pixels and labels of a part."""
    rng = np.random.default_rng(len(part))
    return rng.integers(0, 256, (count, 96, 96, 3), dtype=np.uint8), np.arange(count, dtype=np.uint8) % 2


def pcam_files(parts=PCAM_PARTS):
    """The packed arrays and the tables of slides."""
    files = {}
    for part in parts:
        pixels, labels = pcam_arrays(part)
        for kind, array in (("x", pixels), ("y", labels.reshape(-1, 1, 1, 1))):
            file = io.BytesIO()
            with h5py.File(file, "w") as opened:
                opened[kind] = array
            files[PCAM_FILE.format(part=part, kind=kind) + ".h5.gz"] = gzip.compress(file.getvalue())
        rows = [f"{n},0,0,True,{bool(label)},camelyon16_{SLIDES[part]}" for n, label in enumerate(labels)]
        table = "\n".join([",coord_y,coord_x,tumor_patch,center_tumor_patch,wsi", *rows, ""])
        files[PCAM_FILE.format(part=part, kind="meta.csv")] = table.encode()
    return files


FILES = {"nct-crc": nct_files, "idc": idc_files, "breakhis": breakhis_files, "pcam": pcam_files}


def small_set(name, url):
    """The public set and its files by name, as a server has them at an address."""
    contents = FILES[name]()
    files = []
    for file in PUBLIC_SETS[name].files:
        content = contents[file.name]
        digest = sha256(content).hexdigest() if file.is_checked else ""
        files.append(Remote(f"{url}/{file.name}", file.name, len(content) if file.size else None, digest))
    return replace(PUBLIC_SETS[name], files=tuple(files)), contents
