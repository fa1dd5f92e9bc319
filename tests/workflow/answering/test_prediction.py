"""Laws of answering: an answer depends on the file's content and the bundle, and on nothing else."""

import doctest
import shutil
from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import imaging.read as reading
import workflow.answering.prediction
from boost.bundle.archive import BundleError
from boost.bundle.bundle import Bundle
from boost.uncertainty.calibrate import RECALIBRATED, Calibration
from featurize.cost import image_bytes
from imaging.files import memory_budget
from tests.imaging.test_read import png
from workflow.answering.bundle_describer import describer_of
from workflow.answering.calls import call
from workflow.answering.prediction import predict
from workflow.answering.view_budget import ViewBudget
from workflow.bundles.compatibility import protocols_of


@pytest.fixture(scope="module")
def bundle(place):
    return Bundle.open(place.bundle)


@pytest.fixture(scope="module")
def pool(bundle):
    return describer_of(bundle)


def timeless(answers):
    return [replace(answer, seconds=0, image="") for answer in answers]


@pytest.fixture(scope="module")
def whole(bundle, pool, place):
    return timeless(predict(bundle, sorted(place.new.iterdir()), pool, jobs=1))


def test_workers_do_not_matter(bundle, pool, place, whole):
    images = sorted(place.new.iterdir())
    assert timeless(predict(bundle, images[1:], pool, jobs=2)) == whole[1:]
    assert timeless(predict(bundle, images[2:3], pool, jobs=3)) == whole[2:3], "one image, its views in three parts"


def test_names_and_places_do_not_matter(bundle, pool, place, whole, tmp_path):
    shutil.copy(place.new / "test1.png", tmp_path / "Größe 7.png")
    assert timeless(predict(bundle, [tmp_path / "Größe 7.png"], pool, jobs=1)) == whole[1:2]


def test_the_first_views_of_many_are_those_of_few(bundle, pool, place, whole):
    image = [place.new / "test0.png"]
    sure = next(predict(bundle, image, pool, until_sure=True, jobs=1))
    few = next(predict(bundle, image, pool, views=sure.views, jobs=1))
    assert_allclose(list(sure.raw.values()), list(few.raw.values()), atol=1e-12)
    more = next(predict(bundle, image, pool, views=10, jobs=1))
    assert more.views == 10 and more.raw != whole[0].raw, "views beyond those of training are drawn alike"


def test_until_sure_ends_with_the_answer_of_all_views_or_looks_at_them(bundle, pool, place, whole):
    answers = predict(bundle, sorted(place.new.iterdir()), pool, until_sure=True, jobs=1)
    for answer, full in zip(answers, whole, strict=True):
        assert answer.views in (2, 4) and (answer.views < 4 or answer.raw == pytest.approx(full.raw))


def test_a_descriptor_is_answered_as_by_the_command(bundle, pool, place, whole):
    from concurrent.futures import ThreadPoolExecutor

    from featurize.on_demand import describe_views, open_image

    protocols = protocols_of(bundle)
    opened = open_image(place.new / "test3.png", protocols)
    with ThreadPoolExecutor(1) as threads:
        descriptors = describe_views(opened, protocols, pool.parts[0].pool, range(4), threads)
    vote = bundle.predict_proba({variant: views[None] for variant, views in descriptors.items()})[0]
    assert dict(zip(bundle.classes, vote, strict=True)) == pytest.approx(whole[3].raw)


def test_an_unknown_level_is_told_before_work(bundle, pool):
    with pytest.raises(ValueError, match=r"no sets at level 0\.5"):
        next(predict(bundle, ["x.png"], pool, level="0.5"))


def test_a_budget_asks_for_no_more_views_than_there_is_time_for():
    effort = ViewBudget(50, budget=10.0)
    assert effort.next(0, 99.0, 0.0) == 2, "some views there must be"
    assert effort.next(2, 1.0, 1.0) == 4
    assert effort.next(16, 9.0, 8.0) == 18, "two views a second, and one second left"
    assert effort.next(16, 11.0, 11.0) == 16, "no time, no views"
    assert ViewBudget(50).next(0, 0.0, 0.0) == 50 and ViewBudget(50, until_sure=True).next(2, 1e9, 1e9) == 4


@pytest.mark.parametrize("wrong", [{"views": 0}, {"budget": -1.0}, {"budget": float("nan")}, {"budget": float("inf")}])
def test_an_effort_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="one view or more"):
        ViewBudget(**{"views": 5} | wrong)


def test_the_call_is_that_of_the_operating_point(bundle):
    point = bundle.decision.operating
    votes = np.random.default_rng(0).dirichlet([1, 1, 1, 1], 50)
    for vote in votes:
        score, positive = call(bundle, vote[None])
        assert score == pytest.approx(vote[2:].max() / (vote[2:].max() + vote[:2].max()))
        assert positive == (score >= point.threshold)
    half = replace(bundle, decision=replace(bundle.decision, operating=replace(point, threshold=0.5)))
    tied = np.array([[0.4, 0.1, 0.4, 0.1]])
    assert call(half, tied) == (0.5, False), "the class answered, and a tie goes to the earlier one"
    nothing = replace(bundle, decision=replace(bundle.decision, operating=None))
    assert call(nothing, tied) == (None, None)


def test_what_is_recalibrated_decides_on_class_and_score(bundle, pool, place):
    shares = (0.01, 0.97, 0.01, 0.01)
    mixture = Calibration(RECALIBRATED, 2.0, (0.0,) * 4, 0.9, shares)
    mixed = replace(bundle, decision=replace(bundle.decision, calibration=mixture))
    for answer in predict(mixed, sorted(place.new.iterdir())[:2], pool, jobs=1):
        probabilities = np.array([list(answer.calibrated.values())])
        assert answer.label == max(answer.calibrated, key=answer.calibrated.get) == mixed.classes[1]
        assert (answer.score, answer.positive) == call(mixed, probabilities)
        assert_allclose(probabilities, mixed.decision.calibrated(np.array([list(answer.raw.values())])))
    plain = Calibration("temperature", 2.0, (0.0,) * 4)
    voted = replace(bundle, decision=replace(bundle.decision, calibration=plain))
    (answer,) = predict(voted, sorted(place.new.iterdir())[:1], pool, jobs=1)
    assert (answer.score, answer.positive) == call(voted, np.array([list(answer.raw.values())]))


def test_the_documented_example(bundle, place):
    known = {"path": place.bundle, "images": sorted(place.new.iterdir())[:2]}
    assert doctest.testmod(workflow.answering.prediction, extraglobs=known).failed == 0


# what a stranger may ask for


def test_images_wait_for_each_other_where_the_memory_has_no_room_for_all(bundle, pool, place, whole, monkeypatch):
    """The answers are the same however few are worked on at once, and in however few parts."""
    protocols = list(protocols_of(bundle).values())
    free = image_bytes(protocols, 144, 176)
    monkeypatch.setattr(memory_budget.psutil, "virtual_memory", lambda: SimpleNamespace(available=free / 0.9 + 1))
    images = sorted(place.new.iterdir())
    assert timeless(predict(bundle, images, pool, jobs=3)) == whole
    assert timeless(predict(bundle, images[:1], pool, jobs=3)) == whole[:1]


def test_an_image_for_which_the_memory_does_not_suffice_is_refused_before_it_is_decoded(
    bundle, pool, place, whole, tmp_path, monkeypatch
):
    (tmp_path / "large.png").write_bytes(png(8, 2, 8000, 8000, b""))
    monkeypatch.setattr(memory_budget.psutil, "virtual_memory", lambda: SimpleNamespace(available=1 << 30))
    large, small = predict(bundle, [tmp_path / "large.png", place.new / "test0.png"], pool, jobs=2)
    assert "large.png: 8000 x 8000 pixels need about" in large.error and "cut it into smaller images" in large.error
    assert timeless([small]) == whole[:1]


def test_a_bundle_that_asks_for_work_without_end_is_refused_in_words(bundle):
    (name, facts), *_ = bundle.variants.items()
    for wish in ({"scale": 400}, {"views": 10**9}, {"crops": 10**9}, {"crop": 10**6}, {"views": 20_000, "crops": 9999}):
        greedy = replace(bundle, variants={name: {**facts, **wish}})
        with pytest.raises(BundleError, match=r"the protocol of .* is not one of this version \(.*(at most|more than)"):
            protocols_of(greedy)
    many = {f"{name}{number}": {**facts, "crop": 300 + number, "views": 50, "crops": 20} for number in range(900)}
    with pytest.raises(BundleError, match="pixels would be worked on for one image"):
        protocols_of(replace(bundle, variants=many))
    with pytest.raises(ValueError, match=r"20000 views of an image at most"):
        ViewBudget(10**9)


def test_what_was_hashed_is_what_is_answered_for(bundle, pool, place, whole, tmp_path, monkeypatch):
    """A file that changes meanwhile is answered for as it was, and named by that content."""
    path = tmp_path / "a.png"
    shutil.copy(place.new / "test1.png", path)
    content = path.read_bytes()
    read = reading.read_regular

    def read_and_change(*arguments):
        before = read(*arguments)
        shutil.copy(place.new / "test2.png", path)
        return before

    monkeypatch.setattr(reading, "read_regular", read_and_change)
    (answer,) = predict(bundle, [path], pool, jobs=1)
    assert timeless([answer]) == whole[1:2] and answer.sha256 == sha256(content).hexdigest()
