"""What the ending of a file's name says: an image that is read here, a whole slide, or an image that is not read."""

from pathlib import PurePath

SUFFIXES = (
    ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".gif", ".jp2", ".j2k", ".jpf", ".jpx",
)  # fmt: skip
SLIDES = (
    ".svs", ".ndpi", ".ndpis", ".mrxs", ".scn", ".vms", ".vmu", ".bif", ".czi", ".vsi", ".lif", ".svslide", ".isyntax",
    ".i2syntax", ".sdpc", ".kfb", ".tmap", ".qptiff", ".mds", ".tron", ".dcm", ".dicom",
)  # fmt: skip
RAW = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".rw2")  # cameras' own, with a preview in them
UNREAD_IMAGES = (
    *RAW, ".apng", ".avif", ".avifs", ".bpg", ".btf", ".dds", ".dib", ".djvu", ".emf", ".eps", ".exr", ".ico", ".svg",
    ".svgz", ".wmf", ".heic", ".heif", ".hif", ".ims", ".j2c", ".jng", ".jpc",
    ".jxl", ".jxr", ".lsm", ".nd2", ".nrrd", ".oib", ".oif", ".oir", ".pbm", ".pcx", ".pgm", ".pic", ".pict", ".pnm",
    ".ppm", ".psb", ".psd", ".qoi", ".ras", ".sgi", ".tf2", ".tf8", ".tga", ".wdp", ".xcf", ".zvi",
)  # fmt: skip


def is_image(path: PurePath) -> bool:
    """True for a name whose ending is that of an image format that is read here, unless it is hidden.

    What bears such a name and is no file is an image that cannot be read, rather than none.
    """
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def is_slide(path: PurePath) -> bool:
    """True for a name with the ending of a whole slide or a microscope's container, unless it is hidden."""
    return path.suffix.lower() in SLIDES and not path.name.startswith(".")


def why_not_opened(path: PurePath) -> str:
    """Why a file is not read whatever is in it, by its ending; "" for any other.

    Pillow finds small pictures in some of these, which are labels, thumbnails and previews.
    """
    if path.suffix.lower() in SLIDES:
        return "of whole slides and microscopes; export fields of it as TIFF or PNG (as QuPath does)"
    return "of cameras, with a preview in it; save it as TIFF or PNG" if path.suffix.lower() in RAW else ""


def looks_like_image(path: PurePath) -> bool:
    """True for any name that a person would take for an image's: of a format that is read, a slide, or another.

    >>> [looks_like_image(PurePath(name)) for name in ("a.png", "a.SVS", "a.heic", "notes.txt", ".a.png")]
    [True, True, True, False, False]
    """
    unread = path.suffix.lower() in UNREAD_IMAGES and not path.name.startswith(".")
    return is_image(path) or is_slide(path) or unread
