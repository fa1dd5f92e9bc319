"""Laws of reading: what is saved comes back, upright and whole, and what cannot be read is refused before the work."""

import struct
import zlib
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image, ImageCms

from imaging.formats.colour_profile import profile_name
from imaging.read import SUFFIXES, ImageError, inspect, is_image, read_image, rescale, rescaled_size

ORIENTATION = 0x0112


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 256, (20, 30, 3), np.uint8)


def saved(path, pixels, mode="RGB", **options):
    Image.fromarray(pixels).convert(mode).save(path, **options)
    return path


def png(depth, kind, height, width, raw):
    """The bytes of a PNG; Pillow itself writes none with 16 bits a channel."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("suffix", [*SUFFIXES, *map(str.upper, SUFFIXES)])
def test_every_format_is_read(suffix, tmp_path, rng):
    smooth = np.asarray(Image.fromarray(rng.integers(0, 256, (4, 6, 3), np.uint8)).resize((60, 40)))
    path = saved(tmp_path / f"image{suffix}", smooth, quality=95)
    image = read_image(path)
    assert is_image(path)
    assert image.dtype == np.uint8
    if suffix.lower() in (".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif"):
        assert np.abs(image.astype(int) - smooth).mean() < 8
    else:
        assert_array_equal(image, smooth)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiff_comes_back_to_the_bit(compression, tmp_path, pixels):
    assert_array_equal(read_image(saved(tmp_path / "a.tif", pixels, compression=compression)), pixels)


@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_image_is_read_upright_and_its_facts_agree(suffix, orientation, tmp_path, pixels):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    plain = read_image(saved(tmp_path / f"plain{suffix}", pixels))
    path = saved(tmp_path / f"turned{suffix}", pixels, exif=exif)
    expected = plain.transpose(1, 0, 2) if orientation >= 5 else plain
    expected = expected[:: -1 if orientation in (3, 4, 7, 8) else 1, :: -1 if orientation in (2, 3, 6, 7) else 1]
    assert_array_equal(read_image(path), expected)
    facts = inspect(path)
    assert (facts.height, facts.width) == expected.shape[:2]


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_other_modes_become_rgb(mode, tmp_path, pixels):
    path = saved(tmp_path / "a.tif", pixels, mode)
    image = read_image(path)
    assert image.shape == (20, 30, 3)
    if mode in ("1", "L"):
        assert_array_equal(image[..., 0], image[..., 2])


def test_grey_stays_grey(tmp_path, pixels):
    path = saved(tmp_path / "a.png", pixels[..., 0], "L")
    assert_array_equal(read_image(path), np.repeat(pixels[..., :1], 3, axis=2))


def test_what_is_transparent_is_white(tmp_path, pixels):
    alpha = np.full((20, 30, 1), 255, np.uint8)
    alpha[:10] = 0
    Image.fromarray(np.concatenate([pixels, alpha], axis=2)).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    assert (image[:10] == 255).all()
    assert_array_equal(image[10:], pixels[10:])


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".webp"])
def test_facts_tell_the_colour_profile(suffix, tmp_path, pixels):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tagged = inspect(saved(tmp_path / f"tagged{suffix}", pixels, icc_profile=profile))
    assert tagged.profile == profile_name(profile) and inspect(saved(tmp_path / f"plain{suffix}", pixels)).profile == ""


def test_facts_of_an_older_version_are_completed(tmp_path, pixels):
    path = saved(tmp_path / "a.png", pixels)
    facts = inspect(path)
    assert inspect(path, replace(facts, profile=None)) == facts


def test_a_transparent_palette_entry_is_white(tmp_path):
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.paste(0, (0, 0, 4, 8))
    picture.save(tmp_path / "a.png", transparency=0)
    image = read_image(tmp_path / "a.png")
    assert (image[:, :4] == 255).all()
    assert (image[:, 4:] == [40, 50, 60]).all()


@pytest.mark.parametrize("kind", [0, 2, 4, 6], ids=["L", "RGB", "LA", "RGBA"])
def test_sixteen_bit_png_is_refused(kind, tmp_path, rng):
    """Pillow would keep the high byte, which is black where a camera fills 12 of 16 bits."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    raw = b"".join(b"\0" + rng.bytes(2 * 8 * channels) for _ in range(8))
    path = tmp_path / "deep.png"
    path.write_bytes(png(16, kind, 8, 8, raw))
    for read in (inspect, read_image):
        with pytest.raises(ImageError, match=r"deep.png: pixel mode .*16.* more than 8 bits .* save it as 8-bit RGB"):
            read(path)


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_deep_grey_tiff_is_refused(dtype, tmp_path):
    Image.fromarray(np.zeros((8, 8), dtype)).save(tmp_path / "deep.tif")
    with pytest.raises(ImageError, match="more than 8 bits"):
        read_image(tmp_path / "deep.tif")


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_sixteen_bit_colour_tiff_is_refused(compression, tmp_path):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "deep.tif", np.zeros((8, 8, 3), np.uint16), photometric="rgb", compression=compression)
    with pytest.raises(ImageError, match=r"RGB;16. holds more than 8 bits"):
        read_image(tmp_path / "deep.tif")


def test_five_bits_a_channel_are_not_sixteen(tmp_path):
    """A bitmap of 16 bits a pixel holds 5 or 6 a channel."""
    header = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 54 + 32, 0, 0, 54, 40, 4, 4, 1, 16, 0, 32, 0, 0, 0, 0)
    (tmp_path / "a.bmp").write_bytes(header + struct.pack("<16H", *[0x7C00] * 16))
    assert (read_image(tmp_path / "a.bmp") == [255, 0, 0]).all()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg", ".bmp", ".webp", ".gif", ".jp2", ".j2k"])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.9])
def test_a_cut_file_is_refused_before_the_work(suffix, share, tmp_path, pixels):
    """Its header may be whole, and only decoding tells that pixels are missing."""
    path = saved(tmp_path / f"cut{suffix}", pixels)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    for read in (inspect, read_image):
        with pytest.raises(ImageError, match=rf"cut\{suffix}: not a readable image"):
            read(path)


@pytest.mark.parametrize("content", [b"", b"no image", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"GIF89a"])
def test_what_is_no_image_is_refused(content, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match="not a readable image"):
        inspect(path)


def test_other_formats_stay_shut_whatever_the_file_is_called(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.png", format="PPM")
    with pytest.raises(ImageError):
        read_image(tmp_path / "a.png")


def test_missing_files_and_folders_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.png"):
        with pytest.raises(ImageError):
            inspect(path)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning", "ignore::UserWarning")
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".gif", ".jp2", ".j2k"])
def test_damaged_bytes_are_read_or_refused_and_nothing_else(suffix, tmp_path, pixels, rng, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)  # a damaged size is not worth its memory
    path = saved(tmp_path / f"a{suffix}", pixels)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    for _ in range(60):
        damaged = whole.copy()
        damaged[rng.integers(0, min(len(whole), 200), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(damaged.tobytes())
        with suppress(ImageError):
            assert read_image(path).shape[2] == 3


def test_facts_are_hash_and_size(tmp_path, pixels):
    path = saved(tmp_path / "a.png", pixels)
    facts = inspect(path)
    assert facts.sha256 == sha256(path.read_bytes()).hexdigest()
    assert (facts.height, facts.width) == (20, 30)


def test_known_facts_hold_while_the_content_does(tmp_path, pixels):
    path = saved(tmp_path / "a.png", pixels)
    known = replace(inspect(path), height=7)
    assert inspect(path, known) is known, "not decoded again"
    saved(path, pixels[::-1])
    assert inspect(path, known).height == 20


def test_images_are_told_by_their_ending_and_hidden_ones_are_none(tmp_path, pixels):
    saved(tmp_path / "a.png", pixels)
    for name in ("._a.png", "a.png.txt", "a.svs", "Thumbs.db", "png"):
        (tmp_path / name).write_bytes((tmp_path / "a.png").read_bytes())
    assert [path.name for path in sorted(tmp_path.iterdir()) if is_image(path)] == ["a.png"]


def test_what_only_bears_an_images_name_is_a_bad_image_rather_than_none(tmp_path):
    """Passed over in silence, it would be missing from the data set and nobody would know."""
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    for path in tmp_path.iterdir():
        assert is_image(path)
        with pytest.raises(ImageError, match=r"is a (folder|link to nowhere or in a circle)"):
            inspect(path)


def test_scale_one_is_the_image_itself(pixels):
    assert rescale(pixels, 1.0) is pixels


@pytest.mark.parametrize("scale", [0.01, 0.25, 0.5, 0.731, 1.5])
def test_size_is_told_before_the_work(scale, pixels):
    image = rescale(pixels, scale)
    assert image.shape == (*rescaled_size(20, 30, scale), 3)
    assert image.dtype == np.uint8
    assert min(image.shape) >= 1


def test_rescaling_is_pillows_antialiased_bicubic(pixels):
    expected = Image.fromarray(pixels).resize((15, 10), Image.Resampling.BICUBIC)
    assert_array_equal(rescale(pixels, 0.5), expected)
    stripes = np.tile(np.array([0, 255], np.uint8)[:, None, None], (50, 100, 3))
    assert np.ptp(rescale(stripes, 0.25)[5:-5].astype(int)) < 16, "stripes finer than a pixel become grey"


def test_the_papers_images_halve_exactly():
    assert rescaled_size(1536, 2048, 0.5) == (768, 1024)


def test_rescaling_keeps_flat_colour(pixels):
    flat = np.broadcast_to(pixels[0, 0], (40, 40, 3)).copy()
    assert (rescale(flat, 0.37) == pixels[0, 0]).all()
