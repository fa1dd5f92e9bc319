import pandas as pd
import pytest

from report.page.html_table import ROWS, minus, number, section_block, table_block
from report.section import Section
from tests.report.page.test_markup import read


def table(*columns, index=("r",)):
    cells = {f"c{at}": list(column) for at, column in enumerate(columns)}
    return pd.DataFrame(cells, index=pd.Index(index, name="rows"))


@pytest.mark.parametrize(
    "text",
    ["94.5", "-0.2 [-1.0, +0.4]", "87.25 ± 2.61", "0.33–0.41", "3 of 12", "–", "95 %", "0.9 [–, –]", "+1.0", "1,024"],
)
def test_a_column_of_numbers_stands_to_the_right(text):
    assert '<td class="n">' in table_block("t", table([text]))


@pytest.mark.parametrize("text", ["benign", "10_a.png", "2 as benign", "", "-400@1", "resnet50-400"])
def test_a_column_of_words_does_not(text):
    assert '<td class="n">' not in table_block("t", table([text]))


def test_one_word_makes_a_column_words():
    assert '<td class="n">' not in table_block("t", table(["1", "one"], index=("a", "b")))


def test_every_cell_is_there_and_is_text():
    shown = read(table_block("t", table(["<b>1</b>"], ["2"], index=["<script>"])))
    assert {tag for tag, _ in shown.tags} == {"div", "table", "thead", "tbody", "tr", "th", "td"}
    assert "<script>" in shown.text and "<b>1</b>" in shown.text


def test_the_diagonal_of_a_confusion_matrix_is_marked():
    classes = pd.Index(["a", "b"], name="true")
    cells = pd.DataFrame([["1", "2"], ["3", "4"]], index=classes, columns=classes.rename("predicted"))
    shown = table_block("t", cells)
    assert shown.count('class="n agree"') == 2
    assert '<td class="n agree">1</td>' in shown and '<td class="n agree">4</td>' in shown


def test_a_very_long_table_is_cut_and_says_so():
    shown = table_block("t", table(["1"] * (ROWS + 7), index=range(ROWS + 7)))
    assert shown.count("<tr") == ROWS + 1 and "7 more rows stand in table.md" in shown


def test_a_section_without_cells_is_words():
    shown = section_block(Section("Patients", "Left out: <none>."))
    assert "<table" not in shown and "Left out: &lt;none&gt;." in shown and 'id="patients"' in shown


def test_a_table_can_be_reached_and_read_without_a_mouse():
    tags = dict(read(table_block("Leaks", table(["1"]))).tags)
    assert tags["div"] == {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Table: Leaks"}
    assert tags["th"]["scope"] == "row"


def test_a_minus_is_one_and_a_hyphen_stays():
    assert minus("vgg16-400 at -0.5 (-1)") == "vgg16-400 at −0.5 (−1)"
    assert number("–") == "–"
