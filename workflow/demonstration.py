"""Which network the demo uses, and what it says at the end."""

import json
from dataclasses import dataclass
from pathlib import Path

TRAINED, RANDOM = "tf_efficientnet_lite0", "squeezenet1_1"  # encoders


@dataclass(frozen=True)
class DemoNetwork:
    """An encoder, and where its weights come from: random, auto (an installed package or an earlier download), a
    folder.
    """

    encoder: str
    weights: str

    @property
    def folder(self) -> str:
        """Of its cache."""
        return self.encoder if self.weights == "auto" else Path(self.weights).name

    def closing_words(self, results: Path, seconds: float) -> str:
        """Network, accuracy with its interval and time in a line, and what these numbers are worth."""
        accuracy = json.loads((results / "numbers.json").read_text("utf-8"))["accuracy"]
        value, low, high = (100 * accuracy[name] for name in ("value", "low", "high"))
        numbers = f"{self.encoder}, accuracy {value:.1f} % [{low:.1f}, {high:.1f}], {seconds:.0f} s in all."
        if self.weights == "random":
            return (
                f"{numbers} The encoder's weights are random, so the descriptors are those of an untrained network: "
                "these numbers show that the line works, not how well it does."
            )
        return (
            f"{numbers} The encoder was trained on ImageNet, but the fields are synthetic: these numbers say nothing "
            "about real tissue."
        )


def demo_network(weights: str | None) -> DemoNetwork:
    """The network trained on ImageNet, where its weights are here (the extra `demo` brings them); else a random one.

    weights: of the smaller encoder, where somebody asks for some.
    """
    if weights is not None:
        return DemoNetwork(RANDOM, weights)
    from featurize.encoders.registry import find_encoder
    from featurize.encoders.sources.automatic import is_here  # with it comes PyTorch

    return DemoNetwork(TRAINED, "auto") if is_here(find_encoder(TRAINED)) else DemoNetwork(RANDOM, "random")
