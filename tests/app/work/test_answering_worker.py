"""Laws of the worker: every ordered image gets its answer, once, whoever else orders, whatever happens to a file."""

import json
import shutil
from dataclasses import replace

import pytest
from PIL import Image

from app.page.where_view import where_markup
from app.work.answering_worker import Worker, tell_who_runs_it
from app.work.bundle_facts import key_of, read_facts
from app.work.job import DONE, FAILED, STOPPED
from app.work.spool import Upload
from cohort.checks.notices import Notice
from imaging.read_errors import ImageError


@pytest.fixture(scope="module")
def images(place):
    return sorted(place.new.iterdir())


def timeless(answers):
    return [replace(answer, seconds=0, image="") for answer in answers]


def test_answers_are_those_of_predict_and_uploads_are_gone(app_place, warm, images):
    job = app_place.order(*images[:2])
    assert len(list((job.folder / "uploads").iterdir())) == 2
    app_place.work()
    assert job.end["state"] == DONE and not list((job.folder / "uploads").iterdir())
    records = job.answers
    assert timeless(record.answer for record in records) == timeless(warm.get("fields").answers(images[:2]))
    assert [record.answer.image for record in records] == ["test0.png", "test1.png"]
    assert [(record.height, record.width) for record in records] == [(144, 176)] * 2
    assert all((job.folder / "pictures" / f"{record.number:04}.jpg").is_file() for record in records)


def test_orders_take_turns(app_place, images):
    many, one = app_place.order(*images[:3]), app_place.order(images[3])
    assert app_place.spool.ahead_of(one) == 1
    for _ in range(2):  # a turn of each
        app_place.worker.step()
    assert one.end["state"] == DONE and not many.end and len(many.answers) == 1
    assert many.seconds_left(1) == pytest.approx(2 * many.begun["seconds"])
    app_place.work()
    assert [record.number for record in many.answers] == [0, 1, 2]


def test_a_stopped_order_keeps_what_is_answered_and_no_upload(app_place, images):
    job = app_place.order(*images[:3])
    app_place.worker.step()
    job.stop()
    app_place.work()
    assert job.end["state"] == STOPPED and len(job.answers) == 1 and not list((job.folder / "uploads").iterdir())


def test_files_of_the_server_are_answered_and_stay(app_place, images):
    job = app_place.spool.order("fields", [], images[:1])
    app_place.work()
    assert job.answers[0].answer.image == "test0.png" and images[0].is_file()


def test_what_a_worker_was_at_when_it_died_is_told_and_the_rest_is_answered(app_place, images):
    job = app_place.order(*images[:2])
    job.begin([0], 0.0, "")  # as a worker does before it dies
    with (job.folder / "answers.jsonl").open("ab") as file:
        file.write(b'{"number": 0, "ans')  # half a line
    (app_place.spool.folder / "bundles" / "x.opening").write_text("another")
    after = Worker(app_place.settings)
    after.bundles = app_place.worker.bundles
    after.take_over()
    while after.step():
        pass
    lost, answered = job.answers
    assert "ended while it looked at this one" in lost.answer.error and lost.answer.error.startswith("test0.png: ")
    assert answered.number == 1 and answered.answer.label and job.end["state"] == DONE


def test_a_bundle_that_is_replaced_is_noticed(app_place, place, images, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(place.bundle.parent, models)
    worker = Worker(replace(app_place.settings, models=models))
    first = worker.bundles.get("fields")
    assert worker.bundles.get("fields") is first, "it stays open"
    shutil.copy(place.bundle, models / "new.zip")
    (models / "new.zip").replace(models / "fields.zip")
    assert worker.bundles.get("fields") is not first
    (models / "fields.zip").write_bytes(b"no bundle")
    job = app_place.order(images[0])
    while worker.step():
        pass
    assert job.end["state"] == FAILED and "fields.zip" in job.end["error"] and str(models) not in job.end["error"]
    assert not list((job.folder / "uploads").iterdir())


def hostile(folder):
    """Ten files that are no images, or not ones that may be read, by the name that a browser gives."""
    Image.new("RGB", (50, 50), "white").save(folder / "small.png")
    Image.new("I;16", (150, 150)).save(folder / "deep.png")
    pages = [Image.new("RGB", (150, 150), colour) for colour in ("red", "blue")]
    pages[0].save(folder / "pages.tif", save_all=True, append_images=pages[1:])
    picture = Image.new("RGB", (200, 200), "pink")
    picture.save(folder / "whole.png")
    bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (1 << 20).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return [
        Upload("../../../etc/passwd", b"text"),
        Upload("/etc/shadow.png", b""),
        Upload("<img src=x onerror=alert(1)>.png", b"<svg onload=alert(1)>"),
        Upload("cut.png", (folder / "whole.png").read_bytes()[:60]),
        Upload("bomb.png", bomb),
        Upload("slide.svs", (folder / "whole.png").read_bytes()),
        Upload("x" * 3000 + ".png", b"PK\3\4"),
        Upload("nul\0\u202egnp.png", b"GIF8"),
        *(Upload(name, (folder / name).read_bytes()) for name in ("small.png", "deep.png", "pages.tif")),
    ]


def test_hostile_uploads_are_answered_by_an_error_and_nothing_of_them_stays(app_place, place, images, tmp_path):
    uploads = [*hostile(tmp_path), Upload("good.png", images[0].read_bytes())]
    job = app_place.spool.order("fields", uploads)
    app_place.work()
    *bad, good = sorted(job.answers, key=lambda record: record.number)
    assert good.answer.label and not good.answer.error
    assert all(record.answer.error and not record.answer.label for record in bad)
    assert all("; " in record.answer.error and "uploads/" not in record.answer.error for record in bad)
    assert all(str(app_place.settings.spool) not in json.dumps(record.answer.error) for record in bad)
    names = {path.name for path in job.folder.rglob("*")}
    facts = {f"{key_of('fields')}.json", f"{key_of('fields')}.csv"}
    assert names == facts | {"order.json", "begun.json", "answers.jsonl", "end.json", "uploads", "pictures", "0011.jpg"}


def test_every_bundle_is_described_the_wanted_one_first(app_place, place, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(place.bundle.parent, models)
    (models / "broken.zip").write_bytes(b"no bundle")
    worker = Worker(replace(app_place.settings, models=models))
    app_place.spool.want("fields")
    worker.step()
    folder = app_place.spool.folder / "bundles"
    facts = read_facts(folder, "fields")
    assert read_facts(folder, "broken") is None and facts.classes == ("normal", "benign", "insitu", "invasive")
    assert sum(facts.counts.values()) == 24 and facts.positive == ("insitu", "invasive")
    assert 0 <= facts.accuracy[1] <= facts.accuracy[0] <= facts.accuracy[2] <= 1 and facts.frequent == 0.25
    fusion = facts.read_out_of_fold(folder)
    assert (fusion.predicted == fusion.label).mean() == pytest.approx(facts.accuracy[0])
    assert worker.step() and "broken.zip" in read_facts(folder, "broken").error
    assert not worker.step()


def test_maps_are_made_where_they_are_asked_for(app_place, images):
    job, plain = app_place.order(images[3], maps=True), app_place.order(images[3])
    app_place.work()
    (record,), (without,) = job.answers, plain.answers
    assert "maps" not in without.where and without.answer.raw == record.answer.raw
    maps = record.where["maps"]
    assert [drawn["class"] for drawn in maps] == ["normal", "benign", "insitu", "invasive"]
    assert sum(drawn["share"] for drawn in maps) == pytest.approx(1, abs=1e-5)
    for drawn in maps:
        with Image.open(job.folder / "pictures" / drawn["file"]) as picture:
            assert picture.width / picture.height == pytest.approx(176 / 144, rel=0.02)
    assert "<figure>" not in where_markup(plain, without)
    words = where_markup(job, record)
    assert words.count("<li>") == 4 + 5 and "distance" in words and "These labels are no vote" in words
    assert words.count("<figure>") == 4 and "not a segmentation" in words and "64 × 64 pixels" in words


@pytest.mark.parametrize("name", ["../fields", "/etc/passwd", "", ".", "models/../fields", "gone", "fields.zip", "\0"])
def test_only_a_bundle_that_lies_there_is_ever_opened(app_place, images, name):
    job = app_place.spool.order(name, [Upload("a.png", images[0].read_bytes())])
    app_place.work()
    assert job.end["state"] == FAILED and "is not among the bundles here" in job.end["error"]
    assert not list((job.folder / "uploads").iterdir()) and not list(app_place.spool.folder.glob("bundles/*.opening"))


def test_a_bundle_that_ends_the_worker_fails_its_orders_and_no_second_worker(app_place, images, monkeypatch):
    job = app_place.order(images[0])

    def dies(*_):
        raise MemoryError

    monkeypatch.setattr(app_place.worker.bundles, "_opened", dies)
    monkeypatch.setattr(app_place.worker.bundles, "_open", {})
    with pytest.raises(MemoryError):
        app_place.work()
    after = Worker(app_place.settings)
    after.take_over()
    assert job.end["state"] == FAILED and "ended while it opened this bundle" in job.end["error"]
    assert not list((job.folder / "uploads").iterdir()) and not after.step()


def test_answers_of_two_bundles_never_stand_in_one_order(app_place, images):
    job = app_place.order(*images[:2])
    app_place.worker.step()
    job.begin([], 1.0, "of the bundle that lay there before")
    after = Worker(app_place.settings)
    after.bundles = app_place.worker.bundles
    after.take_over()
    while after.step():
        pass
    assert job.end["state"] == FAILED and "replaced" in job.end["error"] and len(job.answers) == 1


def test_why_there_is_no_map_names_the_image_and_no_place_of_the_server(app_place, images, monkeypatch):
    def none(bundle, path, *_):
        raise ImageError(f"{path}: no window of 64 fits; give a larger image")

    monkeypatch.setattr("workflow.where.map_windows.evidence_map", none)
    job = app_place.order(images[0], maps=True)
    app_place.work()
    assert job.answers[0].where["no_map"] == "test0.png: no window of 64 fits; give a larger image"


def test_what_a_worker_has_to_say_is_a_line_for_whoever_runs_it(capsys):
    tell_who_runs_it(Notice("weights-remembered", "weights of\x1b[1m net are taken from here"))
    said = capsys.readouterr()
    assert said.err.startswith("note: ") and "weights of" in said.err and said.err.count("\n") == 1
    assert "\x1b" not in said.err and not said.out
