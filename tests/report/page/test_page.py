import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from report.chapters.contents import APPENDICES, CHAPTERS, made
from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from report.measures.mistakes import thumbnail, worst_mistakes
from report.out_of_fold import out_of_fold_of
from report.write import write_report
from tests.report.chapters.test_methods import RUN
from tests.report.page.reading import read

HOSTILE = (
    "<script>alert(1)</script>",
    "a \"quoted\" & 'name' $x_1$",
    "Ödem — 腺癌 🧬",
    "https://example.org/" + "long" * 60,
)


def table(classes, images=60, folds=5, patients=True):
    """Made-up predictions of one model."""
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(len(classes)), size=images)  # (images, classes)
    columns = {"image": [f"{classes[0]}/{k}.png" for k in range(images)]}
    columns |= {"label": [classes[k % len(classes)] for k in range(images)]}
    columns |= {"patient": [f"{classes[0]}{k // 4}" if patients else "" for k in range(images)]}
    columns |= {"fold": np.arange(images) // 4 % folds + 1, "model": "fusion"}
    return pd.DataFrame(columns | {f"p_{name}": p[:, k] for k, name in enumerate(classes)})


def written(folder, answers, **known):
    write_report(folder, Evaluation.of(answers, **known))
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A page about classes, images and settings that are named to do harm."""
    answers = out_of_fold_of(table(HOSTILE), positive=HOSTILE[:1])
    image = answers.images[worst_mistakes(answers)[0]]
    leaks = find_leaks(answers.images, answers.fold, answers.patients)
    settings = RUN | {"name": HOSTILE[0], HOSTILE[1]: HOSTILE[0]}
    thumbnails = {image: thumbnail(np.zeros((90, 120, 3), dtype=np.uint8))}
    folder = tmp_path_factory.mktemp("hostile")
    return written(folder, answers, leaks=leaks, settings=settings, thumbnails=thumbnails)


def test_nothing_comes_from_outside_and_nothing_runs(hostile):
    shown = read(hostile)
    assert not {tag for tag, _ in shown.tags} & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in shown.tags:
        assert attributes.get("src", "data:").startswith("data:") and attributes.get("href", "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")], tag
    style = re.search(r"<style>(.*)</style>", hostile, re.DOTALL)[1]
    assert "url(" not in style and "@import" not in style
    policy = next(attributes for tag, attributes in shown.tags if "http-equiv" in attributes)
    assert policy["content"].startswith("default-src 'none'; img-src data:;")


def test_hostile_names_are_shown_as_they_are(hostile):
    text = read(hostile).text
    assert all(name in text for name in HOSTILE)


def test_every_address_is_there_once_and_every_link_is_met(hostile):
    tags = read(hostile).tags
    addresses = [attributes["id"] for _, attributes in tags if "id" in attributes]
    links = {attributes["href"].removeprefix("#") for tag, attributes in tags if tag == "a"}
    assert len(addresses) == len(set(addresses)) and links and links <= set(addresses)


def test_every_picture_says_in_words_what_it_shows(hostile):
    pictures = [attributes for tag, attributes in read(hostile).tags if tag == "img"]
    assert len(pictures) == 5 and all(attributes["alt"] for attributes in pictures)


def test_every_section_is_on_the_page_under_its_chapter(hostile):
    chapters = made(CHAPTERS + APPENDICES, Evaluation.of(out_of_fold_of(table(HOSTILE), positive=HOSTILE[:1])))
    titles = {section.title for chapter in chapters for section in chapter.sections}
    shown = re.findall(r"<h3>(.*?)</h3>", hostile)
    assert titles <= set(shown)
    assert re.findall(r"<h2>(.*?)</h2>", hostile) == [
        "Result",
        *(chapter.title for chapter in chapters[:-2]),
        "The worst errors",
        "How it was made",
        "Checklist",
    ]
    assert {"Leaks", "Settings", "Software", "TRIPOD+AI"} <= set(shown)


@pytest.mark.parametrize(
    "classes, folds, patients",
    [([f"c{k}" for k in range(8)], 3, False), (["benign", "malignant"], 1, True)],
)
def test_many_or_few_classes_no_patients_one_fold(tmp_path, classes, folds, patients):
    page = written(tmp_path, out_of_fold_of(table(classes, folds=folds, patients=patients)))
    assert "image not at hand" in page and "nan" not in read(page).text.lower().replace("malignant", "")
    assert (tmp_path / "report.html").stat().st_size < 1_000_000


def test_a_published_score_makes_a_page_whose_title_is_the_folder(tmp_path, cohort):
    page = written(tmp_path / "folder", replace(cohort(), probabilities=None))
    assert "only the predicted class is known" in page and "<h1>folder</h1>" in page


def test_the_title_is_that_of_the_settings(hostile):
    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>" in hostile
