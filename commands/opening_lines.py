"""What cv and fit say before they begin: which images, in which folds, by which variants, and what they leave aside."""

import os
import shlex
from dataclasses import fields
from pathlib import Path
from subprocess import list2cmdline
from typing import Any

from cohort.cohort import Cohort
from cohort.files.offenders import some
from commands.terminal import console, counted
from commands.training_options import CvOptions, TrainingOptions
from featurize.store.variants import Others, other_variants
from workflow.cohort_from_cache import CachedImages

SHOWN = 6  # variants: as many as the paper has
MOST_COMMANDS = 2  # for other variants; `cache ls` lists them all


def tell_opening(asked: TrainingOptions, images: CachedImages, cohort: Cohort) -> None:
    """Print it, so that a command in it can be copied."""
    console.print(folds_line(asked, images.name, cohort), soft_wrap=True)
    tell_variants(asked, images)


def tell_variants(asked: TrainingOptions, images: CachedImages) -> None:
    """Print by what the images are described, and how to take what else the cache holds."""
    others = Others() if asked.variants else other_variants(images.folder, images.stores)
    for line in [variants_line(list(images.stores), others), *others_lines(asked, others)]:
        console.print(line, soft_wrap=True)


def folds_line(asked: TrainingOptions, name: str, cohort: Cohort) -> str:
    """How many images are held out in how many folds, and who is kept together when patients count."""
    text = f"{name}: {len(cohort)} images in {len(cohort.held_out_folds)} folds"
    known = [patient for patient in cohort.patients if patient]
    if asked.groups == "none" or not known:
        return text
    unknown = len(cohort) - len(known)
    alone = unknown and asked.unknown_patients == "own"  # what else becomes of them is told by itself
    rest = f"; {unknown} images of unknown patients stand alone" if alone else ""
    return f"{text}; the images of each of {len(set(known))} patients share a fold{rest}"


def variants_line(variants: list[str], others: Others) -> str:
    """What the images are described by, and which extraction that was where the cache has others."""
    which = ""
    if others.names:
        which = " of the latest extract" if others.is_finished else " of the latest extract that was finished"
    count = counted(len(variants), "variant")
    averaged = ", whose answers are averaged" if len(variants) > 1 else ""
    return f"{count} (network, crop size and scale){which}{averaged}: {some(variants, SHOWN)}"


def others_lines(asked: TrainingOptions, others: Others) -> list[str]:
    """The variants that are left aside, and the commands that take them."""
    lines = []
    for group in others.groups[:MOST_COMMANDS]:
        settings = {name: others.settings.get(name, "") for name in group}
        named = [f"{name} ({words})" if words else name for name, words in settings.items()]
        lines.append(f"others in the cache: {some(named, SHOWN)}; `{typed_with(asked, group)}` takes those")
    if len(others.groups) > MOST_COMMANDS:
        cache = [] if asked.cache == CvOptions.cache else ["--cache", str(asked.cache)]
        lines.append(f"and further ones; `{_typed(['cache', 'ls', *cache])}` lists all")
    if others.together:
        lines.append(f"all of them together: `{typed_with(asked, others.together)}`")
    if others.lacking:
        lines.append(
            f"left aside, for they lack some of these images or have earlier labels: {some(others.lacking, SHOWN)}; "
            "the extract that made them brings them up to date"
        )
    return lines


def typed_with(asked: TrainingOptions, variants: tuple[str, ...]) -> str:
    """The command as it was given, but with these variants; it works when it is copied into a shell."""
    words = ["cv" if isinstance(asked, CvOptions) else "fit"]
    for field in fields(asked):
        value = getattr(asked, field.name)
        if field.name != "variants" and value != field.default:
            words += _option(field.name, value)
    return _typed([*words, "--variants", ",".join(variants)])


def _typed(words: list[str]) -> str:
    """A command of this program, quoted for the shell of this system."""
    command = ["python", "pipeline.py", *words]
    return list2cmdline(command) if os.name == "nt" else shlex.join(command)


def _option(name: str, value: Any) -> list[str]:
    """An option as it is typed; one that is set is its name alone."""
    option = "--" + name.replace("_", "-")
    if value is True:
        return [option]
    return [option, str(Path(value)) if isinstance(value, Path) else str(value)]
