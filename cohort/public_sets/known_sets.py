"""The public data sets that are known by name, each number with its source.

Sizes and checksums are those of the publisher's record, for PatchCamelyon those that TensorFlow Datasets keeps of the
same files; where none is known, none is checked.
"""

from cohort.downloads.remote import Remote
from cohort.public_sets.public_set import Part, PublicSet
from imaging.errors import HistoboostError

ZENODO = "https://zenodo.org/records"
TEST = "the published test"
PCAM_PARTS = ("train", "valid", "test")
PCAM_FILE = "camelyonpatch_level_2_split_{part}_{kind}"
SUBTYPE_COUNTS = {  # of BreakHis by magnification: 40, 100, 200, 400
    "adenosis": (114, 113, 111, 106), "fibroadenoma": (253, 260, 264, 237), "phyllodes_tumor": (109, 121, 108, 115),
    "tubular_adenoma": (149, 150, 140, 130), "ductal_carcinoma": (864, 903, 896, 788),
    "lobular_carcinoma": (156, 170, 163, 137), "mucinous_carcinoma": (205, 222, 196, 169),
    "papillary_carcinoma": (145, 142, 135, 138),
}  # fmt: skip


class UnknownSetError(HistoboostError):
    """A name that no public set has here."""


def _nct_files() -> tuple[Remote, ...]:
    return (
        Remote(f"{ZENODO}/1214456/files/NCT-CRC-HE-100K.zip", "NCT-CRC-HE-100K.zip", 11_690_284_003,
               md5="6fd702d11df6292bc054397ae038a464"),
        Remote(f"{ZENODO}/1214456/files/CRC-VAL-HE-7K.zip", "CRC-VAL-HE-7K.zip", 800_276_929,
               md5="2fd1651b4f94ebd818ebf90ad2b6ce06"),
    )  # fmt: skip


def _pcam_files() -> tuple[Remote, ...]:
    known = {
        "train_x": (6_421_353_462, "d619e741468a7ab35c7e4a75e6821b7e7e6c9411705d45708f2a0efc8960656c"),
        "train_y": (21_378, "b74126d2c01b20d3661f9b46765d29cf4e4fba6faba29c8e0d09d406331ab75a"),
        "valid_x": (805_965_320, "f82ee1670d027b4ec388048d9eabc2186b77c009655dae76d624c0ecb053ccb2"),
        "valid_y": (3_038, "ce1ae30f08feb468447971cfd0472e7becd0ad96d877c64120c72571439ae48c"),
        "test_x": (800_875_929, "79174c2201ad521602a5888be8f36ee10875f37403dd3f2086caf2182ef87245"),
        "test_y": (3_040, "0a522005fccc8bbd04c5a117bfaf81d8da2676f03a29d7499f71d0a0bd6068ef"),
    }
    files = []
    for part in PCAM_PARTS:
        for kind in "xy":
            size, digest = known[f"{part}_{kind}"]
            name = PCAM_FILE.format(part=part, kind=kind) + ".h5.gz"
            files.append(Remote(f"{ZENODO}/2546921/files/{name}", name, size, digest))
        name = PCAM_FILE.format(part=part, kind="meta.csv")
        files.append(Remote(f"{ZENODO}/2546921/files/{name}", name))
    return tuple(files)


def _breakhis_part(place: int, magnification: str) -> Part:
    counts = {subtype: counts[place] for subtype, counts in SUBTYPE_COUNTS.items()}
    return Part(f"{magnification}x", counts, f"magnification {magnification}")


_SETS = (
    PublicSet(
        "nct-crc", "NCT-CRC-HE-100K and CRC-VAL-HE-7K: nine tissues of colorectal cancer, 224 x 224 at 0.5 µm a pixel",
        (
            Part("NCT-CRC-HE-100K", {"ADI": 10_407, "BACK": 10_566, "DEB": 11_512, "LYM": 11_557, "MUC": 8_896,
                                     "MUS": 13_536, "NORM": 8_763, "STR": 10_446, "TUM": 14_317}, "to learn from"),
            Part("CRC-VAL-HE-7K", {"ADI": 1_338, "BACK": 847, "DEB": 339, "LYM": 634, "MUC": 1_035, "MUS": 592,
                                   "NORM": 741, "STR": 421, "TUM": 1_233}, TEST),
        ),
        "the table of both parts in the document on ResNet-50 and NCT-CRC",
        "nothing",
        "86 and 50 patients, none of them in both parts, but no tile tells its own: intervals are over tiles, and "
        "narrower than they ought to be",
        "learn from NCT-CRC-HE-100K (--data), test on CRC-VAL-HE-7K (--test)",
        "CC BY 4.0", "Kather et al. 2019, PLOS Medicine 16(1): e1002730; data: doi 10.5281/zenodo.1214456",
        f"{ZENODO}/1214456", _nct_files(), 12.5,
    ),
    PublicSet(
        "pcam", "PatchCamelyon, the HDF5 edition: lymph nodes, 96 x 96 at 0.97 µm a pixel; tumour in the centre or not",
        (
            Part("pcam-train", {"": 262_144}, "to learn from"),
            Part("pcam-valid", {"": 32_768}, "to choose by"),
            Part("pcam-test", {"": 32_768}, TEST),
        ),
        "the README of its authors",
        "meta files",
        "the slide of each tile stands in the meta files, and each slide of Camelyon16 is of another patient; no slide "
        "is in two parts",
        "learn from pcam-train (--data), test on pcam-test (--test)",
        "CC0 1.0", "Veeling et al. 2018, arXiv:1806.03962, and Ehteshami Bejnordi et al. 2017, JAMA 318(22): 2199",
        f"{ZENODO}/2546921", _pcam_files(), 8.1,
    ),
    PublicSet(
        "pcam-kaggle", "PatchCamelyon as Kaggle hands it out: train_labels.csv beside train/, without duplicates",
        (Part("train", {"0": 130_908, "1": 89_117}, "the images with labels"),),
        "train_labels.csv; all of them also in the PCam document",
        "nothing",
        "names of tiles carry no patient and no slide: tiles of one slide lie in training and test, and intervals are "
        "over tiles, narrower than they ought to be",
        "none: the labels of Kaggle's test/ are not given; the HDF5 edition (pcam) has a split by slide",
        "that of the competition's rules; PatchCamelyon itself: CC0 1.0",
        "Veeling et al. 2018, arXiv:1806.03962",
        "https://www.kaggle.com/c/histopathologic-cancer-detection",
        by_hand="Kaggle asks for an account: accept the rules of the competition there, download all, and unpack it so "
        "that train_labels.csv lies beside train/; then --data FOLDER reads it",
    ),
    PublicSet(
        "idc", "Invasive ductal carcinoma of the breast: patches of 50 x 50, with (1) and without carcinoma (0)",
        (Part("IDC_regular_ps50_idx5", {"0": 198_738, "1": 78_786}, "all of it"),),
        "Kaggle's page of the copy there",
        "names",
        "the first number of a name is the patient",
        "none comes with the images; cv and finetune divide by patient, where public programs shuffled patches",
        "not stated by the publisher; the copy at Kaggle says CC0",
        "Cruz-Roa et al. 2014, SPIE 9041: 904103, and Janowczyk & Madabhushi 2016, J Pathol Inform 7: 29",
        "http://www.andrewjanowczyk.com/use-case-6-invasive-ductal-carcinoma-idc-segmentation/",
        (Remote("http://gleason.case.edu/webdata/jpi-dl-tutorial/IDC_regular_ps50_idx5.zip",
                "IDC_regular_ps50_idx5.zip"),), 1.6,
    ),
    PublicSet(
        "breakhis", "BreakHis: benign and malignant tumours of the breast, 700 x 460, four magnifications, eight types",
        tuple(_breakhis_part(place, name) for place, name in enumerate(("40", "100", "200", "400"))),
        "the paper's table of images by type and magnification",
        "names",
        "82 patients, told by year and number of the slide in each name",
        "five divisions into training and test, dsfold1.txt to dsfold5.txt of its authors: where they lie beside the "
        "images, `data breakhis --to FOLDER` writes tables of them",
        "CC BY 4.0", "Spanhol et al. 2016, IEEE Transactions on Biomedical Engineering 63(7): 1455",
        "https://web.inf.ufpr.br/vri/databases/breast-cancer-histopathological-database-breakhis/",
        (Remote("http://www.inf.ufpr.br/vri/databases/BreaKHis_v1.tar.gz", "BreaKHis_v1.tar.gz"),), 4.3,
    ),
)  # fmt: skip

PUBLIC_SETS = {known.name: known for known in _SETS}


def find_set(name: str) -> PublicSet:
    """A public set, or one of its parts alone, by name in whatever case; raises UnknownSetError naming the known."""
    wanted = name.lower()
    if wanted in PUBLIC_SETS:
        return PUBLIC_SETS[wanted]
    for known in PUBLIC_SETS.values():
        for number, part in enumerate(known.parts):
            if known.files and part.name.lower() == wanted:
                return known.only(number)
    raise UnknownSetError(f"no public set is called {name!r}; known: {', '.join(PUBLIC_SETS)}")
