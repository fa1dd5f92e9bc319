"""Images in folders: a folder for each class, or the layout of ICIAR 2018."""

import re

from cohort.files.offenders import some
from cohort.layouts.found import Found, require_read
from cohort.layouts.iciar2018 import ICIAR_CLASSES, class_of_file
from cohort.layouts.proposals import are_splits, lower_folders, lower_proposals, proposals
from cohort.layouts.tree import Parts, Tree
from cohort.samples import DatasetError, Sample
from imaging.read_errors import shown

TABLE = "a CSV table image,label,patient"


def iciar_samples(tree: Tree) -> Found | None:
    """The challenge's layout, Photos/Normal ... or flat n001.tif ...; None where it is another."""
    root: Parts = ("Photos",) if ("Photos",) in tree.listings else ()
    class_folders = [folder for folder in tree.folders(root) if tree.images(folder)]
    labels = [re.sub(r"[\s_-]", "", folder[-1].lower()) for folder in class_folders]
    if sorted(labels) == sorted(ICIAR_CLASSES):
        _require_flat(tree, class_folders)
        require_read(tree, [folder for folder in tree.folders(root) if folder not in class_folders], [])
        return Found(_iciar_in_folders(tree, class_folders, labels), frozenset(class_folders))
    samples = [] if class_folders else _iciar_flat(tree, root)
    return Found(samples) if samples else None


def _iciar_in_folders(tree: Tree, class_folders: list[Parts], labels: list[str]) -> list[Sample]:
    samples = []
    for folder, label in zip(class_folders, labels, strict=True):
        for parts in tree.images(folder):
            path = tree.path(parts)
            # the file name, as in all lists of the challenge; with its folder where it is not one of the challenge's
            is_own = class_of_file(path) == label
            samples.append(Sample(path.name if is_own else f"{path.parent.name}/{path.name}", path, label))
    return samples


def _iciar_flat(tree: Tree, root: Parts) -> list[Sample]:
    """Images whose names tell the class; an empty list where one does not."""
    paths = [tree.path(parts) for parts in tree.images(root)]
    samples = [Sample(path.name, path, class_of_file(path)) for path in paths]
    return samples if all(sample.label for sample in samples) else []


def class_folder_samples(tree: Tree) -> Found:
    """The images of a folder for each class.

    Raises DatasetError where there are none, for the parts of a split, and for a class of which nothing is read.
    """
    class_folders = tree.folders()
    if are_splits([name for (name,) in class_folders]):
        _refuse_split(tree)
    if not any(tree.images(folder) for folder in class_folders):
        _refuse_without_classes(tree)
    _require_flat(tree, class_folders)
    samples = []
    for folder in class_folders:
        for name in tree.listings[folder].images if folder in tree.listings else ():
            samples.append(Sample(f"{folder[0]}/{name}", tree.path((*folder, name)), folder[0]))
    require_read(tree, class_folders, tree.images())
    return Found(samples, frozenset(class_folders))


def _refuse_split(tree: Tree) -> None:
    names = some([f"{shown(name)}/" for (name,) in tree.folders()])
    choices = [*lower_folders(tree), *proposals(tree)]
    rule = f"{shown(tree.root)} holds {names}: these are the parts of a split, not classes"
    raise DatasetError(_with_choices(rule, choices))


def _refuse_without_classes(tree: Tree) -> None:
    class_folders = f"{shown(tree.root)} has no class folders with images ({shown(tree.root)}/CLASS/image.png)"
    loose = len(tree.images())
    lie = f"; {loose:,} images lie beside no class folder" if loose else ""
    raise DatasetError(f"{class_folders}{lie}; sort images into a folder for each class, or give {TABLE}")


def _require_flat(tree: Tree, class_folders: list[Parts]) -> None:
    """Refuse images in folders of class folders, which may mean patients, magnifications or nothing."""
    deeper = []
    for class_folder in class_folders:
        deeper += [folder for folder in tree.below(class_folder)[1:] if tree.listings[folder].images]
    if not deeper:
        return
    such = f"such as {shown('/'.join(deeper[0]))}; what they mean is not guessed"
    rule = f"{len(deeper)} folders of images lie deeper than {shown(tree.root)}/CLASS/, {such}"
    choices = proposals(tree)
    if len(tree.folders()) == 1:
        (only,) = tree.folders()
        parts_of_split = lower_folders(Tree(tree.path(only))) if are_splits(tree.listings[only].folders) else []
        choices = [*lower_folders(tree), *parts_of_split, *choices]
    raise DatasetError(_with_choices(rule, choices or lower_proposals(tree)))


def _with_choices(rule: str, choices: list[str]) -> str:
    if not choices:
        return f"{rule}; give {TABLE}"
    return "\n  ".join([f"{rule}. What it may be:", *choices, f"anything else: {TABLE}"])
