"""Each view of the page as streamlit draws it: what a visitor sees, clicks and takes along."""

import json
from dataclasses import replace
from inspect import getfile
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("streamlit", reason="the page needs streamlit (the extra app)")

from streamlit.testing.v1 import AppTest

from app.app_settings import SETTINGS, AppError, for_visitors
from app.page.downloads import csv_of, json_of
from app.page.printable_page import printable_page
from app.page.session import ENTERED
from app.page.whole_page import show_page
from app.page.words import cautions_of, likeness_words
from app.work.bundle_facts import BundleFacts, read_facts
from workflow.answers_csv import Answer, write_answers

MAIN = Path(getfile(show_page)).parents[1] / "main.py"  # which calls that


def opened(job=None):
    """The page as a visitor gets it."""
    page = AppTest.from_file(MAIN, default_timeout=20)
    if job is not None:
        page.query_params["job"] = job.id
    page.run()
    assert not page.exception, page.exception
    return page


def seen(page):
    """All that stands there in HTML of our own and in messages."""
    parts = [element.proto.body for element in page.get("html")]
    parts += [element.value for kind in ("info", "error", "warning", "caption") for element in page.get(kind)]
    return " ".join(parts)


def labels(page):
    return [button.label for button in page.button]


def facts_of_fields(place) -> BundleFacts:
    return read_facts(place.spool.folder / "bundles", "fields")


def test_what_it_is_not_is_always_in_view(environment):
    for page in (opened(), opened().radio(key="view").set_value("Look at a run").run()):
        assert "For research. Not a diagnostic device." in seen(page)


def test_a_bundle_is_opened_then_shown_with_its_measured_accuracy(environment):
    page = opened()
    assert "are being opened" in seen(page) and environment.spool.wanted == "fields"
    assert page.button[-1].disabled
    environment.work()
    words = seen(page.run())
    assert "measured accuracy" in words and "Of 100 images of patients that the models had never seen" in words
    assert "Trained on 24 images of 3 patients: 6 normal, 6 benign, 6 insitu, 6 invasive." in words
    assert "<h1>fields</h1>" in words, "the card"


def test_numbers_that_are_no_promise_say_so(environment):
    environment.work()
    facts = facts_of_fields(environment)
    assert cautions_of(facts) == []
    mixed = replace(facts, is_patient_level=False, caution="OPTIMISTIC: selected on the test images")
    mixed.write(environment.spool.folder / "bundles")
    words = seen(opened())
    assert "this accuracy is too good" in words and "OPTIMISTIC" in words
    assert "of patients that the models had never seen" not in words and "no model was trained on" in words


def test_no_click_asks_models_that_were_not_looked_at(environment):
    environment.work()
    page = opened()
    page.multiselect(key="files").set_value(["test1.png"]).run()
    folder = environment.spool.folder / "bundles"
    replace(facts_of_fields(environment), digest="of the bundle that lies there now").write(folder)
    page.button[-1].click().run()
    assert not environment.spool.jobs and "These models were replaced" in seen(page)
    page.button[-1].click().run()
    (job,) = environment.spool.jobs
    assert job.order["digest"] == "of the bundle that lies there now"
    later = opened()
    later.session_state["seen"] = ("gone", "")
    assert "The models gone are not here any more" in seen(later.run())


def test_files_of_the_folder_are_chosen_and_answered_and_a_new_tab_sees_the_same(environment):
    environment.work()
    page = opened()
    assert page.multiselect(key="files").options == [f"test{number}.png" for number in range(4)]
    page.multiselect(key="files").set_value(["test1.png", "test3.png"]).run()
    page.button[-1].click().run()
    (job,) = environment.spool.jobs
    assert job.id in page.query_params["job"] and len(job.id) >= 32
    assert "Stop" in labels(page)
    environment.work()
    words = seen(opened(job))
    assert "2 images, answered by the models fields" in words and words.count("<article") == 2
    assert 'role="img" aria-label="insitu: ' in words and "At 90 %" in words and "views looked at" in words
    assert "about 90 of 100 images like" in words and "speaks for insitu + invasive" in words
    assert "Called " in words and "Stain normalised" in words


def test_an_upload_is_answered(environment, place):
    environment.work()
    page = opened()
    if not hasattr(page, "file_uploader"):
        pytest.skip("this version of streamlit uploads nothing in a test")
    page.file_uploader[0].upload("own.png", (place.new / "test0.png").read_bytes(), "image/png")
    page.run()
    next(button for button in page.button if button.label == "Answer for 1 image").click().run()
    environment.work()
    (job,) = environment.spool.jobs
    assert job.answers[0].answer.image == "own.png"


def test_the_most_doubtful_come_first_and_a_page_is_not_endless(environment, place, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    images = sorted(place.new.iterdir())
    job = environment.order(*images, *images, *images, tmp_path / "broken.png")
    environment.work()
    page = opened(job)
    words = seen(page)
    assert words.count("<article") == 10 and words.index("No answer") < words.index("views looked at")
    second = page.number_input[-1].set_value(2).run()
    assert seen(second).count("<article") == 3
    only = page.selectbox(key="only").set_value("no answer").run()
    assert seen(only).count("<article") == 1


def test_the_threshold_moves_calls_and_says_what_it_costs(environment, place):
    job = environment.order(*sorted(place.new.iterdir()))
    environment.work()
    page = opened(job)
    least = page.slider[0].set_value(0.0).run()
    assert seen(least).count("Called positive") == 4 and "0 of 12 missed" in seen(least)
    most = page.slider[0].set_value(1.0).run()
    assert seen(most).count("Called negative") == 4 and "0 of 12 false alarms" in seen(most)
    page.number_input[0].set_value(10.0).run()
    assert "the prevalence itself is taken as known" in seen(page)


def test_the_table_is_that_of_predict_to_the_byte(environment, place, tmp_path):
    (tmp_path / "=broken.png").write_bytes(b"no image")
    job = environment.order(*sorted(place.new.iterdir()), tmp_path / "=broken.png")
    environment.work()
    facts, records = facts_of_fields(environment), job.answers
    write_answers(tmp_path / "answers.csv", [record.answer for record in records], facts.classes)
    assert csv_of(records, facts) == (tmp_path / "answers.csv").read_bytes()
    place.predict(place.new, "--out", tmp_path / "predict.csv")
    ours, theirs = (
        pd.read_csv(tmp_path / name, keep_default_na=False, dtype=str) for name in ("answers.csv", "predict.csv")
    )
    same = [column for column in theirs if column not in ("image", "seconds")]
    assert ours[same].head(4).to_csv() == theirs[same].to_csv()
    whole = json.loads(json_of(job, records, facts))
    assert [answer["label"] for answer in whole["answers"]] == [record.answer.label for record in records]
    assert whole["bundle_sha256"] == facts.digest


def test_json_is_json_where_there_is_no_interval(environment, place):
    job = environment.order(place.new / "test0.png")
    environment.work()
    facts = replace(facts_of_fields(environment), accuracy=(0.5, float("nan"), float("nan")))

    def refused(name):
        raise AssertionError(name)

    whole = json.loads(json_of(job, job.answers, facts), parse_constant=refused)
    assert whole["accuracy"] == {"value": 0.5, "low": None, "high": None}


def test_likeness_is_said_of_what_was_compared():
    facts = BundleFacts("x", (0, 0, 0), patients=9, is_patient_level=True)
    answer = Answer(p_value=0.4)
    assert "40 % of patients have images" in likeness_words(answer, facts)
    assert "40 % of the training images are" in likeness_words(
        answer, replace(facts, patients=0, is_patient_level=False)
    )
    assert "cannot be told" in likeness_words(Answer(p_value=1.0), replace(facts, patients=1))


@pytest.mark.parametrize(
    ("said", "shown_to_visitors"),
    [
        ("no weights in /home/me/own_ones (there: a): put x there", "no weights in own_ones (there: a): put x there"),
        ("/srv/b/models/a.zip: damaged; fit it again", "a.zip: damaged; fit it again"),
        ("get https://host.org/a/b.pth, put it at /home/me/b.pth", "get https://host.org/a/b.pth, put it at b.pth"),
        ("/srv/all runs/one/fused.csv has no rows", "one/fused.csv has no rows"),
        ("50 km/h and/or c:\\models\\x.zip", "50 km/h and/or x.zip"),
    ],
)  # fmt: skip
def test_no_message_tells_where_the_server_keeps_its_files(said, shown_to_visitors):
    assert for_visitors(AppError(said), Path("/srv/all runs")) == shown_to_visitors
    assert "/srv" not in for_visitors(FileNotFoundError(2, "none", "/srv/a"))


def test_a_printable_page_needs_nothing_else_and_obeys_no_name(environment, place, tmp_path):
    job = environment.order(place.new / "test0.png")
    environment.work()
    (record,) = job.answers
    hostile = replace(record, answer=replace(record.answer, image="<script>alert(1)</script>\u202e.png"))
    page = printable_page(job, [hostile], facts_of_fields(environment), 0.5).decode()
    assert "default-src 'none'" in page and "For research. Not a diagnostic device." in page
    assert "<script" not in page and "\u202e" not in page and "http" not in page.replace("http-equiv", "")
    assert page.count("data:image/jpeg;base64,") == 1 and record.answer.sha256 in page


def test_stop_and_forget(environment, place):
    job = environment.order(*sorted(place.new.iterdir()))
    environment.worker.step()
    page = opened(job)
    next(button for button in page.button if button.label == "Stop").click().run()
    assert job.is_stopped
    environment.work()
    page = opened(job)
    assert "Stopped: 1 of 4 images are answered." in seen(page)
    next(button for button in page.button if button.label == "Forget these").click().run()
    assert environment.spool.jobs == [] and not job.folder.exists()


def test_a_bundle_that_cannot_answer_says_why(environment):
    job = environment.spool.order("gone", [], [Path("x.png")])
    environment.work()
    assert "gone.zip" in job.end["error"]
    assert "gone.zip" in seen(opened(job))


@pytest.mark.parametrize("wrong", ["", "..", ".", "../../etc", "x" * 40, "\0", "é"])
def test_no_text_from_a_browser_finds_anything_but_a_job(environment, wrong):
    environment.order(environment.settings.folder / "test0.png")
    assert environment.spool.find(wrong) is None


def test_without_the_token_nothing_is_shown(environment, monkeypatch):
    folder = environment.settings.spool / "other"
    folder.mkdir()
    settings = replace(environment.settings, token="0123456789abcdef", spool=folder)
    environment.spool.__class__(folder).create()
    monkeypatch.setenv(SETTINGS, str(settings.write()))
    monkeypatch.setattr("app.page.session.WAIT", 0)
    ENTERED.clear()
    page = opened()
    assert not page.radio and not page.selectbox and not page.get("file_uploader")
    page.text_input[0].set_value("0123456789abcdeg")
    page.button[0].click().run()
    assert "This is not the token." in seen(page) and not page.selectbox
    page.text_input[0].set_value("0123456789abcdef")
    page.button[0].click().run()
    assert page.radio and page.selectbox and len(ENTERED) == 1


def test_without_bundles_it_says_how_to_make_one(environment, monkeypatch):
    settings = replace(environment.settings, models=environment.settings.spool, results=environment.settings.spool)
    monkeypatch.setenv(SETTINGS, str(settings.write()))
    from app.page import session

    session._settings.clear()
    page = opened()
    assert "no bundles" in seen(page) and page.button[-1].disabled
