"""Laws of fitting: the models are those of cross-validation, to the bit, and none is trained twice."""

import lightgbm
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.bundle.archive import BundleError
from boost.bundle.lightgbm_text import read_model
from boost.crossval import cross_validate
from boost.model_cache import cached_models, fit_models, views_of


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(lightgbm, "train", lambda *_, **__: pytest.fail("a model is trained again"))


def by_unit(units):
    return {(unit.variant, unit.fold): unit.probabilities for unit in units}


def test_the_answers_are_those_of_cross_validation_to_the_bit(small):
    fitted = by_unit(fit_models(*small.work(small.folder)))
    validated = by_unit(cross_validate(small.variants, small.labels, 3, small.fold, small.settings))
    assert fitted.keys() == validated.keys()
    for unit, answers in fitted.items():
        assert_array_equal(answers, validated[unit])


def test_what_is_kept_is_found_by_the_next_run_and_by_cross_validation(small, no_training):
    again = by_unit(fit_models(*small.work(small.folder)))
    answers = small.folder / "answers"
    found = by_unit(cross_validate(small.variants, small.labels, 3, small.fold, small.settings, kept=answers))
    for unit in again:
        assert_array_equal(again[unit], found[unit])


def test_the_kept_models_give_the_kept_answers(small):
    variants, *_, kept = small.work(small.folder)
    units = {(unit.variant, unit.fold): unit for unit in fit_models(*small.work(small.folder))}
    for variant, fold, seed, text in cached_models(kept, [1, 2, 3], 2):
        held_out = small.variants[variant][small.fold == fold]
        model = read_model(text, 3, variants[variant].shape[2])
        said = np.stack([model.predict(image, num_threads=1) for image in held_out])
        assert_array_equal(said, units[variant, fold].views[seed])


def test_a_damaged_model_is_trained_again_and_is_the_same_file(small, tmp_path):
    *arguments, kept = small.work(tmp_path)
    list(fit_models(*arguments, kept))
    paths = [kept["wide"].path(2, 1), kept["narrow"].path(1, 0), kept["narrow"].path(3, 1)]
    before = [path.read_bytes() for path in paths]
    paths[0].write_bytes(before[0][:-20])
    paths[1].unlink()
    paths[2].write_bytes(before[0])  # another's
    list(fit_models(*arguments, kept))
    assert [path.read_bytes() for path in paths] == before


def test_a_model_that_has_gone_is_told(small, tmp_path):
    with pytest.raises(BundleError, match="run fit again"):
        next(cached_models(small.work(tmp_path)[-1], [1], 1))


def test_other_settings_find_nothing(small, tmp_path):
    *arguments, kept = small.work(tmp_path)
    other = small.work(tmp_path)
    list(fit_models(*arguments, kept))
    moved = (small.fold % 3) + 1
    from boost.model_cache import model_caches

    strangers = model_caches(other[0], small.labels, 3, moved, small.settings, tmp_path)
    assert all(models.views(1, 0) is None for models in strangers.values())


def test_views_are_in_the_order_of_the_folds_whatever_the_order_of_the_units(small):
    units = list(fit_models(*small.work(small.folder)))
    views = views_of(units)
    assert views.shape == (36, 5, 3)
    assert_array_equal(views, views_of(units[::-1]))
    wanted = np.mean([unit.probabilities.mean(axis=0) for unit in units if unit.fold == 1], axis=0)
    assert views.mean(axis=1)[: len(wanted)] == pytest.approx(wanted)
