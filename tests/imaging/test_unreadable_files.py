"""Every bad image by name: it is refused with the rule, the file and the way out, or it is read and says what it is."""

import os
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from unicodedata import normalize

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cohort.checks.file_checks import inspect_all
from cohort.cohort import Cohort
from cohort.predictions import predictions_table, read_predictions, write_table
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from featurize.protocol import Protocol
from featurize.store.file_format import Entry
from featurize.store.open_store import open_store
from imaging.phantom import beer_lambert, draw_field
from imaging.read import ImageError, inspect, read_image, rescale
from imaging.stain import DEGENERATE, LITTLE_TISSUE, OK, REFERENCE, draw_gains, fit_stain, jitter, normalise
from imaging.truncation import END
from tests.imaging.test_read import png

FIELD = draw_field("benign", "p", 0, 192, 256, 0)


def refused(path, said):
    """The one line that both readers say."""
    messages = []
    for read in (inspect, read_image):
        with pytest.raises(ImageError, match=said) as error:
            read(path)
        messages.append(str(error.value))
    assert messages[0] == messages[1] and "\n" not in messages[0]
    assert path.name in messages[0] and "; " in messages[0], "the file and the way out"


def saved(path, image=FIELD.image, **options):
    Image.fromarray(image).save(path, **options)
    return path


# content


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".webp"])
@pytest.mark.parametrize("told", [".png", ".jpg", ".tif"])
def test_a_wrong_ending_does_not_matter(suffix, told, tmp_path):
    expected = read_image(saved(tmp_path / f"right{suffix}"))
    (tmp_path / f"wrong{told}").write_bytes((tmp_path / f"right{suffix}").read_bytes())
    assert np.array_equal(read_image(tmp_path / f"wrong{told}"), expected)


def test_a_jpeg_with_a_broken_tail_is_refused(tmp_path):
    whole = saved(tmp_path / "whole.jpg", quality=90).read_bytes()
    half = len(whole) // 2
    rng = np.random.default_rng(0)
    for number, tail in enumerate((b"", bytes(half), rng.bytes(half), END)):
        path = tmp_path / f"broken{number}.jpg"
        path.write_bytes(whole[:half] + tail)
        refused(path, r"truncated|broken data|tail is missing")


def test_every_flipped_bit_of_a_png_is_noticed(tmp_path):
    path = saved(tmp_path / "a.png", FIELD.image[:32, :32])
    expected, whole = read_image(path), path.read_bytes()
    for place in range(40, len(whole) - 12, 7):
        flipped = bytearray(whole)
        flipped[place] ^= 4
        path.write_bytes(flipped)
        with suppress(ImageError):
            assert np.array_equal(read_image(path), expected)


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_deep_tiffs_are_refused(mode, tmp_path):
    Image.new(mode, (8, 8)).save(tmp_path / "deep.tif")
    refused(tmp_path / "deep.tif", f"pixel mode {mode} holds more than 8 bits a channel; save it as 8-bit RGB")


def test_a_floating_point_colour_tiff_is_refused(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "float.tif", np.zeros((8, 8, 3), np.float32), photometric="rgb")
    refused(tmp_path / "float.tif", "unusual kind, such as floating point colour.*; .* 8-bit RGB")


def test_lab_is_none_of_our_modes(tmp_path):
    Image.new("LAB", (8, 8)).save(tmp_path / "lab.tif")
    refused(tmp_path / "lab.tif", "pixel mode LAB is none of grey, RGB, palette and CMYK; save it")


# pages


def pages(path, *sizes, **options):
    pictures = [Image.new("RGB", size, (index * 40, 90, 120)) for index, size in enumerate(sizes)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], **options)
    return path


@pytest.mark.parametrize("sizes", [[(40, 30)] * 3, [(40, 30), (20, 20)], [(20, 15), (40, 30)], [(40, 30), (30, 22)]])
def test_a_file_of_several_pictures_is_refused(sizes, tmp_path):
    path = pages(tmp_path / "stack.tif", *sizes)
    refused(path, f"stack.tif: holds {len(sizes)} pages, and which is meant is unclear; save each wanted page")


def test_a_thumbnail_or_pyramid_is_no_second_picture(tmp_path):
    path = pages(tmp_path / "pyramid.tif", (400, 301), (200, 150), (100, 75))
    assert read_image(path).shape == (301, 400, 3) and (read_image(path) == [0, 90, 120]).all()


@pytest.mark.parametrize("kind", [1, 4, 9])  # reduced, mask, the macro picture of a slide
def test_pages_marked_as_copies_or_masks_are_passed_over(kind, tmp_path):
    tifffile = pytest.importorskip("tifffile")
    with tifffile.TiffWriter(tmp_path / "slide.tif") as tif:
        tif.write(FIELD.image, photometric="rgb")
        beside = np.zeros((64, 200), bool) if kind == 4 else np.zeros((64, 200, 3), np.uint8)
        tif.write(beside, photometric="minisblack" if kind == 4 else "rgb", subfiletype=kind)
    assert np.array_equal(read_image(tmp_path / "slide.tif"), FIELD.image)
    with tifffile.TiffWriter(tmp_path / "turned.tif") as tif:
        tif.write(FIELD.image[:64], photometric="rgb", subfiletype=1)
        tif.write(FIELD.image, photometric="rgb")
    refused(tmp_path / "turned.tif", "holds 2 pages")


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_a_moving_picture_is_refused(suffix, tmp_path):
    refused(pages(tmp_path / f"film{suffix}", (40, 30), (40, 30)), "holds 2 pages")


def test_the_main_picture_of_a_phones_jpeg_is_read(tmp_path):
    first, second = Image.fromarray(FIELD.image), Image.new("RGB", (30, 20))
    first.save(tmp_path / "phone.jpg", format="MPO", save_all=True, append_images=[second])
    assert read_image(tmp_path / "phone.jpg").shape == FIELD.image.shape


# size


def declared(path, width, height):
    """A small PNG whose header promises so many pixels."""
    path.write_bytes(png(8, 2, height, width, bytes(1000)))
    return path


@pytest.mark.parametrize("size", [(30_000, 30_000), (8193, 8192), (12_000, 12_000), (100_000_000, 1)])
def test_a_bomb_is_refused_by_its_header(size, tmp_path):
    refused(declared(tmp_path / "bomb.png", *size), r"more than 67,108,864 pixels.*; cut it into smaller images")


def overstated(data, suffix, side):
    """A file of 300 x 300 pixels with another size in its header."""
    if suffix == ".png":
        return png(8, 2, side, side, bytes(1000))
    old, new = {
        ".tif": (struct.pack("<I", 300), struct.pack("<I", side)),
        ".bmp": (struct.pack("<ii", 300, 300), struct.pack("<ii", side, side)),
        ".jpg": (struct.pack(">HH", 300, 300), struct.pack(">HH", side, side)),
        ".webp": (struct.pack("<HH", 300, 300), struct.pack("<HH", side, side)),
    }[suffix]
    assert old in data
    return data.replace(old, new)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".webp", ".jpg"])
def test_a_bomb_of_any_format_takes_no_memory(suffix, tmp_path):
    """The size in the header of a small file is overwritten; the reader may grow by 64 MB at most."""
    side = 16_383 if suffix == ".webp" else 30_000
    path = saved(tmp_path / f"bomb{suffix}", np.zeros((300, 300, 3), np.uint8))
    path.write_bytes(overstated(path.read_bytes(), suffix, side))
    code = (
        "import resource, sys, pathlib; from imaging.read import ImageError, read_image\n"
        "read_image(pathlib.Path(sys.argv[2]))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_image(pathlib.Path(sys.argv[1]))\n"
        "except ImageError as error: print(error)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    small = saved(tmp_path / f"small{suffix}", np.zeros((300, 300, 3), np.uint8))
    if sys.platform != "linux":
        pytest.skip("the peak of memory has another unit, or is not told")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, path, small], capture_output=True, text=True, check=True
    )
    assert "67,108,864 pixels" in done.stdout
    assert int(done.stdout.split()[-1]) < 64


# nothing to normalise


def one_stain(column):
    amounts = np.zeros((192, 256, 2))
    amounts[..., column] = np.random.default_rng(0).gamma(2, 0.4, (192, 256))
    return beer_lambert(amounts, REFERENCE).round().clip(0, 255).astype(np.uint8)


def pen_marks(share):
    """Green and black strokes over tissue."""
    marked = FIELD.image.copy()
    rows = int(192 * share)
    marked[:rows:2], marked[1:rows:2] = (20, 120, 40), (12, 12, 14)
    return marked


ODD = {
    "1 x 1": (np.full((1, 1, 3), 90, np.uint8), LITTLE_TISSUE),
    "50 x 50": (FIELD.image[60:110, 60:110], None),
    "white": (np.full((64, 64, 3), 255, np.uint8), LITTLE_TISSUE),
    "black": (np.zeros((64, 64, 3), np.uint8), DEGENERATE),
    "constant": (np.full((64, 64, 3), (150, 80, 130), np.uint8), DEGENERATE),
    "haematoxylin only": (one_stain(0), DEGENERATE),
    "eosin only": (one_stain(1), DEGENERATE),
    "pen over a tenth": (pen_marks(0.1), None),
    "pen over all": (pen_marks(1), None),
    "very pale": (beer_lambert(0.08 * FIELD.concentrations, REFERENCE).clip(0, 255).astype(np.uint8), LITTLE_TISSUE),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_an_image_without_two_stains_says_so_and_goes_through_the_line(name, scale, tmp_path):
    image, status = ODD[name]
    path = saved(tmp_path / "odd.png", image)
    rescaled = rescale(read_image(path), scale)
    with np.errstate(all="raise", under="ignore"):
        stain = fit_stain(rescaled)
        normalised = normalise(rescaled, stain)
        jittered = jitter(normalised, draw_gains(np.random.default_rng(0)))
    assert status in (None, stain.status)
    assert np.isfinite(stain.matrix).all() and np.isfinite(stain.scale).all()
    for result in (normalised, jittered):
        assert result.shape == rescaled.shape and result.dtype == np.uint8
    assert stain.status == OK or np.array_equal(normalised, rescaled), "left as it is"
    assert inspect(path).height == image.shape[0]


# names and places


NAMES = ["with spaces .png", "quote'd \"name\".png", "new\nline.png", "carriage\rreturn.png", "Größe 日本語 🔬.png",
         "comma,semicolon;tab\t.png", "[bold]markup[bold].png", "-dash.png", "100%.png", "\x1b[31m.png"]  # fmt: skip


@pytest.fixture
def odd_names(tmp_path):
    """Two classes of images with odd names, each of another content."""
    if sys.platform == "win32":
        pytest.skip("Windows has no such names")
    for number, name in enumerate(NAMES):
        folder = tmp_path / "odd names" / ("a" if number % 2 else "b")
        folder.mkdir(parents=True, exist_ok=True)
        saved(folder / name, FIELD.image[number : number + 20, :20])
    return tmp_path / "odd names"


def test_odd_names_go_through_the_whole_line(odd_names, tmp_path):
    """Through the folder, a table, the cache and the predictions."""
    dataset = read_dataset(odd_names)
    assert {sample.path.name for sample in dataset.samples} == set(NAMES)
    rows = [(s.name, s.label, s.patient) for s in dataset.samples]
    write_table(odd_names / "manifest.csv", pd.DataFrame(rows, columns=["image", "label", "patient"]))
    assert read_dataset(odd_names / "manifest.csv").samples == dataset.samples
    facts = inspect_all(dataset.samples).require_all()
    entries = [Entry(s.name, s.label, s.patient, f.sha256) for s, f in zip(dataset.samples, facts, strict=True)]
    store = open_store(tmp_path / "c.h5", Protocol("squeezenet1_1", "w", views=1, crops=1), {"dim": 2}, entries)
    assert store.entries == tuple(entries)
    names = [s.name for s in dataset.samples]
    p = {"m": np.full((len(names), 2), 0.5)}
    cohort = Cohort.of(names, ["a", "b"] * (len(names) // 2) + ["a"] * (len(names) % 2), "ab", None, [1] * len(names))
    write_table(tmp_path / "p.csv", predictions_table(cohort, p))
    assert read_predictions(tmp_path / "p.csv")["image"].tolist() == names


def test_a_bad_image_of_an_odd_name_is_told_on_one_line(odd_names):
    for path in odd_names.rglob("*.png"):
        path.write_bytes(b"")
    found = inspect_all(read_dataset(odd_names).samples)
    assert len(found.refused) == len(NAMES) and all(text.isprintable() for text in found.refused.values())


@pytest.fixture
def folder(tmp_path):
    """Two classes of two good images each."""
    for number, name in enumerate(("a/1", "a/2", "b/1", "b/2")):
        path = tmp_path / "data" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        saved(path, FIELD.image[number : number + 20, :20])
    return tmp_path / "data"


def test_links_in_a_circle_folders_and_pipes_are_bad_images_and_the_rest_is_not_lost(folder):
    (folder / "a" / "loop.png").symlink_to(folder / "a" / "loop.png")
    (folder / "a" / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "a" / "linked.png").symlink_to(saved(folder.parent / "elsewhere.png", FIELD.image[50:70, :20]))
    (folder / "b" / "folder.png").mkdir()
    found = inspect_all(read_dataset(folder).samples)
    assert sorted(found.refused) == ["a/gone.png", "a/loop.png", "b/folder.png"]
    assert sorted(found.facts) == ["a/1.png", "a/2.png", "a/linked.png", "b/1.png", "b/2.png"]


def test_a_link_to_a_folder_above_does_not_go_round_for_ever(folder):
    (folder / "a" / "above").symlink_to(folder)
    started = perf_counter()
    assert len(read_dataset(folder).samples) == 4
    assert perf_counter() - started < 2


@pytest.mark.skipif(sys.platform == "win32", reason="chmod takes no reading away there")
def test_permission_denied_is_said_with_the_way_out(folder, monkeypatch):
    path = folder / "a" / "1.png"
    path.chmod(0)
    if os.geteuid() == 0:  # who may read everything
        opened = os.open
        monkeypatch.setattr(os, "open", lambda name, *rest: _deny(path) if name == str(path) else opened(name, *rest))
    refused(path, r"1.png: not a readable image \(permission denied\); allow yourself to read it: chmod u\+r")
    assert list(inspect_all(read_dataset(folder).samples).refused) == ["a/1.png"]


def _deny(path):
    raise PermissionError(13, "Permission denied", str(path))


def test_a_folder_that_cannot_be_listed_is_said(folder, monkeypatch):
    listing = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: _deny(path) if Path(path).name == "b" else listing(path))
    with pytest.raises(DatasetError, match=r"data.b cannot be listed \(Permission denied\); allow it"):
        read_dataset(folder)


def test_twins_of_one_name_are_refused(folder):
    for form in ("NFC", "NFD"):
        saved(folder / "a" / normalize(form, "é.png"))
    if len(list((folder / "a").iterdir())) < 4:
        pytest.skip("this file system takes them for one name")
    with pytest.raises(DatasetError, match=r"(?s)2 images have names that differ only in how.*rename.*u0301.*xe9"):
        read_dataset(folder)


def test_a_name_is_the_same_on_every_system(folder):
    saved(folder / "a" / normalize("NFD", "é.png"))
    names = [sample.name for sample in read_dataset(folder).samples]
    assert normalize("NFC", "a/é.png") in names
    (folder / "manifest.csv").write_text("image,label\n" + "".join(f"{name},{name[0]}\n" for name in names))
    assert [sample.name for sample in read_dataset(folder / "manifest.csv").samples] == names
    assert not inspect_all(read_dataset(folder / "manifest.csv").samples).refused


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="names are Unicode there")
def test_a_name_that_is_not_utf8_is_refused_in_letters_that_can_be_printed(folder):
    (folder / "a" / "1.png").rename(folder / "a" / os.fsdecode(b"\xff1.png"))
    with pytest.raises(DatasetError, match=r"(?s)not UTF-8; rename them.*'a/\\udcff1.png'") as error:
        read_dataset(folder)
    assert str(error.value).isascii()


def test_thousands_of_images_are_listed_and_looked_at_in_seconds(tmp_path):
    for label in "ab":
        (tmp_path / "many" / label).mkdir(parents=True)
    head, tail = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 58, 0, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0), b"\0"
    for number in range(3_000):
        (tmp_path / "many" / "ab"[number % 2] / f"{number}.bmp").write_bytes(head + number.to_bytes(3, "big") + tail)
    started = perf_counter()
    dataset = read_dataset(tmp_path / "many")
    rows = "".join(f"{sample.name},{sample.label}\n" for sample in dataset.samples)
    (tmp_path / "many" / "manifest.csv").write_text("image,label\n" + rows)
    assert read_dataset(tmp_path / "many") == dataset
    assert not dataset.warnings()
    assert perf_counter() - started < 5
    found = inspect_all(dataset.samples)
    assert len(found.facts) == 3_000 and not found.warnings
    assert perf_counter() - started < 40
