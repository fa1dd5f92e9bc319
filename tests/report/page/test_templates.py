from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from imaging.errors import shown_lines
from report.page.page import environment
from tests.report.page.reading import read

PARAGRAPH = environment().from_string('<p title="{{ words }}">{{ words }}</p>')


@settings(max_examples=50)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc",))))
@example("a soft\xadhyphen, \u202eturned")
def test_any_text_comes_back_as_text_and_never_as_a_tag(words):
    """What a browser would obey without a tag, such as a change of direction, as an escape."""
    page = read(PARAGRAPH.render(words=words))
    assert [tag for tag, _ in page.tags] == ["p"]
    for text in (page.text, page.tags[0][1]["title"]):
        assert text.replace("\u00a0", " ") == shown_lines(words).replace("\u00a0", " ")


def test_markup_is_not_escaped_again():
    assert read(PARAGRAPH.render(words=Markup("a &amp; b"))).text == "a & b"


def test_what_is_no_character_of_html_is_shown_as_missing():
    assert read(PARAGRAPH.render(words="a\x00b\ud800c")).text == "a\ufffdb\ufffdc"


def test_no_line_can_begin_with_a_percent_sign():
    assert read(PARAGRAPH.render(words="95 %")).text == "95\u00a0%"
