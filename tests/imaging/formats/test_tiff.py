"""Laws of TIFF: whatever is read is what the file holds, whichever of its many forms; all else is refused, truly."""

import io
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from imaging.formats.tiff import misread_kind, tags_of, unread_kind
from imaging.read import ImageError, read_image
from tests.imaging.formats.tiff_files import DEFLATE, NONE, PACKBITS, tiff

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (21, 19, 3))
GREY, ALPHA = RGB[..., :1], RNG.integers(40, 256, (21, 19, 1))
PALETTE = RNG.integers(0, 1 << 16, (3, 256))
ON_WHITE = np.round((RGB * ALPHA + 255 * (255 - ALPHA)) / 255)
FORMS = [
    {"order": order, "big": big, "planar": planar, "compression": compression, **cut}
    for order, big, planar, compression in product("<>", (False, True), (1, 2), (NONE, DEFLATE))
    for cut in ({"rows": 8}, {"tile": 16})
]
DEPTHS = {bits: RNG.integers(0, 1 << bits, (21, 19, 3)) for bits in (1, 2, 4)}
KINDS = {  # what the samples are, and the picture that they make
    "rgb": (RGB, {}, RGB),
    "rgb, spelled out": (RGB, {"sample_format": 1}, RGB),
    "rgb, depth said once": (RGB, {"tags": {258: (3, [8])}}, RGB),
    "black is zero": (GREY, {"photometric": 1}, np.repeat(GREY, 3, axis=2)),
    "white is zero": (GREY, {"photometric": 0}, 255 - np.repeat(GREY, 3, axis=2)),
    "palette": (GREY, {"photometric": 3, "tags": {320: (3, PALETTE.ravel().tolist())}}, PALETTE.T[GREY[..., 0]] // 256),
    "a channel that is nothing": (np.dstack([RGB, ALPHA]), {"extra": (0,)}, RGB),
    "two of them": (np.dstack([RGB, ALPHA, ALPHA]), {"extra": (0, 0)}, RGB),
    "alpha": (np.dstack([RGB, ALPHA]), {"extra": (2,)}, ON_WHITE),
    "alpha multiplied in": (np.dstack([np.round(RGB * ALPHA / 255).astype(int), ALPHA]), {"extra": (1,)}, ON_WHITE),
    "cmyk": (np.dstack([RGB, ALPHA]), {"photometric": 5}, np.round((255 - RGB) * (255 - ALPHA) / 255)),
    **{
        f"grey of {bits} bits, {zero} is zero": (
            samples[..., :1],
            {"photometric": zero, "bits": bits},
            np.repeat(np.abs((1 - zero) * 255 - samples[..., :1] * 255 // ((1 << bits) - 1)), 3, axis=2),
        )
        for bits, samples in DEPTHS.items()
        for zero in (0, 1)
    },
}


def read(path, content):
    path.write_bytes(content)
    return read_image(path)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_read_is_what_the_file_holds(kind, tmp_path):
    """Some forms are not read at all, the plainest always is."""
    samples, options, picture = KINDS[kind]
    read_forms = 0
    for form in FORMS:
        try:
            image = read(tmp_path / "a.tif", tiff(samples, **options, **form))
        except ImageError:
            continue
        assert_allclose(image.astype(int), picture, atol=1, err_msg=str(form))
        read_forms += 1
    assert read_forms >= 8, "in one order of bytes, not planar"
    assert_allclose(read(tmp_path / "a.tif", tiff(samples, **options)).astype(int), picture, atol=1)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    ("samples", "options", "rule"),
    [
        *[(RGB * (1 << bits) // 256, {"bits": bits}, "more than 8 bits") for bits in (16, 32)],
        *[(GREY, {"bits": bits, "photometric": 1}, "more than 8 bits") for bits in (10, 12, 14, 16, 32)],
        (GREY, {"bits": 16, "photometric": 0}, "more than 8 bits"),
        (np.dstack([RGB, ALPHA]), {"bits": 16, "photometric": 5}, "more than 8 bits"),
        (np.dstack([RGB, ALPHA]), {"bits": 16, "extra": (2,)}, "more than 8 bits"),
        (RGB / 255, {"bits": 32, "sample_format": 3}, "floating point numbers of 32 bits"),
        (GREY / 255, {"bits": 16, "sample_format": 3, "photometric": 1}, "floating point numbers of 16 bits"),
        (GREY / 255, {"bits": 32, "sample_format": 3, "photometric": 1}, "more than 8 bits"),
        (GREY / 255, {"bits": 64, "sample_format": 3, "photometric": 1}, "floating point numbers of 64 bits"),
        (GREY, {"sample_format": 2, "photometric": 1}, "signed numbers of 8 bits"),
        (RGB, {"sample_format": 2}, "signed numbers of 8 bits"),
        (RGB, {"tags": {258: (3, [8, 8, 16])}}, "more than 8 bits"),
        (DEPTHS[4], {"bits": 4}, "of 4 bits a channel"),
        (GREY, {"tags": {262: None}}, "does not say whether"),
        (RGB, {"photometric": 8}, "LAB|Lab"),
        (RGB, {"photometric": 9}, "ICCLab"),
        (RGB, {"photometric": 777}, "unknown kind"),
        (np.dstack([RGB, ALPHA]), {}, "does not say what the last 1 are"),
        (np.dstack([RGB, ALPHA]), {"photometric": 5, "tags": {332: (3, [2])}}, "other inks"),
        (GREY, {"photometric": 3, "tags": {320: (3, (PALETTE // 256).ravel().tolist())}}, "palette holds 8-bit"),
        (RGB, {"photometric": 6}, "YCbCr colours that are coarser"),
        (RGB, {"photometric": 6, "tags": {530: (3, [2, 2])}}, "YCbCr colours that are coarser"),
        (RGB, {"photometric": 6, "tags": {530: (3, [1, 1]), 532: (4, [16, 235, 128, 240, 128, 240])}}, "narrow range"),
        (RGB, {"fill": 2, "compression": PACKBITS}, "reverse order"),
        (RGB, {"predictor": 2}, "differences of pixels"),
        (GREY, {"photometric": 0, "planar": 2}, "one channel that is kept in planes"),
        (RGB, {"order": ">", "big": True}, "BigTIFF in big-endian order"),
    ],
)
def test_what_would_be_read_wrong_is_refused_with_the_true_reason(samples, options, rule, tmp_path):
    planes = ({},) if "planar" in options or "photometric" in options else ({}, {"planar": 2})
    for form in planes:
        with pytest.raises(ImageError, match=rf"a\.tif: .*({rule}).*save it as 8-bit RGB"):
            read(tmp_path / "a.tif", tiff(samples, **options, **form))


@pytest.mark.parametrize(
    ("compression", "name"),
    [(33003, "JPEG 2000"), (33005, "JPEG 2000"), (34712, "JPEG 2000"), (50001, "WebP"), (34927, "WebP"),
     (50002, "JPEG XL"), (34887, "LERC"), (60_000, "an unknown method")],
)  # fmt: skip
@pytest.mark.parametrize("tile", [0, 16])
def test_a_compression_that_is_not_read_is_named(compression, name, tile, tmp_path):
    jpeg_2000 = b"\0\0\0\x0cjP  \r\n\x87\n"
    content = tiff(RGB, compression=compression, tile=tile, blocks=[jpeg_2000] * (4 if tile else 1))
    with pytest.raises(ImageError, match=rf"compressed by {name} \({compression}\), which is not read in TIFF; save"):
        read(tmp_path / "a.tif", content)
    with pytest.raises(ImageError, match=name):
        read_image(tmp_path / "elsewhere.tif", content)


@pytest.mark.parametrize(("sampling", "tag"), [("4:4:4", (1, 1)), ("4:2:2", (2, 1)), ("4:2:0", (2, 2))])
def test_jpeg_in_tiff_is_the_jpeg(sampling, tag, tmp_path):
    smooth = Image.fromarray(RGB.astype(np.uint8)[:6, :5]).resize((61, 43))
    smooth.save(buffer := io.BytesIO(), "JPEG", subsampling=sampling)
    options = {"photometric": 6, "compression": 7, "tags": {530: (3, tag)}, "blocks": [buffer.getvalue()]}
    image = read(tmp_path / "a.tif", tiff(np.zeros((43, 61, 3), int), **options))
    assert_array_equal(image, read(tmp_path / "a.jpg", buffer.getvalue()))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated", "ignore:Possibly corrupt")
def test_what_is_merely_damaged_is_no_kind_of_its_own():
    whole = tiff(RGB)
    assert misread_kind(tags_of(io.BytesIO(whole))) == "" == unread_kind(io.BytesIO(whole))
    for size in range(len(whole)):
        assert unread_kind(io.BytesIO(whole[:size])) == ""
    for content in (b"no TIFF at all", b"II*\0" + b"\xff" * 40, b"II+\0" + bytes(40)):
        assert tags_of(io.BytesIO(content)) == {} and unread_kind(io.BytesIO(content)) == ""
