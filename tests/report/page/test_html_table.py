import pandas as pd
import pytest

from report.page.html_table import ROWS, html_table, minus
from report.page.page import block, environment
from report.section import Estimate, MeanAndStd, Number, Part, Section, Span
from report.statistics.intervals import Interval
from tests.report.page.reading import read


def table(*columns, index=("r",)):
    cells = {f"c{at}": list(column) for at, column in enumerate(columns)}
    return pd.DataFrame(cells, index=pd.Index(index, name="rows"), dtype=object)


def markup(section):
    return environment().get_template("section.html.j2").render(block=block(section, {}))


def styles(cells):
    return [[cell.style for cell in row.cells] for row in html_table(cells).rows]


@pytest.mark.parametrize(
    "number",
    [3, Number(94.5, 1), Estimate(Interval(0.9, 0.8, 1)), Part(3, 12), MeanAndStd(87.25, 2.61), Span(0.33, 0.41), None],
)
def test_a_column_of_numbers_stands_to_the_right(number):
    assert styles(table([number])) == [["n"]]


def test_one_word_makes_a_column_words_and_no_word_steps_back():
    assert styles(table([1, "one", "–"], index=("a", "b", "c"))) == [[""], [""], ["nil"]]
    assert styles(table(["95"])) == [[""]]  # text, whatever it looks like


def test_every_cell_is_there_and_is_text():
    shown = read(markup(Section("t", "t", "", table(["<b>1</b>"], [2], index=["<script>"]))))
    tags = {"section", "h3", "p", "div", "table", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in shown.tags} == tags
    assert "<script>" in shown.text and "<b>1</b>" in shown.text


def test_an_interval_steps_back():
    shown = markup(Section("t", "t", "", table([Estimate(Interval(-0.005, -0.01, 0), signed=True)])))
    assert '<td class="n">−0.5 <span class="interval">[−1.0, +0.0]</span></td>' in shown


def test_the_diagonal_of_a_confusion_matrix_is_marked():
    classes = pd.Index(["a", "b"], name="true")
    cells = pd.DataFrame([[1, 2], [3, 4]], index=classes, columns=classes.rename("predicted"))
    assert styles(cells) == [["n agree", "n"], ["n", "n agree"]]


def test_a_very_long_table_is_cut_and_says_so():
    shown = markup(Section("t", "t", "", table([1] * (ROWS + 7), index=range(ROWS + 7))))
    assert shown.count("<tr") == ROWS + 1 and "7 more rows stand in table.md" in shown


def test_a_section_without_cells_is_words():
    shown = markup(Section("patients", "Patients", "Left out: <none>."))
    assert "<table" not in shown and "Left out: &lt;none&gt;." in shown and 'id="patients"' in shown


def test_a_table_can_be_reached_and_read_without_a_mouse():
    tags = dict(read(markup(Section("leaks", "Leaks", "", table([1])))).tags)
    assert tags["div"] == {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Table: Leaks"}
    assert tags["th"]["scope"] == "row"


def test_a_minus_is_one_and_a_hyphen_stays():
    assert minus("vgg16-400 at -0.5 (-1)") == "vgg16-400 at −0.5 (−1)"
