import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from report.answers import Answers, answers_of
from report.tables import for_terminal, markdown, markdown_table, number, rich_table, sections


@pytest.fixture
def fusion() -> Answers:
    """400 images of two classes in 10 folds, 349 answered rightly."""
    label = np.tile(["0", "1"], 200)
    right = np.arange(400) < 349
    sure = np.where((label == "1") == right, 0.8, 0.2)
    columns = {"image": np.arange(400).astype(str), "label": label, "patient": "", "fold": np.arange(400) % 10 + 1}
    return answers_of(pd.DataFrame(columns | {"model": "fusion", "p_0": 1 - sure, "p_1": sure}))


def printed(thing: object, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(thing)
    return console.file.getvalue()


def test_terminal_and_markdown_say_the_same(fusion):
    parts = sections(fusion, {"net-400": fusion})
    text = markdown(parts)
    for part in parts:
        assert f"## {part.title}\n\n{part.sentence}\n" in text
        shown = printed(for_terminal(part), width=200)
        assert part.title in shown and part.sentence in shown
        for cell in part.cells.to_numpy().ravel():
            assert cell in shown and f" {cell} |" in text


def test_the_numbers_are_there_with_the_papers_decimals(fusion):
    text = markdown(sections(fusion, {"net-400": fusion}))
    assert "| variant | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | mean | std |" in text
    assert "| fusion | 87.5 " in text and "| 87.25 | 0.75 |" in text
    assert "accuracy 87.25 %, balanced accuracy (mean recall) 87.25 %, log-loss 0.3999" in text
    assert "| fusion | 87.25 ± 0.75 |" in text
    assert "| 0.33 | 87.0 | 87.5 | 26 of 200 |" in text


def test_without_a_two_class_result_one_sentence_stands_there():
    three = Answers(*(np.array(list(column)) for column in ("xyz", "abc", "112", "abb")), ("a", "b", "c"))
    text = markdown(sections(three))
    assert "--positive" in text and "AUC" not in text and "threshold" not in text
    assert "--positive" in printed(for_terminal(sections(three)[-1]))


def test_a_name_with_a_bar_stays_one_cell():
    table = markdown_table(pd.DataFrame({"n": ["1"]}, index=pd.Index(["a|b"], name="class")))
    assert table == "\n| class | n |\n| --- | --: |\n| a\\|b | 1 |\n"


def test_a_name_that_looks_like_markup_is_printed_as_it_is():
    assert "[red]" in printed(rich_table(pd.DataFrame({"[bold]": ["1"]}, index=pd.Index(["[red]"], name="class"))))


@pytest.mark.parametrize("classes", [4, 10])
def test_numbers_survive_a_narrow_terminal(classes):
    names = [f"tissue{k}" for k in range(classes)]
    cells = pd.DataFrame("123", index=pd.Index(names, name="true"), columns=pd.Index(names, name="predicted"))
    shown = printed(rich_table(cells))
    assert shown.count("123") == classes**2
    assert all(f"\n{name}" in shown for name in names)
    assert max(map(len, shown.splitlines())) <= 80


def test_ten_folds_fit_eighty_columns():
    columns = [*map(str, range(1, 11)), "mean", "std"]
    rows = pd.Index(["resnet50-400@0.5", "std", "fusion"], name="variant")
    shown = printed(rich_table(pd.DataFrame("92.5", index=rows, columns=columns)))
    assert shown.count("92.5") == 36 and "resnet50-400@0.5 92.5 92.5" in shown


def test_a_missing_number_is_a_dash():
    assert (number(float("nan"), 1), number(2.345, 1)) == ("–", "2.3")
