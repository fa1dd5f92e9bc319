"""Classes that are called as something else is: as masks and annotations, or as patients."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from cohort.checks.notices import Notice
from cohort.files.offenders import some

ALONE = {  # as the whole name of a class
    "gt", "groundtruth", "label", "labels", "labelled", "xml", "json", "geojson", "roi", "rois", "binary", "seg",
    "qupath", "previews",
}  # fmt: skip
ANYWHERE = {  # as a word of its name
    "mask", "masks", "maske", "masken", "masque", "annotation", "annotations", "annotated", "anno", "annot", "thumb",
    "thumbs", "thumbnail", "thumbnails", "overlay", "overlays", "heatmap", "heatmaps", "segmentation", "segmentations",
    "segmented", "contour", "contours", "preview", "saliency", "gradcam",
}  # fmt: skip
BESIDE = re.compile(r"(.+?)[ _.-]*(mask|masks|anno|annotation|overlay|heatmap|thumb|thumbnail|gt|seg|segmentation)")

PATIENT = re.compile(r"([a-z]*)[\W_]*\d+|TCGA-\w\w-\w{4}.*", re.IGNORECASE)
PREFIXES = ("", "p", "pt", "sub", "id")  # of patients, but of stages and grades too
WORDS = ("pat", "patient", "patients", "patientid", "case", "subject", "participant", "donor")  # of patients alone
FEW = 5  # grades and stages are no more


def class_name_warnings(images: Sequence[str], labels: Sequence[str]) -> list[Notice]:
    """Warnings on the names of images and of their classes, one entry of each per image."""
    return [*mask_warnings(images, labels), *_patient_warnings(labels)]


def mask_warnings(images: Sequence[str], labels: Sequence[str]) -> list[Notice]:
    """Classes that are called as masks and the like are, and images that are called as masks of others in their folder.

    An entry of each per image.
    """
    notices = []
    counts = Counter(label for label in labels if is_mask_name(label))
    if counts:
        named = some([f"{label!r} with {count} images" for label, count in sorted(counts.items())])
        sentence = f"classes that look like masks, thumbnails or annotations: {named}; if they are, move them away"
        notices.append(Notice("masks-among-the-images", sentence))
    beside = _masks_beside_images(images)
    if beside:
        count = f"{len(beside)} images are called like masks or annotations of others"
        notices.append(Notice("masks-among-the-images", f"{count}, such as {beside[0]}; if they are, move them away"))
    return notices


def is_mask_name(name: str) -> bool:
    """Whether a class is called as masks, thumbnails or annotations are.

    >>> is_mask_name("benign_Masks"), is_mask_name("GT"), is_mask_name("label_1"), is_mask_name("HeatMap")
    (True, True, False, True)
    """
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    lower = [word.lower() for word in words]
    plain = re.sub(r"[\W_]", "", name.lower())
    return plain in ALONE | ANYWHERE or any(word in ANYWHERE for word in lower)


def _patient_warnings(labels: Iterable[str]) -> list[Notice]:
    """Classes that are all called as patients are, as where images lie in a folder for each patient."""
    classes = sorted(set(labels))
    if not classes or not _are_like_patients(classes):
        return []
    sentence = (
        f"all {len(classes)} classes are called as patients are, such as {some(classes, shown=3)}; if they are "
        "patients, give the classes in a CSV table image,label,patient"
    )
    return [Notice("classes-called-as-patients", sentence)]


def _are_like_patients(names: Sequence[str]) -> bool:
    """Whether all names are a patient's: a word for patients and a number, a barcode, or numbers too large for grades.

    Of P1 to P12 the first nine could be grades or stages, all twelve together cannot.
    """
    matches = [PATIENT.fullmatch(name) for name in names]
    words = {(match[1] or "").lower() for match in matches if match}
    if not all(matches) or not words <= {*PREFIXES, *WORDS}:
        return False
    large = [name for name in names if re.search(r"\d\d|TCGA", name, re.IGNORECASE)]
    return words <= set(WORDS) or len(large) == len(names) or (len(names) > FEW and bool(large))


def _masks_beside_images(images: Iterable[str]) -> list[str]:
    """The images whose name is that of another in their folder and a word for what was drawn over it."""
    stems = {str(PurePosixPath(image).with_suffix("")): image for image in images}
    masks = []
    for stem, image in stems.items():
        match = BESIDE.fullmatch(stem.lower())
        if match and stem[: len(match[1])] in stems:
            masks.append(image)
    return masks
