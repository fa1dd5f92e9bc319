"""Laws of the pictures of evidence maps: the scale is that of the legend, and names are shown, never obeyed."""

import io

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from imaging.phantom import draw_field
from report.where.evidence_map import MEANING, EvidenceMap, WindowAnswers
from report.where.map_picture import MOST_CLASSES, laid_over, map_figure, map_png, overlay_png, scale_png, small_copy


def evidence_of(classes, height=60, width=90, **more):
    boxes = np.array([[0.0, left, height, width / 3] for left in (0, width / 3, 2 * width / 3)])
    votes = np.full((3, len(classes)), 0.3 / max(len(classes) - 1, 1))
    votes[np.arange(3), np.arange(3) % len(classes)] = 0.7
    picture = draw_field("benign", "p", 0, height, width, seed=0).image
    return EvidenceMap(tuple(classes), height, width, (WindowAnswers("v", boxes, votes),), picture, **more)


def words_of(figure):
    titles = [axes.get_title() for axes in figure.axes]
    return " ".join([*titles, figure.get_supxlabel()])


def opened(content):
    return Image.open(io.BytesIO(content))


def test_a_map_is_lighter_where_its_class_is_likelier_and_edges_stay_edges():
    pixels = laid_over(evidence_of(["a", "b", "c"]), "a").mean(axis=2)  # (h, w)
    assert pixels[:, :30].mean() > 1.5 * pixels[:, 30:].mean()
    flat = evidence_of(["a", "b", "c"])
    flat.picture[:] = 200
    steps = np.abs(np.diff(laid_over(flat, "a").astype(int), axis=1)).sum(axis=(0, 2))  # between columns
    assert np.flatnonzero(steps).tolist() == [29], "one edge, and no slope"


def test_pictures_are_png_of_their_sizes_and_say_nothing_of_the_machine():
    evidence = evidence_of(["a", "b"])
    over = opened(overlay_png(evidence, "a"))
    assert over.format == "PNG" and over.size == (90, 60) and over.mode == "RGB"
    assert opened(scale_png(100, 7)).size == (100, 7)
    whole = opened(map_png(evidence, "x.tif", "a"))
    assert whole.format == "PNG" and set(whole.info) <= {"Software", "dpi"}
    assert map_png(evidence, "x.tif", "a") == map_png(evidence, "x.tif", "a")
    scale = np.asarray(opened(scale_png())).sum(axis=2)[0]
    assert scale[-1] > scale[0] and (np.diff(scale.astype(int)) >= -3).all()


def test_the_figure_says_what_a_map_is_and_is_not():
    evidence = evidence_of(["a", "b"], left_out=("z is a trained network",))
    words = words_of(map_figure(evidence, "x.tif", "b", ["Do not believe it."]))
    assert "Do not believe it." in words
    assert " ".join(MEANING.split()) in " ".join(words.split()) and "z is a trained network" in words
    assert "b: 0.43  (answered)" in words and "30 x 60 pixels" in words


def test_names_are_shown_and_not_obeyed():
    classes = ["$x_1$", "a\x1b[31m\nb", "\u202eevil", "<b>"]
    figure = map_figure(evidence_of(classes), "a\nb$\\frac{1}{2}$.tif", "$x_1$")
    titles = "".join(axes.get_title() for axes in figure.axes)
    assert "\x1b" not in titles and "\n" not in titles and "\u202e" not in titles
    assert map_png(evidence_of(classes), "a$\\frac{1}{2$.tif", "<b>"), "no mathematics is set"


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 900), (900, 3)])
def test_odd_shapes_are_drawn(height, width):
    picture = np.full((height, width, 3), 90, np.uint8)
    answers = (WindowAnswers("v", np.array([[0.0, 0.0, height, width]]), np.array([[0.2, 0.8]])),)
    content = map_png(EvidenceMap(("a", "b"), height, width, answers, picture), "x", "b")
    assert max(opened(content).size) < 3000


def test_of_many_classes_the_likeliest_are_drawn_and_the_answer_always():
    classes = [f"c{k}" for k in range(40)]
    figure = map_figure(evidence_of(classes), "x", "c39")
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert len(titles) == 1 + MOST_CLASSES and any(title.startswith("c39: ") for title in titles)
    assert f"{MOST_CLASSES} of 40 classes are drawn" in words_of(figure)


def test_a_small_copy_keeps_the_shape_and_never_grows():
    image = draw_field("benign", "p", 0, 60, 90, seed=0).image
    assert small_copy(image, 45).shape == (30, 45, 3)
    assert_array_equal(small_copy(image), image)
