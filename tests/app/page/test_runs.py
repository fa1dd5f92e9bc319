"""A folder of results on the page: what cv left there, and what somebody else may have put into its place."""

import json

import pandas as pd
import pytest

pytest.importorskip("streamlit", reason="the page needs streamlit (the extra app)")

from streamlit.testing.v1 import AppTest

from app.page.runs.run_data import pages_of, read_run, run_names
from cohort.audit.audited import Audited
from cohort.predictions import write_table
from imaging.errors import HistoboostError
from tests.app.page.test_page import MAIN, seen

MARKUP = "![x](http://outside.example/x.png) <img src=x>"


@pytest.fixture
def run_folder(environment):
    """A run of six images of two classes and three patients, whose names are meant ill."""
    folder = environment.settings.results / "mine"
    rows = []
    for number, (label, share) in enumerate(
        [("benign", 0.1), ("benign", 0.8), ("benign", 0.3), *[("tumour", 0.9)] * 3]
    ):
        image = f"{number}{MARKUP}" if number == 1 else f"{number}.png"
        rows.append([image, label, f"p{number // 2}", 1 + number % 2, "fusion", 1 - share, share])
    columns = ["image", "label", "patient", "fold", "model", "p_benign", "p_tumour"]
    write_table(folder / "fused.csv", pd.DataFrame(rows, columns=columns))
    (folder / "numbers.json").write_text(json.dumps({"accuracy": {"value": 0.8, "low": 0.5, "high": None}, "auc": 3}))
    audited = Audited("mine", 6, 3, ("benign", "tumour"), (3, 3), ())
    (folder / "audit.json").write_text(audited.to_json())
    (folder / "report.html").write_text("<p>report</p>")
    return folder


def runs_page():
    page = AppTest.from_file(MAIN, default_timeout=20).run()
    page.radio(key="view").set_value("Look at a run").run()
    assert not page.exception
    return page


def test_a_run_is_shown_with_its_errors_by_class_its_patients_and_its_audit(run_folder):
    page = runs_page()
    words = seen(page)
    assert "6 images of 2 classes" in words and "80 %" in words and "no interval" in words
    assert "1 wrong answers" in words and "tumour</td>" in words and "80 %</td>" in words
    assert "1 of 2" in words and "No probe tells the classes apart" in words
    assert "![x]" in words and "<img src=x>" not in words, "names are text"
    assert len(page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")) == 1
    none = page.selectbox[1].set_value("tumour").run()
    assert "None of this kind." in seen(none)


def test_the_roc_curve_says_the_threshold_of_each_point(run_folder):
    run = read_run(run_folder)
    assert [point["threshold"] for point in run.roc[1:]] == [0.9, 0.8, 0.3, 0.1]
    assert run.roc[0] == {"false": 0, "found": 0, "threshold": 1} and run.roc[-1]["false"] == 100
    assert run.roc[1]["found"] == 100 and run.roc[1]["false"] == 0
    assert [row["certainty"] for row in run.errors("", "")] == ["80 %"]
    assert run.errors("tumour", "") == [] and len(run.errors("benign", "tumour")) == 1


def test_files_of_a_run_that_are_broken_are_a_message(run_folder):
    (run_folder / "numbers.json").write_text("[" * 100_000)
    with pytest.raises(HistoboostError, match=r"numbers\.json of mine"):
        read_run(run_folder)
    assert "numbers.json of mine" in seen(runs_page())
    (run_folder / "numbers.json").write_text('{"selected_on_test": true}')
    assert "selected on" in seen(runs_page())
    (run_folder / "numbers.json").write_text("[]")
    assert read_run(run_folder).numbers == {}
    (run_folder / "fused.csv").write_bytes(b"\0")
    assert "hb-care" in seen(runs_page())


def test_an_audit_alone_is_shown_and_no_link_is_handed_out(run_folder, tmp_path):
    (tmp_path / "secret.html").write_text("secret")
    (run_folder / "audit.html").symlink_to(tmp_path / "secret.html")
    assert list(pages_of(run_folder).values()) == [run_folder / "report.html"]
    assert [button.label for button in runs_page().get("download_button")] == ["The whole report (HTML)"]
    (run_folder / "fused.csv").unlink()
    assert run_names(run_folder.parent) == ["mine"]
    words = seen(runs_page())
    assert "No probe tells the classes apart" in words and "wrong answers" not in words


def test_without_runs_it_says_how_to_make_one(environment):
    assert run_names(environment.settings.results) == []
    assert "There are no runs here yet" in seen(runs_page())
