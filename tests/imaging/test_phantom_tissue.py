"""Laws of the drawn tissues: four descriptions, finite concentrations, features that do not grow with the field."""

import numpy as np
import pytest

from imaging.phantom_tissue import TISSUES, draw_tissue


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
