"""Colour profiles (ICC) that differ between images: the same numbers then stand for different colours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from cohort.checks.by_class import counts_by_class, tells_the_class
from cohort.checks.notices import Notice
from cohort.samples import Sample
from imaging.read import ImageInfo

SHOWN = 3  # profiles


def profile_notices(samples: Sequence[Sample], facts: Mapping[str, ImageInfo]) -> list[Notice]:
    """A note where images have several profiles, or some have none; with their classes where these differ."""
    labels_of = defaultdict(list)  # of the images with each profile
    for sample in samples:
        if sample.name in facts:
            labels_of[facts[sample.name].profile or "none"].append(sample.label)
    if len(labels_of) < 2:
        return []
    labels = [label for of_profile in labels_of.values() for label in of_profile]
    differ_by_class = any(tells_the_class(labels, of_profile) for of_profile in labels_of.values())
    parts = []
    for profile in sorted(labels_of, key=lambda profile: (-len(labels_of[profile]), profile)):
        of_profile = labels_of[profile]
        counts = counts_by_class(labels, of_profile) if differ_by_class else f"{len(of_profile)} images"
        parts.append(f"{profile}: {counts}")
    more = f"; {len(parts) - SHOWN} more profiles" if len(parts) > SHOWN else ""
    sentence = f"colour profiles (ICC) differ, and none is applied: {'; '.join(parts[:SHOWN])}{more}"
    reason = "the models may learn the profile for the class; " if differ_by_class else ""
    return [Notice("colour-profiles-differ", f"{sentence}; {reason}convert all images to one, such as sRGB")]
