from dataclasses import replace

import numpy as np
import pytest
import torch

from finetune import training_loop
from finetune.network_answers import predict
from finetune.networks.classifier import Classifier
from finetune.training_images import class_weights
from finetune.training_settings import TrainingError
from tests.finetune import tiny


def finished(*arguments, **named):
    made = tiny.training(*arguments, **named)
    rows = list(made.run())
    return made, rows


def test_it_learns_what_can_be_learned():
    made, rows = finished(epochs=12, rate=0.05)
    assert rows[-1]["training loss"] < rows[0]["training loss"]
    images = made.images
    answers = made.views(images.select).mean(axis=1)
    assert (answers.argmax(axis=1) == images.codes[images.select]).all()
    np.testing.assert_allclose(answers.sum(axis=1), 1)


@pytest.mark.parametrize("changes", [{}, {"optimiser": "adagrad", "schedule": "by step", "rate_decay": 0.1}])
@pytest.mark.parametrize("epochs_before", [1, 3])
def test_a_training_that_was_cut_off_goes_on_to_the_same_bits(tmp_path, monkeypatch, changes, epochs_before):
    changes |= {"augmentation": "histology", "average_decay": 0.9}
    whole, rows = finished(network_=tiny.network(dropout=0.5), **changes)
    path = tmp_path / "fold.safetensors"
    cut = tiny.training(path, network_=tiny.network(dropout=0.5), **changes)
    runs = cut.run()
    for _ in range(epochs_before):
        next(runs)
    monkeypatch.setattr(cut, "average", None)  # the next epoch ends in its first step
    with pytest.raises(AttributeError):
        next(runs)
    resumed, rest = finished(path, network_=tiny.network(dropout=0.5), **changes)
    assert len(rest) == len(rows) - epochs_before
    assert tiny.weights(resumed) == tiny.weights(whole)
    again, nothing = finished(path, network_=tiny.network(dropout=0.5), **changes)
    assert nothing == []
    assert tiny.weights(again) == tiny.weights(whole)


def test_workers_and_the_order_of_the_images_change_nothing():
    one, _ = finished(network_=tiny.network(dropout=0.5), augmentation="histology", workers=1)
    images = tiny.images()
    shuffled = replace(images, train=images.train[::-1].copy())
    two, _ = finished(network_=tiny.network(dropout=0.5), images_=shuffled, augmentation="histology", workers=3)
    assert tiny.weights(one) == tiny.weights(two)


def test_training_leaves_the_generators_of_the_process_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    network = tiny.network(dropout=0.5)
    torch.manual_seed(3)
    finished(network_=network, epochs=1)
    assert torch.equal(torch.rand(1), expected)


def test_a_batch_too_large_for_the_memory_is_halved_and_the_step_stays_the_same(monkeypatch):
    whole, _ = finished(network_=tiny.network(norm=False), epochs=1)
    tried = []
    original = Classifier.forward

    def with_little_memory(network, pixels):
        if network.training:
            tried.append(len(pixels))
            if len(pixels) > 1:
                raise torch.OutOfMemoryError
        return original(network, pixels)

    monkeypatch.setattr(Classifier, "forward", with_little_memory)
    halved, _ = finished(network_=tiny.network(norm=False), epochs=1)
    assert tried[:3] == [4, 2, 1]
    assert halved.progress.part == 1
    assert [notice.kind for notice in halved.notices] == ["batch-in-parts"]
    for a, b in zip(whole.network.parameters(), halved.network.parameters(), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError(), MemoryError(), RuntimeError("can't allocate memory")])
def test_memory_too_small_for_one_image_is_said(monkeypatch, error):
    def never(network, pixels):
        raise error

    monkeypatch.setattr(Classifier, "forward", never)
    with pytest.raises(TrainingError, match="smaller input"):
        finished()


def test_a_loss_that_is_no_number_ends_the_training_with_a_way_out():
    network = tiny.network()
    torch.nn.init.constant_(network.head[1].weight, float("nan"))
    with pytest.raises(TrainingError, match="smaller rate"):
        finished(network_=network)


def test_gradients_that_are_no_numbers_end_the_training_before_they_harm_the_weights():
    network = tiny.network()
    network.head[1].bias.register_hook(lambda gradient: gradient * float("nan"))
    made = tiny.training(network_=network)
    before = [parameter.clone() for parameter in network.parameters()]
    with pytest.raises(TrainingError, match="gradients are not a number in epoch 1, at step 1"):
        list(made.run())
    assert all(map(torch.equal, before, network.parameters()))


def test_weights_that_become_infinite_end_the_training():
    made = tiny.training(batch=16)  # one step an epoch, so that no loss shows it before
    made.optimiser.register_step_post_hook(lambda *_: torch.nn.init.constant_(made.network.head[1].bias, float("inf")))
    with pytest.raises(TrainingError, match="weights are not a number in epoch 1"):
        list(made.run())


def test_answers_that_are_no_numbers_are_not_selected_by(monkeypatch):
    monkeypatch.setattr(training_loop, "predict", lambda *_: np.full((4, 1, 2), np.nan))
    with pytest.raises(TrainingError, match="answers for the selection images are not a number"):
        finished()


def test_a_class_that_is_missing_among_the_training_images_is_said():
    images = tiny.images()
    with pytest.raises(TrainingError, match="no image of malignant"):
        replace(images, train=images.train[images.codes[images.train] == 0])


def test_frozen_layers_and_their_statistics_stay_as_they_are():
    before = tiny.network(pretrained=True, seed=1)
    made, _ = finished(
        network_=tiny.network(pretrained=True, seed=1), upper_rate=0.1, trained_share=0.3, frozen_norms=True
    )
    first, after = before.state_dict(), made.network.state_dict()
    assert all(torch.equal(first[name], after[name]) for name in first if name.startswith(("body.0", "body.1")))
    assert not torch.equal(first["body.3.weight"], after["body.3.weight"])


def test_the_best_epoch_is_kept_and_patience_ends_the_training():
    made, rows = finished(epochs=40, rate=0.05, patience=2)
    losses = [row["validation loss"] for row in rows]
    best = int(np.argmin(losses)) + 1
    assert made.progress.best_epoch == best
    assert len(rows) == min(best + 2, 40)


def test_without_images_to_select_by_the_last_epoch_is_taken():
    made, rows = finished(images_=tiny.images(select=0), validation=0.0)
    assert made.progress.best_epoch == len(rows) == 4
    assert "validation loss" not in rows[0]


def test_selected_on_the_test_the_accuracy_decides():
    made, rows = finished(select_on="test", epochs=6)
    accuracies = [row["validation accuracy"] for row in rows]
    assert made.progress.best_epoch == int(np.argmax(accuracies)) + 1


def test_an_image_is_answered_in_its_symmetries():
    made, _ = finished(epochs=1)
    images = made.images
    network = made.network.eval()
    looks = []
    for number in range(8):
        turned = np.stack([np.rot90(pixels, number % 4) for pixels in images.pictures.pixels])
        turned = turned[:, :, ::-1] if number >= 4 else turned
        with torch.no_grad():
            looks.append(network(torch.from_numpy(turned.copy())).double().softmax(dim=1).numpy())
    rows = np.arange(len(images.codes))
    answers = predict(network, images.pictures, rows, 8, "cpu", batch=5)
    np.testing.assert_allclose(answers, np.stack(looks, axis=1), atol=1e-6)


def test_class_weights_by_hand():
    images = tiny.images(count=6, select=0)
    images = replace(images, codes=np.array([0, 0, 0, 1, 0, 0]))
    balanced = class_weights(images, tiny.settings(class_weights="balanced"))
    largest = class_weights(images, tiny.settings(class_weights="largest"))
    assert balanced.tolist() == pytest.approx([6 / (2 * 5), 6 / (2 * 1)])
    assert largest.tolist() == pytest.approx([1, 5])


def test_a_single_image_at_the_end_of_an_epoch_joins_the_batch_before():
    finished(images_=tiny.images(count=13, select=4), epochs=1)  # 9 images in batches of 4: batch norm bears no 1
