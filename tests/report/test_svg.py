import base64
import io
import re

import numpy as np
from matplotlib import rc_context
from PIL import Image

from report.figures import canvas
from report.svg import LARGEST, data_address, inline


def figure(title="a title", points=10):
    with rc_context({"text.parse_math": False}):
        drawn, axes = canvas(4, 3)
        axes.plot(np.linspace(0, 1, points), np.random.default_rng(0).random(points), "o-", label="data")
        axes.set_title(title)
        axes.legend()
    return drawn


def test_the_same_figure_gives_the_same_bytes():
    assert inline(figure(), "one", "words") == inline(figure(), "one", "words")


def test_two_drawings_share_no_address_and_all_references_are_met():
    first, second = inline(figure(), "one", "words"), inline(figure(), "two", "words")
    addresses = [set(re.findall(r'\bid="([^"]+)"', drawing)) for drawing in (first, second)]
    assert addresses[0] and not addresses[0] & addresses[1]
    for drawing, known in zip((first, second), addresses, strict=True):
        assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', drawing))
        assert {a or b for a, b in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', drawing)} == known


def test_words_stay_words_and_nothing_comes_from_outside():
    drawing = inline(figure(), "one", 'shows "this" & <that>')
    assert ">a title</text>" in drawing
    assert drawing.startswith("<svg ") and 'aria-label="shows &quot;this&quot; &amp; &lt;that&gt;"' in drawing
    assert "http" not in drawing and "<style" not in drawing and "xlink" not in drawing


def test_a_title_of_markup_is_text():
    drawing = inline(figure('<script>x</script> $a$ id="figure_1"\x01'), "one", "words")
    assert "<script" not in drawing and "&lt;script&gt;x&lt;/script&gt; $a$ id=" in drawing and "\x01" not in drawing


def test_a_very_large_drawing_becomes_a_picture():
    drawing = inline(figure(points=20_000), "one", "words")
    assert drawing.startswith("<img ") and 'alt="words"' in drawing and len(drawing) < 2 * LARGEST
    content = base64.b64decode(re.search(r"base64,([^\"]+)", drawing)[1])
    assert Image.open(io.BytesIO(content)).format == "PNG"


def test_a_picture_needs_no_network():
    assert data_address(b"\xff\xd8", "jpeg") == "data:image/jpeg;base64,/9g="
