"""NCT-CRC-HE-100K and CRC-VAL-HE-7K (Kather et al. 2019, PLOS Medicine 16): nine tissues of colorectal cancer."""

from cohort.layouts.found import Found, require_agreement, require_read
from cohort.layouts.tree import Parts, Tree
from cohort.samples import DatasetError, Sample
from imaging.read_errors import shown

TISSUES = ("ADI", "BACK", "DEB", "LYM", "MUC", "MUS", "NORM", "STR", "TUM")


def nct_crc(tree: Tree) -> Found | None:
    """The tiles of one of the two sets, in a folder for each tissue or in one folder with these; None for another.

    Raises DatasetError where both are there, for a tissue of which nothing is read, and for a tile in the folder of
    another tissue than its name tells.
    """
    tops = [folder for folder in [(), *tree.folders()] if _has_tissues(tree, folder)]
    if not tops:
        return None
    if len(tops) > 1:
        names = " and ".join(shown("/".join(folder)) for folder in tops)
        largest = max(tops, key=lambda folder: len(tree.images(folder)))
        raise DatasetError(
            f"{shown(tree.root)} holds {names}, sets of different patients; learn from one (--data "
            f"{shown(tree.path(largest))}) and test on the other"
        )
    tissues = tree.folders(tops[0])
    samples, contradictions = [], []
    for folder in tissues:
        for name in tree.listings[folder].images:
            path, label = tree.path((*folder, name)), folder[-1]
            samples.append(Sample(f"{label}/{name}", path, label))
            told = name.partition("-")[0]
            if told in TISSUES and told != label:
                contradictions.append(path)
    require_agreement(contradictions, "tissue")
    require_read(tree, tissues, tree.images(tops[0]))
    return Found(samples, frozenset(tissues))


def _has_tissues(tree: Tree, folder: Parts) -> bool:
    """Whether the folders in a folder are those of the nine tissues, without folders in them."""
    if folder not in tree.listings or tree.listings[folder].folders != TISSUES:
        return False
    return all(tree.below(tissue) == [tissue] for tissue in tree.folders(folder))
