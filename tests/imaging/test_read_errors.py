"""Laws of the refusals: the file, what is wrong with it, and what to do, on one line."""

import os

import pytest
from PIL import Image, UnidentifiedImageError

from imaging.read_errors import ImageError, require_file, shown, unreadable


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty, 0 bytes"),
        (b"some words\n", "it is text"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS pointer (git lfs pull"),
        (b"<!DOCTYPE html>", "web page"),
        (b"GIF89a", "GIF image"),
        (b"%PDF-1.4", "PDF"),
        (b"PK\3\4", "ZIP"),
        (b"II*\0\1\2\3", "damaged or of an unusual kind"),
        (b"\0\1\2\3", "content is unknown"),
    ],
)
def test_what_a_file_is_instead_of_an_image(content, said, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    message = str(unreadable(path, UnidentifiedImageError()))
    assert message.startswith(f"{path}: not a readable image (") and "; copy it again" in message
    assert said in message


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied"), "(permission denied); allow yourself"),
        (MemoryError(), "(the memory is full); use fewer --jobs"),
        (Image.DecompressionBombError(), "pixels); cut it"),
        (OSError(5, "Input/output error"), "(Input/output error); copy"),
        (KeyError(), "(KeyError); copy"),
    ],
)
def test_errors_of_the_system_have_their_own_way_out(error, said, tmp_path):
    assert said in str(unreadable(tmp_path / "a.png", error))


def test_only_a_file_is_opened(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")  # opening it would wait for ever
        with pytest.raises(ImageError, match="is neither file nor folder"):
            require_file(tmp_path / "pipe.png")
    for name, said in {
        "folder": "is a folder", "loop": "or in a circle", "gone": "link to nowhere", "none": "not exist"
    }.items():  # fmt: skip
        with pytest.raises(ImageError, match=rf"{name}.png: not a readable image \(.*{said}.*\); "):
            require_file(tmp_path / f"{name}.png")
    (tmp_path / "file.png").touch()
    require_file(tmp_path / "file.png")


def test_a_message_stays_on_its_line_and_can_be_printed_anywhere():
    assert shown("Größe 'a'.png") == "Größe 'a'.png"
    for odd in ("a\nb.png", "a\x1b[31m.png", "a\udcff.png"):
        assert shown(odd) == ascii(odd) and shown(odd).isascii() and shown(odd).isprintable()
