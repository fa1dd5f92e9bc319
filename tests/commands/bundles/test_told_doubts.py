"""Laws of what predict says of its answers: few lines for any number of images, and none without its meaning."""

import re
from types import SimpleNamespace

import pytest

from commands.bundles.told_doubts import NAMED, tell_doubts, tell_sets

LINES = 4 * (NAMED + 2)  # at most, with a line of each doubt wrapped into two


def of_image(number, **doubt):
    """An answer that has the doubts given and no other."""
    whole = {"image": f"{number}.png", "error": "", "trained_on": "", "stain": "ok", "is_outlier": False}
    return SimpleNamespace(**(whole | doubt))


@pytest.mark.parametrize(
    ("doubt", "column"),
    [({"trained_on": "a.png"}, "trained_on"), ({"stain": "blank"}, "stain"), ({"error": "no image"}, "error")],
)
@pytest.mark.parametrize("images", [NAMED, NAMED + 1, 1000])
def test_some_images_of_a_doubt_are_named_and_the_rest_is_counted(capsys, doubt, column, images):
    tell_doubts([of_image(number, **doubt) for number in range(images)])
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert len(said.splitlines()) <= LINES
    rest = re.findall(rf"and (\d+) more .*column {column} ", " ".join(said.split()))
    assert [int(count) for count in rest] == [images - NAMED] * (images > NAMED)


def test_of_answers_without_doubt_nothing_is_said(capsys):
    tell_doubts([of_image(number) for number in range(3)])
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


@pytest.mark.parametrize(("kind", "words"), [("marginal", "new images"), ("class", "new images of each class")])
def test_the_sets_are_explained_beside_their_level(capsys, kind, words):
    decision = SimpleNamespace(set_kind=kind, classes=("a", "b"), always_in_sets=lambda _: ())
    tell_sets(SimpleNamespace(decision=decision), "0.95")
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("sets of level 0.95: ") and said.endswith(f"true class of some 95 of 100 {words}")
