from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from report.page.markup import Html, element, escaped, joined, picture, slug


class Reader(HTMLParser):
    """What a browser makes of markup: the tags, their attributes and the text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def read(markup):
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc",))))
def test_any_text_comes_back_as_text_and_never_as_a_tag(text):
    shown = read(element("p", text, title=text))
    assert [tag for tag, _ in shown.tags] == ["p"]
    for found in (shown.text, shown.tags[0][1]["title"]):
        assert found.replace("\u00a0", " ") == text.replace("\u00a0", " ")


def test_markup_is_not_escaped_again():
    inner = element("b", "a & b")
    assert isinstance(inner, Html) and element("p", inner) == "<p><b>a &amp; b</b></p>"


def test_what_is_no_character_of_html_is_shown_as_missing():
    assert escaped("a\x00b\ud800c") == "a\ufffdb\ufffdc"


def test_nothing_is_left_of_nothing():
    assert joined([None, [], ""]) == "" and element("p", class_=None) == "<p></p>"


def test_an_empty_element_is_never_closed():
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'


def test_no_line_can_begin_with_a_percent_sign():
    assert escaped("95 %") == "95\u00a0%"


def test_an_address_has_no_spaces():
    assert slug("Does the fusion differ from the paper's?") == "does-the-fusion-differ-from-the-paper-s"


def test_a_picture_needs_no_second_file():
    shown = picture(b"\xff\xd8", "jpeg", 'a "tile"')
    assert shown == '<img src="data:image/jpeg;base64,/9g=" alt="a &quot;tile&quot;">'
