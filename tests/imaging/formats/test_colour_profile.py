"""Laws of colour profiles: a copy has the same name whenever it was made, another profile another one."""

import pytest
from PIL import ImageCms

from imaging.formats.colour_profile import profile_name


def profile(kind="sRGB"):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes()


def test_no_profile_has_no_name():
    assert profile_name(None) == profile_name(b"") == ""


def test_only_what_colours_depend_on_makes_another_name():
    first = profile()
    made_later = first[:24] + bytes(12) + first[36:]
    assert profile_name(first).startswith("sRGB built-in (") and profile_name(made_later) == profile_name(first)
    assert profile_name(first[:-4] + b"\1\2\3\4") != profile_name(first) != profile_name(profile("LAB"))


@pytest.mark.parametrize("content", [b"no profile", bytes(200), b"\xff" * 4000])
def test_what_cannot_be_read_is_told_apart_all_the_same(content):
    assert profile_name(content).startswith("unreadable (") and profile_name(content) != profile_name(content + b"1")
