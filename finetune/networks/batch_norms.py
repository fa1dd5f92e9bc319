"""Batch norms whose moving statistics begin at nothing: corrected for that beginning, as Adam corrects its moments.

A moving mean that takes in 1 % of each batch, as Keras' does, still holds a tenth of its first values after 230 steps;
the network that answers is then another than the one that was trained. A published training has many thousand steps,
some hundred images of one's own have a few hundred. The correction (Kingma & Ba 2015, section 3) makes of the moving
mean the mean of the batches there were, with the same weights; after 1000 steps of 1 % it changes nothing any more.
"""

from finetune.networks.classifier import NORMS, Classifier


class YoungNorms:
    """The batch norms of a network whose statistics no earlier training has left."""

    def __init__(self, network: Classifier):
        norms = [] if network.pretrained else [layer for layer in network.modules() if isinstance(layer, NORMS)]
        self.momenta = [(layer, layer.momentum or 0.0) for layer in norms]  # share that a batch has, in the long run

    def before(self, step: int) -> None:
        """Give the batch of a step, counted from 0, the share that makes a mean of all batches up to it."""
        for layer, momentum in self.momenta:
            layer.momentum = momentum / (1 - (1 - momentum) ** (step + 1)) if momentum else 0.0
