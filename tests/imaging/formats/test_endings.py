"""Laws of endings: what is read here, what is a slide, and what else looks like an image are three things."""

from pathlib import PurePath

import numpy as np
import pytest
from PIL import Image

from imaging.formats.endings import (
    SLIDES,
    SUFFIXES,
    UNREAD_IMAGES,
    is_image,
    is_slide,
    looks_like_image,
    why_not_opened,
)
from imaging.read import ImageError, read_image


def test_an_ending_is_of_one_kind():
    endings = [*SUFFIXES, *SLIDES, *UNREAD_IMAGES]
    assert len(set(endings)) == len(endings)
    assert all(ending == ending.lower() and ending.startswith(".") for ending in endings)


@pytest.mark.parametrize("ending", [*SUFFIXES, *SLIDES, *UNREAD_IMAGES])
def test_whatever_looks_like_an_image_does_so_in_any_case_unless_it_is_hidden(ending):
    for name in (f"a{ending}", f"a{ending.upper()}"):
        assert looks_like_image(PurePath(name)) and not looks_like_image(PurePath(f".{name}"))
        assert is_image(PurePath(name)) == (ending in SUFFIXES)
        assert is_slide(PurePath(name)) == (ending in SLIDES)


@pytest.mark.parametrize("name", ["notes.txt", "table.csv", "png", "a.png.txt", "Thumbs.db", "slide.dat"])
def test_other_files_do_not(name):
    assert not looks_like_image(PurePath(name))


@pytest.mark.parametrize("ending", [".svs", ".MRXS", ".czi", ".nef"])
def test_a_slide_and_a_raw_file_are_refused_for_what_they_are(ending, tmp_path):
    """There may be a small image in it that Pillow would read, a thumbnail or the label."""
    assert why_not_opened(PurePath(f"a{ending}")) and not why_not_opened(PurePath("a.png"))
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / f"a{ending}", format="PNG")
    with pytest.raises(ImageError, match=rf"{ending} is a format of .*; (export fields|save it)"):
        read_image(tmp_path / f"a{ending}")


def test_a_gif_of_one_picture_is_read_and_a_film_is_refused(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 4, (20, 30), np.uint8)
    picture = Image.fromarray(pixels, "P")
    picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120])
    picture.save(tmp_path / "a.gif", transparency=2)
    image = read_image(tmp_path / "a.gif")
    assert (image[pixels == 0] == [10, 20, 30]).all() and (image[pixels == 2] == 255).all()
    picture.save(tmp_path / "film.gif", save_all=True, append_images=[Image.fromarray(3 - pixels, "P")])
    with pytest.raises(ImageError, match="holds 2 pages, and which is meant is unclear"):
        read_image(tmp_path / "film.gif")
