import numpy as np
import torch

from finetune.network_answers import predict, with_weights
from finetune.networks.classifier import Classifier
from tests.finetune import tiny


def test_answers_do_not_depend_on_how_many_are_asked_at_once(monkeypatch):
    images = tiny.images()
    rows = np.arange(len(images.codes))
    network = tiny.network().eval()
    together = predict(network, images.pictures, rows, 8, "cpu", batch=100)
    forward = Classifier.forward

    def of_few(network, pixels):
        if len(pixels) > 4:
            raise torch.OutOfMemoryError
        return forward(network, pixels)

    monkeypatch.setattr(Classifier, "forward", of_few)
    np.testing.assert_allclose(predict(network, images.pictures, rows, 8, "cpu", batch=100), together, atol=1e-7)


def test_other_weights_answer_for_a_moment():
    network, other = tiny.network(seed=1), tiny.network(seed=2)
    own = network.head[1].weight.clone()
    with with_weights(network, other.state_dict()) as answering:
        assert torch.equal(answering.head[1].weight, other.head[1].weight)
        assert not answering.training
    assert torch.equal(network.head[1].weight, own)
