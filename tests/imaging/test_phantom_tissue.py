"""Laws of the drawn tissues: four descriptions, finite concentrations, features that do not grow with the field."""

import numpy as np
import pytest

from imaging.phantom_tissue import TISSUES, draw_tissue, likened, varied


@pytest.mark.parametrize("label", TISSUES)
@pytest.mark.parametrize("shape", [(1, 1), (20, 31), (96, 128)])
def test_concentrations_are_positive_at_any_size(label, shape):
    concentrations = draw_tissue(TISSUES[label], shape, np.random.default_rng(0))
    assert concentrations.shape == (*shape, 2)
    assert np.isfinite(concentrations).all()
    assert (concentrations > 0).all()


def test_density_does_not_depend_on_the_size_of_the_field():
    def haematoxylin(shape, seed):
        return draw_tissue(TISSUES["invasive"], shape, np.random.default_rng(seed))[..., 0].mean()

    small = np.mean([haematoxylin((192, 256), seed) for seed in range(12)])
    assert small == pytest.approx(haematoxylin((768, 1024), 0), rel=0.3)


def test_cellularity_grows_from_normal_to_carcinoma():
    blue = {
        label: np.mean([draw_tissue(t, (256, 320), np.random.default_rng(i))[..., 0].mean() for i in range(4)])
        for label, t in TISSUES.items()
    }
    assert blue["normal"] < blue["benign"] < min(blue["insitu"], blue["invasive"])


DRAWN = {  # mean concentrations of H and E in six parts of a field, two rows of three
    "normal": [0.0415, 0.5744, 0.1176, 0.5985, 0.0728, 0.5725, 0.1936, 0.6981, 0.2082, 0.7382, 0.0743, 0.8428],
    "benign": [0.0263, 0.1770, 0.3578, 0.5443, 0.0945, 0.9444, 0.3148, 0.6471, 0.3585, 0.5108, 0.2090, 0.6232],
    "insitu": [0.2881, 0.6275, 0.2755, 0.5891, 1.1349, 0.2426, 0.4335, 0.6119, 0.7895, 0.4730, 0.6381, 0.4857],
    "invasive": [0.0508, 0.1876, 0.3959, 0.5802, 0.5271, 0.6582, 0.7515, 0.4444, 0.2824, 0.5773, 0.1865, 0.5985],
}


@pytest.mark.parametrize("label", TISSUES)
def test_what_is_drawn_never_drifts(label):
    """The demo, and every number that is compared over versions on drawn fields, rest on this."""
    concentrations = draw_tissue(TISSUES[label], (240, 300), np.random.default_rng(5))
    parts = concentrations.reshape(2, 120, 3, 100, 2).mean(axis=(1, 3)).ravel()
    np.testing.assert_allclose(parts, DRAWN[label], atol=2e-4)


def test_likened_goes_from_a_class_to_the_mean_of_all():
    rng = np.random.default_rng(0)
    assert likened(TISSUES["benign"], 1, rng) is TISSUES["benign"]
    means = [np.mean([tissue.glands for tissue in TISSUES.values()])] * len(TISSUES)
    assert [likened(tissue, 0, rng).glands for tissue in TISSUES.values()] == pytest.approx(means)
    half = likened(TISSUES["insitu"], 0.5, rng)
    assert half.glands == pytest.approx((means[0] + TISSUES["insitu"].glands) / 2) and isinstance(half.layers, int)


def test_a_patient_s_variation_may_be_none():
    rng = np.random.default_rng(0)
    assert varied(TISSUES["normal"], 0, rng) is TISSUES["normal"]
    radii = [varied(TISSUES["normal"], 0.3, rng).radius[0] / 20 for _ in range(400)]
    assert np.std(np.log(radii)) == pytest.approx(0.3, abs=0.04)
