import numpy as np
import torch

from finetune.pictures.batches import image_rng, order_of, parts_of, symmetries, training_batches
from tests.finetune import tiny


def rows_of(epoch, batch=4, workers=1):
    images = tiny.images()
    settings = tiny.settings(batch=batch)
    return list(training_batches(images.pictures, images.train, settings, epoch, workers))


def test_every_image_comes_once_in_an_epoch_with_its_own_pixels():
    images = tiny.images()
    batches = rows_of(epoch=0)
    assert sorted(np.concatenate([rows for rows, _ in batches])) == sorted(images.train)
    for rows, pixels in batches:
        assert (pixels.numpy() == images.pictures.pixels[rows]).all()


def test_epochs_have_orders_of_their_own():
    orders = {tuple(order_of(np.arange(20), 13, epoch)) for epoch in range(5)}
    assert len(orders) == 5


def test_draws_differ_by_seed_epoch_and_image():
    draws = {image_rng(*key).random() for key in ((1, 0, "a"), (2, 0, "a"), (1, 1, "a"), (1, 0, "b"))}
    assert len(draws) == 4


def test_one_symmetry_is_the_upright_one_and_eight_are_all():
    pixels = torch.arange(2 * 4 * 4 * 3, dtype=torch.uint8).view(2, 4, 4, 3)
    upright = list(symmetries(pixels, 1))
    assert len(upright) == 1
    assert torch.equal(upright[0], pixels)
    assert len({turned.numpy().tobytes() for turned in symmetries(pixels, 8)}) == 8


def test_four_symmetries_are_the_flips():
    pixels = torch.arange(2 * 4 * 4 * 3, dtype=torch.uint8).view(2, 4, 4, 3)
    flips = list(symmetries(pixels, 4))
    expected = [pixels, pixels.flip(2), pixels.flip(1), pixels.flip(1, 2)]
    assert all(torch.equal(flip, by_hand) for flip, by_hand in zip(flips, expected, strict=True))


def test_a_short_batch_at_the_end_is_left_out_where_that_is_asked():
    order = np.arange(11)[::-1]
    parts = parts_of(order, tiny.settings(batch=4, drop_last=True))
    assert [part.tolist() for part in parts] == [[10, 9, 8, 7], [6, 5, 4, 3]]
    assert sum(map(len, parts_of(order, tiny.settings(batch=4)))) == 11
    assert [len(part) for part in parts_of(order[:9], tiny.settings(batch=4, drop_last=True))] == [4, 4]


def test_of_fewer_images_than_a_batch_none_is_left_out():
    assert [len(part) for part in parts_of(np.arange(3), tiny.settings(batch=4, drop_last=True))] == [3]
