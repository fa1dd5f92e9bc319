from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from PIL import Image

from cohort.samples import Sample
from finetune.pictures.decoded import decode, decoded_path, open_pictures, picture_of
from finetune.training_settings import TrainingError, TrainingSettings
from imaging.phantom import draw_field
from imaging.read import ImageError, resize

PLAIN = TrainingSettings("idc_cnn", 32, stain="none")


@pytest.fixture
def samples(tmp_path):
    made = []
    for number in range(5):
        path = tmp_path / f"{number}.png"
        Image.fromarray(draw_field("benign", "p", number, 40 + number, 50, 0).image).save(path)
        made.append(Sample(path.name, path, "benign", "p", sha256=f"{number}"))
    return made


def test_images_of_any_size_become_squares_in_their_order(samples, tmp_path):
    assert list(decode(samples, PLAIN, tmp_path, 2)) == [1, 2, 3, 4, 5]
    pictures = open_pictures(samples, PLAIN, tmp_path)
    assert pictures.pixels.shape == (5, 32, 32, 3)
    for sample, pixels in zip(samples, pictures.pixels, strict=True):
        assert (pixels == resize(np.array(Image.open(sample.path)), 32, 32)).all()


def test_what_is_decoded_already_is_not_decoded_again(samples, tmp_path):
    list(decode(samples, PLAIN, tmp_path, 1))
    for sample in samples:
        sample.path.unlink()
    assert list(decode(samples, PLAIN, tmp_path, 1)) == [5]


@pytest.mark.parametrize("content", [b"", b"hello", None])
def test_a_damaged_file_of_decoded_images_is_said(samples, tmp_path, content):
    list(decode(samples, PLAIN, tmp_path, 1))
    path = decoded_path(samples, PLAIN, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(TrainingError, match="decoded anew"):
        open_pictures(samples, PLAIN, tmp_path)


def test_another_size_normalisation_or_content_is_another_file(samples, tmp_path):
    paths = {decoded_path(samples, settings, tmp_path) for settings in (PLAIN, TrainingSettings("idc_cnn", 32),
             TrainingSettings("idc_cnn", 33, stain="none"))}  # fmt: skip
    paths.add(decoded_path(samples[::-1], PLAIN, tmp_path))
    assert len(paths) == 4


def test_normalised_images_differ(samples):
    plain = picture_of(samples[0].path, PLAIN)
    normalised = picture_of(samples[0].path, TrainingSettings("idc_cnn", 32))
    assert (plain != normalised).any()


def test_a_broken_image_leaves_no_file(samples, tmp_path):
    samples[3].path.write_bytes(b"no image")
    with pytest.raises(ImageError):
        list(decode(samples, PLAIN, tmp_path, 2))
    assert not decoded_path(samples, PLAIN, tmp_path).exists()


def test_a_full_disk_is_told_before_the_work(samples, tmp_path, monkeypatch):
    monkeypatch.setattr(psutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    with pytest.raises(TrainingError, match="make room"):
        list(decode(samples, PLAIN, tmp_path, 1))
