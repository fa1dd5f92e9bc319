"""What each family of probes looks at, what it may mean where it tells the classes apart, and what to do then."""

from dataclasses import dataclass

SAVED = (
    "Ask who saved which images how. Best re-export all from the scanner in one way; else re-encode all alike (that "
    "hides the tables, not the loss), and test on images of another origin."
)
WITHIN = "Balance the classes within each centre and batch, and hold out whole centres or batches"


@dataclass(frozen=True)
class Family:
    """A family of probes in words."""

    looks_at: str
    meaning: str
    next_step: str


FAMILIES: dict[str, Family] = {
    "colour": Family(
        "the three colour means; the colour histogram (16 bins a channel)",
        "May be biology: mucus and fat are pale, lymphocytes dark. May be stain or scanner, where classes come from "
        "other laboratories.",
        "Look whether classes of one centre still differ. Normalise stains (extract does), balance the classes within "
        "each centre, and leave one centre out.",
    ),
    "stain": Family(
        "the two stain vectors and how much of each stain there is",
        "Amounts of stain may be biology; other stain vectors are other reagents, laboratories or scanners.",
        "Normalise stains (extract does, and its jitter widens them), balance the classes within each centre or batch, "
        "and leave one out.",
    ),
    "size": Family(
        "height, width and shape; the file format; bytes a pixel",
        "Size and format are never biology: images of a class were cut or exported in another way. Bytes a pixel "
        "follow how much there is to see, which may be.",
        "Cut all images to one size at one magnification, export them in one format, and describe them anew.",
    ),
    "JPEG": Family(
        "tables and quality of a JPEG; traces of compression in the pixels of any file",
        "Hardly biology: images of a class were saved in another way, and what was lost then is in the pixels. "
        "Traces are harder to see in plain images.",
        SAVED,
    ),
    "range": Family(
        "shares of values at 0 and 255, darkest and lightest value, gaps of the histogram (a stretched range)",
        "White glass fills the top of the range, which may be biology; gaps and cut ends are another export or a "
        "broken one.",
        "Look at the images named as broken, and export those again from the original.",
    ),
    "sharpness": Family(
        "sharpness and noise",
        "May be biology (dense tissue has more edges); may be focus, scanner, or images that were resampled.",
        "Look whether classes of one scanner still differ; re-scan, or bring all to one resolution.",
    ),
    "background": Family(
        "share of background, pen marks, borders of one colour",
        "Empty glass may be biology (fat) or how regions were chosen. Pen marks are somebody's diagnosis.",
        "Cut pen marks and borders away, and choose regions alike in all classes.",
    ),
    "metadata": Family(
        "maker, software, date, resolution, orientation, colour profile and author that the file names",
        "Never biology: images of a class were made by another device or program, or at another time.",
        f"{WITHIN}. Networks do not see these words, but they see what such a device does.",
    ),
    "name": Family(
        "digits, prefix and order of the file names",
        "Never biology: classes were collected one after another, or names say the class.",
        "No network sees the names. Ask whether collecting one class after another changed anything else.",
    ),
    "manifest": Family(
        "further columns of the table of images, such as scanner, centre, batch",
        "Classes come from other centres, scanners or batches: a model may learn those instead.",
        f"{WITHIN} (cv --folds-file).",
    ),
}
