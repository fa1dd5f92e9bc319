"""Laws of model text: what is cut away changes no answer, and what is no model never reaches LightGBM."""

import re

import lightgbm
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.bundle.lightgbm_text import compact_text, read_model
from boost.ensemble import train_models
from boost.settings import BoostError, BoostSettings

CLASSES, DIM = 3, 12


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % CLASSES
    return (labels[:, None, None] + rng.normal(size=(60, 5, DIM))).astype(np.float32), labels


@pytest.fixture(scope="module")
def booster(data):
    return next(iter(train_models(*data, CLASSES, BoostSettings(rounds=4), [0])))


@pytest.fixture(scope="module")
def text(booster):
    return compact_text(booster)


def test_the_compact_model_says_the_same_to_the_bit(booster, text, data):
    rows = np.concatenate([data[0].reshape(-1, DIM), np.zeros((1, DIM)), 1e9 * np.eye(DIM)]).astype(np.float32)
    compact = read_model(text, CLASSES, DIM)
    assert_array_equal(compact.predict(rows), booster.predict(rows))
    assert compact_text(compact) == text, "nothing more can be cut away"


def test_the_compact_text_is_at_most_two_thirds(booster, text):
    assert len(text) < len(booster.model_to_string()) * 2 / 3


def test_trees_without_a_split_are_trees():
    labels = np.arange(9) % CLASSES
    parameters = BoostSettings().parameters(CLASSES) | {"min_data_in_leaf": 20}
    stumps = lightgbm.train(parameters, lightgbm.Dataset(np.ones((9, 2)), labels), num_boost_round=2)
    compact = read_model(compact_text(stumps), CLASSES, 2)
    assert_array_equal(compact.predict(np.zeros((4, 2))), stumps.predict(np.zeros((4, 2))))


@pytest.mark.parametrize(("classes", "dim"), [(CLASSES + 1, DIM), (CLASSES, DIM + 1)])
def test_a_model_for_other_data_is_refused(text, classes, dim):
    with pytest.raises(BoostError, match=f"{classes} classes and {dim} columns"):
        read_model(text, classes, dim)


def changed(text, name, way):
    """The text with the words of the first long line of that name changed."""
    found = re.search(rf"^{name}=(.+ .+)$", text, re.MULTILINE)
    words = found[1].split(" ")
    way(words)
    return text[: found.start(1)] + " ".join(words) + text[found.end(1) :]


def put(place, word):
    return lambda words: words.__setitem__(place, word)


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("left_child", put(0, "0")),  # a circle
        ("left_child", put(-1, "1")),  # back
        ("right_child", put(0, "9999")),
        ("right_child", put(0, "-9999")),
        ("left_child", put(0, "99999999999999999999999")),
        ("left_child", put(0, "x")),
        ("left_child", put(0, "1.5")),
        ("left_child", put(0, "1-2")),
        ("split_feature", put(0, str(DIM))),
        ("split_feature", put(0, "-1")),
        ("decision_type", put(0, "1")),  # a category
        ("decision_type", put(0, "258")),
        ("decision_type", list.pop),
        ("threshold", list.pop),
        ("threshold", put(0, "")),
        ("leaf_value", list.pop),
        ("leaf_value", put(0, "1 1")),
    ],
)
def test_a_tree_that_leads_astray_is_refused(text, name, way):
    with pytest.raises(BoostError, match="not trees"):
        read_model(changed(text, name, way), CLASSES, DIM)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("num_cat=0", "num_cat=1"),
        ("is_linear=0", "is_linear=1"),
        ("num_leaves=", "num_leaves=-"),
        ("num_leaves=", "num_leaves=1"),
        ("shrinkage=0.1", "cat_boundaries=0 1"),
        ("shrinkage=0.1", "shrinkage=0.1\rleft_child=0"),
        ("end of trees\n", ""),
        ("end of trees\n", "end of trees\n\nparameters:\n[monotone: 1]\n"),
        ("shrinkage=0.1", "shrinkage=0.1\0"),
        ("threshold=", "threshold=\u0661 "),
        ("version=v4", "version=v4\ntree_sizes=1 2 3"),
        ("objective=multiclass", "objective=custom"),
        ("num_class=3", "num_class=3\nnum_class=9"),
        ("feature_names=", "feature_names=x "),
        ("Tree=0", "Branch=0"),
        ("Tree=0", "Tree"),
        ("\n\n\nend of trees", "\n`\nend of trees"),
        ("\n\n\nTree=1", "\n\nTree=1"),
        ("\n\n\nTree=1", "\n\n\n\nTree=1"),
        ("shrinkage=0.1", "shrinkage=0.1\nmore"),
        ("tree\nversion", "version"),
    ],
)
def test_text_that_says_anything_else_is_refused(text, old, new):
    assert old in text
    with pytest.raises(BoostError):
        read_model(text.replace(old, new, 1), CLASSES, DIM)


def test_whatever_words_are_changed_it_is_refused_or_answers(text, data):
    """Were it neither, this process would be gone."""
    rng, outcomes = np.random.default_rng(0), {True: 0, False: 0}
    words = list(re.finditer(r"-?\d[\d.e+-]*", text))
    for _ in range(100):
        word = words[rng.integers(len(words))]
        new = rng.choice(["0", "-1", "7", "65535", "1e9", "nan", "", "-", "1 1", "\n", "1e999"])
        try:
            said = read_model(text[: word.start()] + new + text[word.end() :], CLASSES, DIM).predict(data[0][0])
            outcomes[said.shape == (5, CLASSES)] += 1
        except BoostError:
            outcomes[False] += 1
    assert min(outcomes.values()) > 10


@pytest.mark.parametrize("word", ["nan", "-nan", "inf", "-inf", "Infinity", "1e400", "-1e400", "0x1p9", "1e", "1 "])
@pytest.mark.parametrize("name", ["leaf_value", "threshold"])
def test_leaves_and_thresholds_are_finite_numbers(text, name, word):
    with pytest.raises(BoostError, match="not trees"):
        read_model(changed(text, name, put(0, word)), CLASSES, DIM)
    with pytest.raises(BoostError, match="not trees"):
        read_model(text.replace("shrinkage=0.1", f"shrinkage={word}", 1), CLASSES, DIM)


def test_a_node_has_one_parent(text):
    """A leaf or node that two lead to leaves another without a parent."""
    for name in ("left_child", "right_child"):
        words = re.search(rf"^{name}=(.+ .+)$", text, re.MULTILINE)[1].split(" ")
        for place, word in enumerate(words):
            for other in {*words[:place], *words[place + 1 :]}:
                if int(other) < 0 or int(other) > place:
                    with pytest.raises(BoostError, match="not trees"):
                        read_model(changed(text, name, put(place, other)), CLASSES, DIM)
                    assert word != other


def test_every_class_has_as_many_trees(text):
    first = text[text.index("Tree=0") : text.index("Tree=1")]
    with pytest.raises(BoostError, match="not trees"):
        read_model(text.replace("end of trees", f"{first}end of trees"), CLASSES, DIM)


def test_a_model_without_end_is_refused_unread(text, monkeypatch):
    monkeypatch.setattr("boost.bundle.lightgbm_text.LARGEST", len(text) - 1)
    with pytest.raises(BoostError, match="fit fewer rounds"):
        read_model(text, CLASSES, DIM)
