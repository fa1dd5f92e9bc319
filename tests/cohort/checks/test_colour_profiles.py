"""Laws of colour profiles: one for all is nothing to say, several are a note, and by class where they go with it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from cohort.checks.colour_profiles import profile_notices
from cohort.checks.file_checks import inspect_all
from cohort.samples import Sample
from imaging.read import ImageInfo


def noticed(profiles, labels):
    samples = [Sample(str(number), Path("x"), label) for number, label in enumerate(labels)]
    facts = {str(number): ImageInfo("", 1, 1, "", profile) for number, profile in enumerate(profiles)}
    return profile_notices(samples, facts)


@pytest.mark.parametrize("profile", ["", "sRGB (1)"])
def test_one_profile_or_none_is_nothing_to_say(profile):
    assert noticed([profile] * 20, ["a", "b"] * 10) == []


def test_several_are_a_note_with_their_counts():
    [notice] = noticed(["", "", "sRGB (1)", "sRGB (1)"] * 5, ["a", "b"] * 10)
    assert notice.kind == "colour-profiles-differ" and notice.level == "note"
    assert "none: 10 images; sRGB (1): 10 images; convert all" in notice


def test_they_are_counted_by_class_where_they_go_with_it():
    [notice] = noticed(["", "sRGB (1)"] * 10, ["a", "b"] * 10)
    assert "none: 10 of 10 a, 0 of 10 b; sRGB (1): 10 of 10 b, 0 of 10 a; the models may learn" in notice


def test_a_profile_for_each_image_is_no_screen_full():
    [notice] = noticed([f"p{number}" for number in range(500)], ["a", "b"] * 250)
    assert "; 497 more profiles; " in notice and len(notice) < 250


def test_images_that_cannot_be_used_do_not_count():
    assert (
        profile_notices([Sample("a", Path("x"), "a"), Sample("b", Path("x"), "b")], {"a": ImageInfo("", 1, 1, "", "p")})
        == []
    )


def test_the_inspection_says_it(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    samples = []
    for number in range(4):
        path = tmp_path / f"{number}.png"
        options = {"icc_profile": profile} if number % 2 else {}
        Image.fromarray(np.full((8, 8, 3), number, np.uint8)).save(path, **options)
        samples.append(Sample(path.name, path, "ab"[number % 2]))
    [notice] = inspect_all(samples).warnings
    assert "none: 2 of 2 a, 0 of 2 b; sRGB built-in (" in notice
