"""Laws of stain normalisation and jitter, held against the slow float64 version and the truth of the phantoms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_limits

from benchmarks import reference
from imaging.phantom import beer_lambert, draw_field, patient_stains
from imaging.read import read_image, rescale
from imaging.stain import (
    DEGENERATE,
    DENSITY,
    GAIN_HIGH,
    GAIN_LOW,
    LITTLE_TISSUE,
    OK,
    REFERENCE_SCALE,
    RUIFROK,
    Stain,
    draw_gains,
    fit_stain,
    jitter,
    jitter_mixing,
    normalise,
    optical_density,
    stain_matrix,
)

CASES = [("normal", "p00"), ("benign", "p01"), ("insitu", "p02"), ("invasive", "p03")]


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def field(request):
    return draw_field(*request.param, index=0, height=384, width=512, seed=0)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def image(rng):
    """Every grey level in every channel, and many mixtures."""
    ramps = np.arange(256)[:, None] * np.ones(3, int)  # (256, 3)
    return np.concatenate([ramps, rng.integers(0, 256, (256 * 63, 3))]).reshape(128, 128, 3).astype(np.uint8)


def differ(first, second):
    """Largest difference in grey levels."""
    return np.abs(first.astype(int) - second.astype(int)).max()


def degrees(first, second):
    """Angles between the columns of two matrices."""
    cosines = (first * second).sum(axis=0) / np.linalg.norm(first, axis=0) / np.linalg.norm(second, axis=0)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


def dyed(concentrations, noise, rng, patient="p00"):
    """A field of known concentrations (h, w, 2) of H and E, with a sensor's noise."""
    light = beer_lambert(concentrations, patient_stains(patient, 0)[0])
    return (light + rng.uniform(-noise, noise, light.shape)).round().clip(0, 255).astype(np.uint8)


def test_macenko_finds_the_stains_that_were_drawn(field):
    stain = fit_stain(field.image)
    assert stain.status == OK
    haematoxylin, eosin = degrees(stain.matrix, field.stain_matrix)
    assert haematoxylin < 4
    assert eosin < 2


def test_the_fit_agrees_with_the_slow_one(field):
    stain = fit_stain(field.image)
    matrix, scale = reference.fit(field.image)
    assert_allclose(stain.matrix, matrix, atol=3e-6)
    assert_allclose(stain.scale, scale, rtol=3e-6)
    assert_allclose(np.linalg.norm(stain.matrix, axis=0), 1)


def test_normalising_agrees_with_the_slow_version(field):
    assert differ(normalise(field.image, fit_stain(field.image)), reference.normalise(field.image)) <= 1


def test_jitter_agrees_with_the_slow_version(field, rng):
    for _ in range(3):
        gains = draw_gains(rng)
        assert differ(jitter(field.image, gains), reference.jitter(field.image, gains)) <= 1


def test_jitter_agrees_with_the_slow_version_on_all_colours(image):
    for gains in [(GAIN_LOW, GAIN_LOW), (GAIN_LOW, GAIN_HIGH), (GAIN_HIGH, GAIN_LOW), (GAIN_HIGH, GAIN_HIGH)]:
        assert differ(jitter(image, gains), reference.jitter(image, gains)) <= 1


def test_unit_gains_leave_the_image_alone(image, field):
    assert_array_equal(jitter(image, (1, 1)), image)
    assert_array_equal(jitter(field.image, np.ones(2)), field.image)


def test_more_haematoxylin_is_darker_and_bluer(field):
    more, less = (jitter(field.image, (gain, 1)).mean(axis=(0, 1)) for gain in (GAIN_HIGH, GAIN_LOW))
    assert (more < less).all()
    assert (more / less)[0] < (more / less)[2], "red light is absorbed more than blue"


def test_opposite_gains_nearly_undo_each_other(field):
    gains = np.array([1.25, 0.8])
    back = jitter(jitter(field.image, gains), 1 / gains)
    assert np.percentile(np.abs(back.astype(int) - field.image), 99) <= 4


def test_normalised_images_have_the_stains_of_the_reference(field):
    stain = fit_stain(normalise(field.image, fit_stain(field.image)))
    assert stain.status == OK
    assert_allclose(stain.scale, REFERENCE_SCALE, rtol=0.05)


def test_normalising_again_barely_changes(field):
    once = normalise(field.image, fit_stain(field.image))
    twice = normalise(once, fit_stain(once))
    assert np.abs(twice.astype(int) - once).mean() < 2
    assert np.abs(twice.astype(int) - once).mean() < np.abs(once.astype(int) - field.image).mean() / 3


def test_normalising_makes_patients_alike():
    fields = [draw_field("invasive", f"p{patient:02d}", 0, 192, 256, seed=0).image for patient in range(6)]
    before = np.std([image.mean(axis=(0, 1)) for image in fields], axis=0)
    after = np.std([normalise(image, fit_stain(image)).mean(axis=(0, 1)) for image in fields], axis=0)
    assert (after < before).all()


def test_a_pixel_is_coloured_by_itself_alone(field, rng):
    """No result depends on where a pixel lies, on blocks or on the memory layout."""
    order = rng.permutation(field.image.shape[0])
    stain = fit_stain(field.image)
    assert_array_equal(normalise(field.image[order], stain), normalise(field.image, stain)[order])
    assert_array_equal(jitter(field.image[::-1, ::3], (1.2, 0.8)), jitter(field.image, (1.2, 0.8))[::-1, ::3])
    assert_array_equal(jitter(np.asfortranarray(field.image), (1.2, 0.8)), jitter(field.image, (1.2, 0.8)))


def test_images_and_their_densities_are_not_written_to(field):
    frozen, density = field.image.copy(), optical_density(field.image)
    frozen.flags.writeable = density.flags.writeable = False
    normalise(frozen, fit_stain(frozen, density), density)
    jitter(frozen, (1.3, 0.7), density)
    jitter(frozen, (1.3, 0.7))


def test_a_density_at_hand_changes_nothing(field, image):
    for pixels in (field.image, image, field.image[::-1, ::3], image[:1, :1]):
        density = optical_density(pixels)
        assert_array_equal(jitter(pixels, (1.2, 0.8), density), jitter(pixels, (1.2, 0.8)))
    density = optical_density(field.image)
    stain, shared = fit_stain(field.image), fit_stain(field.image, density)
    assert_array_equal(shared.matrix, stain.matrix)
    assert_array_equal(shared.scale, stain.scale)
    assert_array_equal(normalise(field.image, stain, density), normalise(field.image, stain))


def test_optical_density_is_the_logarithm(image):
    assert_allclose(optical_density(image).T, reference.optical_density(image), rtol=1e-6, atol=1e-9)
    assert optical_density(image).dtype == np.float32


def test_the_map_of_a_jitter_keeps_the_third_stain_and_multiplies_the_others(rng):
    amounts, gains = rng.uniform(0, 2, 3), draw_gains(rng)
    assert_allclose(jitter_mixing(gains) @ (RUIFROK.T @ amounts), RUIFROK.T @ (amounts * [*gains, 1]))


def test_the_number_of_threads_changes_nothing(rng):
    """The work is large enough that BLAS would split it, were it not done in blocks."""
    picture = draw_field("invasive", "p00", index=0, height=384, width=512, seed=0).image
    results = []
    for threads in (1, 2, 4):
        with threadpool_limits(threads):
            stain = fit_stain(picture)
            results.append((stain.matrix, stain.scale, normalise(picture, stain), jitter(picture, (1.1, 0.9))))
    for other in results[1:]:
        for first, second in zip(results[0], other, strict=True):
            assert_array_equal(first, second)


@pytest.mark.parametrize("spread", [0.05, 1, 10])
def test_percentiles_of_angles_are_exact_whatever_the_spread(spread, rng):
    """Clouds about an axis: narrow ones take the way without arctangents, wide ones go past a right angle."""
    cloud = np.array([2, 1, 0.5])[:, None] * rng.normal(size=(3, 501)) * [[spread], [spread / 2], [spread / 5]]
    cloud = (cloud + np.array([[3], [4], [2]])).astype(np.float32)
    plane = np.linalg.eigh(np.cov(cloud.astype(float)))[1][:, 1:]
    plane = plane * np.sign(cloud.mean(axis=1) @ plane)
    x, y = plane.T @ cloud
    low, high = np.percentile(np.arctan2(y, x), [1, 99])
    ends = plane @ [np.cos([low, high]), np.sin([low, high])]
    matrix = stain_matrix(cloud)
    if 7 <= np.degrees(high - low) <= 90 and (ends >= -0.2).all():
        assert_allclose(np.sort(matrix, axis=1), np.sort(ends, axis=1), atol=1e-5)
    else:
        assert matrix is None


@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, -1, -1), (1, -1, 1), (1, 1, -1), (-1, -1, 1)])
def test_the_signs_of_eigenvectors_do_not_matter(signs, monkeypatch, rng):
    """As much H alone as E alone: the larger eigenvector leads from one to the other, past 0 and past 180 degrees."""
    amounts = np.zeros((120, 120, 2))
    amounts[:60, :, 0] = amounts[60:, :, 1] = rng.uniform(0.95, 1.05, (60, 120))
    density = optical_density(dyed(amounts, 1, rng))
    expected = stain_matrix(density)
    eigh = np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda matrix: (eigh(matrix)[0], eigh(matrix)[1] * signs))
    assert_allclose(stain_matrix(density), expected, atol=1e-9)
    assert (degrees(expected, patient_stains("p00", 0)[0]) < 1.5).all()


@pytest.mark.parametrize("level", [0, 1, 128, 205, 206, 255])
@pytest.mark.parametrize("shape", [(1, 1, 3), (50, 50, 3), (200, 30, 3)])
def test_a_plain_image_is_passed_through(level, shape):
    plain = np.full(shape, level, np.uint8)
    stain = fit_stain(plain)
    assert stain.status in (LITTLE_TISSUE, DEGENERATE)
    assert not stain.matrix.any()
    assert not stain.scale.any()
    assert normalise(plain, stain) is plain
    assert jitter(plain, (0.7, 1.3)).shape == shape


def test_white_is_little_tissue_and_one_colour_is_degenerate():
    assert fit_stain(np.full((64, 64, 3), 255, np.uint8)).status == LITTLE_TISSUE
    assert fit_stain(np.full((64, 64, 3), [120, 60, 140], np.uint8)).status == DEGENERATE


@pytest.mark.parametrize("seed", range(5))
def test_grey_noise_has_no_stains(seed):
    rng = np.random.default_rng(seed)
    grey = np.repeat(rng.integers(0, 256, (80, 80, 1), np.uint8), 3, axis=2)
    nearly = (128 + rng.integers(-3, 4, (80, 80, 3))).astype(np.uint8)
    assert fit_stain(grey).status == fit_stain(nearly).status == DEGENERATE


@pytest.mark.parametrize("seed", range(8))
def test_coloured_noise_never_breaks_anything(seed):
    """Warnings are errors in this suite, so a result is finite."""
    noise = np.random.default_rng(seed).integers(0, 256, (60, 60, 3), np.uint8)
    stain = fit_stain(noise)
    assert stain.status in (OK, DEGENERATE)
    assert np.isfinite(stain.matrix).all()
    assert degrees(stain.matrix[:, :1], stain.matrix[:, 1:]) > 7 if stain.status == OK else True
    assert normalise(noise, stain).shape == noise.shape


@pytest.mark.parametrize("noise", [0, 1, 2, 4])
@pytest.mark.parametrize("only", [0, 1], ids=["haematoxylin", "eosin"])
@pytest.mark.parametrize("amounts", [(0.3, 1), (0.3, 2), (1, 1.2)], ids=str)
def test_one_stain_only_is_degenerate(only, amounts, noise, rng):
    """A second stain read from the sensor's noise would be amplified to full strength."""
    concentrations = np.zeros((100, 100, 2))
    concentrations[..., only] = rng.uniform(*amounts, (100, 100))
    assert fit_stain(dyed(concentrations, noise, rng)).status == DEGENERATE


@pytest.mark.parametrize("share", [0.001, 0.006, 0.012, 0.018, 0.02, 0.03, 0.05])
def test_a_speck_of_tissue_does_not_dye_the_background(share, rng):
    """The 99th percentile over all pixels is one of the background where tissue is rarer than 1 %."""
    source = draw_field("invasive", "p00", 0, 96, 128, seed=0).image.reshape(-1, 3)
    source = source[(DENSITY[source] >= 0.15).all(axis=1)]
    image = (235 + rng.integers(-3, 4, (200, 200, 3))).astype(np.uint8)
    count = int(share * 200 * 200)
    image.reshape(-1, 3)[:count] = rng.choice(source, count)
    background = normalise(image, fit_stain(image)).reshape(-1, 3)[count:]
    assert background.mean() > 200


def test_a_stain_that_is_not_ok_changes_nothing(field):
    for status in (LITTLE_TISSUE, DEGENERATE):
        assert normalise(field.image, Stain(status, np.zeros((3, 2)), np.zeros(2))) is field.image


def test_hopeless_gains_are_clipped_without_a_warning(image):
    for gains in [(0, 0), (0, 50), (50, 0), (1000, 1000)]:
        with np.errstate(over="ignore"):
            expected = reference.jitter(image, gains)
        assert differ(jitter(image, gains), expected) <= 1


def test_gains_are_drawn_from_the_papers_range(rng):
    gains = np.array([draw_gains(rng) for _ in range(500)])
    assert gains.shape == (500, 2)
    assert gains.min() >= GAIN_LOW
    assert gains.max() <= GAIN_HIGH
    assert_allclose(gains.mean(axis=0), 1, atol=0.03)
    assert abs(np.corrcoef(gains.T)[0, 1]) < 0.15
    assert_array_equal(draw_gains(np.random.default_rng(5)), draw_gains(np.random.default_rng(5)))


@pytest.mark.parametrize("pattern", ["ucsb/*/*.jpg", "crc5/test/*/*.jpg"])
def test_real_fields_are_ok_and_agree_with_the_slow_version(pattern, shared):
    for path in sorted((shared / "data").glob(pattern))[::12]:
        image = rescale(read_image(path), 0.5)
        stain = fit_stain(image)
        assert stain.status == OK, path.name
        assert differ(normalise(image, stain), reference.normalise(image)) <= 1


# the jitter of an image that is not normalised, along its own stains


def test_unit_gains_along_any_stains_leave_every_grey_level(image, field):
    matrix = fit_stain(field.image).matrix
    assert_allclose(jitter_mixing((1, 1), matrix), np.eye(3), atol=1e-15)
    assert_array_equal(jitter(image, (1, 1), matrix=matrix), image)


@pytest.mark.parametrize("gains", [(0.7, 1.3), (1.3, 0.7), (1.21, 0.94)])
def test_a_jitter_along_own_stains_multiplies_their_amounts_and_leaves_the_rest(gains, field):
    matrix = fit_stain(field.image).matrix
    density = optical_density(field.image)
    mixed = jitter_mixing(gains, matrix) @ density
    before, after = np.linalg.pinv(matrix) @ density, np.linalg.pinv(matrix) @ mixed  # (2, h*w)
    assert_allclose(after, np.array(gains)[:, None] * before, atol=1e-5)
    assert_allclose(mixed - matrix @ after, density - matrix @ before, atol=1e-5)
    expected = np.clip(240 * np.exp(-mixed) - 1, 0, 255).T.reshape(field.image.shape)
    assert np.abs(jitter(field.image, gains, matrix=matrix) - expected).max() <= 0.51


def test_a_jitter_along_ruifroks_stains_is_that_of_two_of_them():
    gains = (0.8, 1.2)
    by_both = jitter_mixing(gains, RUIFROK[:2].T)
    for stain in RUIFROK[:2]:
        assert_allclose(by_both @ stain, jitter_mixing(gains) @ stain)
