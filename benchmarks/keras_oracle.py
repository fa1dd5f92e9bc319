"""Our networks of Keras' applications against Keras itself, on its torch backend, with the same drawn weights.

`python -m benchmarks.keras_oracle` builds all five, gives both sides weights drawn by the names of the layers (batch
norm's statistics too), and prints how far the features lie apart, as a share of the largest. Keras writes each network
as .h5 and `read_h5` must give the same weights back to the bit. `--write` keeps Keras' answers, which the tests hold
our networks against where there is no Keras. Keras 3 must be installed; half a minute.

Today's ResNet50 of Keras is turned into that of 2.1 by three changes to its settings: "same" padding before the first
convolution, no padding before the first maxima, batch norm's epsilon; the windows of 7 x 7 cells are Keras' own layer.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch
from torch import Tensor, nn

from featurize.encoders.keras.h5_weights import layers_of, our_names, read_h5
from featurize.encoders.keras.keras_network import KerasNetwork
from featurize.encoders.keras.keras_networks import KERAS_BUILDERS, build_keras
from featurize.encoders.keras.same_padding import SeparableConvolution
from featurize.encoders.threads import one_thread
from featurize.encoders.weights import Uninitialised

ANSWERS = Path(__file__).resolve().parents[1] / "tests/featurize/encoders/keras/answers_of_keras.json"
SIZES = {  # height, width: even and odd, so that both kinds of "same" padding are there
    "resnet50": (230, 208), "inception_v3": (111, 96), "vgg16": (33, 34), "xception": (98, 87),
    "nasnet_mobile": (97, 90),
}  # fmt: skip
KEPT = 16  # features of each network that are written down
CLOSE = 1e-4
BLUE_FIRST = ("resnet50", "vgg16")
SEEN = ("block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3")  # layers of VGG-16


def drawn_pixels(name: str) -> np.ndarray:
    """What a network is shown, normalised, red first: (1, h, w, 3) float32."""
    rng = np.random.default_rng(crc32(name.encode()))
    return rng.normal(size=(1, *SIZES[name], 3)).astype(np.float32)


def drawn_arrays(name: str, layer: nn.Module) -> list[np.ndarray]:
    """A layer's weights in the form and order of Keras, drawn by its name."""
    rng = np.random.default_rng(crc32(name.encode()))
    if isinstance(layer, nn.BatchNorm2d):
        gamma, variance = (rng.uniform(0.5, 1.5, layer.num_features) for _ in range(2))
        beta, mean = (rng.normal(0, 0.1, layer.num_features) for _ in range(2))
        return [array.astype(np.float32) for array in (gamma, beta, mean, variance)]
    if isinstance(layer, SeparableConvolution):
        return [_drawn_kernel(rng, part) for part in (layer.depthwise, layer.pointwise)]
    arrays = [_drawn_kernel(rng, layer)]
    if layer.bias is not None:
        arrays.append(rng.normal(0, 0.1, len(layer.bias)).astype(np.float32))  # type: ignore[arg-type]
    return arrays


def _drawn_kernel(rng: np.random.Generator, convolution: nn.Module) -> np.ndarray:
    out, channels_in, rows, columns = convolution.weight.shape  # type: ignore[misc, union-attr]
    shape = (rows, columns, channels_in, out)
    if channels_in == 1:  # a filter for each channel
        shape = (rows, columns, out, 1)
    limit = (6 / (rows * columns * channels_in)) ** 0.5
    return limit * (2 * rng.random(shape, np.float32) - 1)


def drawn_state(network: KerasNetwork) -> dict[str, Tensor]:
    """The same weights by the names of torch."""
    state = {}
    for name, (path, layer) in layers_of(network).items():
        arrays = [torch.from_numpy(array) for array in drawn_arrays(name, layer)]
        if isinstance(layer, nn.BatchNorm2d):
            keys = ["weight", "bias", "running_mean", "running_var"]
            if name.startswith("batch_normalization") and "conv2d_94" in layers_of(network):  # InceptionV3: no gamma
                arrays[0] = torch.ones_like(arrays[0])
        elif isinstance(layer, SeparableConvolution):
            keys = ["depthwise.weight", "pointwise.weight"]
            arrays = [arrays[0].permute(2, 3, 0, 1), arrays[1].permute(3, 2, 0, 1)]
        else:
            keys = ["weight", "bias"][: len(arrays)]
            arrays[0] = arrays[0].permute(3, 2, 0, 1)
        state |= {f"{path}.{key}": array for key, array in zip(keys, arrays, strict=True)}
    return state


def our_network(name: str) -> KerasNetwork:
    """Our network with the drawn weights."""
    with Uninitialised():
        network = build_keras(name)
    missing, unexpected = network.load_state_dict(drawn_state(network), strict=False)
    assert not unexpected and all(key.endswith("num_batches_tracked") for key in missing)
    return network.eval().requires_grad_(False)


def our_features(name: str, network: KerasNetwork) -> np.ndarray:
    """What it says of the drawn pixels: (dim,)."""
    with torch.inference_mode(), one_thread():
        return network(torch.from_numpy(drawn_pixels(name)).permute(0, 3, 1, 2))[0].numpy()


def keras_model(name: str) -> Any:
    """Keras' own network, of the old geometry where that differs."""
    import keras
    from keras.src.applications.nasnet import NASNet  # its mobile form is shut on this backend, the general one is not

    size = (*SIZES[name], 3)
    applications = keras.applications
    if name == "nasnet_mobile":
        return NASNet(size, penultimate_filters=1056, num_blocks=4, stem_block_filters=32, skip_reduction=False,
                      filter_multiplier=2, include_top=False, weights=None, default_size=224)  # fmt: skip
    makers = {"resnet50": applications.ResNet50, "inception_v3": applications.InceptionV3,
              "vgg16": applications.VGG16, "xception": applications.Xception}  # fmt: skip
    model = makers[name](include_top=False, weights=None, input_shape=size)
    return keras.models.clone_model(model, clone_function=_as_in_2_1) if name == "resnet50" else model


def _as_in_2_1(layer: Any) -> Any:
    """A layer of ResNet50 with the settings that it had in Keras 2.1."""
    settings = layer.get_config()
    if layer.name == "conv1_pad":
        settings["padding"] = ((2, 3), (2, 3))  # "same" for even sizes
    if layer.name == "pool1_pad":
        settings["padding"] = ((0, 0), (0, 0))
    if "epsilon" in settings:
        settings["epsilon"] = 1e-3
    return type(layer).from_config(settings)


def fill(model: Any, network: KerasNetwork) -> None:
    """Give Keras' network the drawn weights."""
    wanted = layers_of(network)
    layers = {layer.name: layer for layer in model.layers if layer.weights}
    for name, ours in our_names(layers).items():
        arrays = drawn_arrays(ours, wanted[ours][1])
        without_gamma = len(arrays) == 4 and len(layers[name].weights) == 3
        layers[name].set_weights(arrays[1:] if without_gamma else arrays)


def keras_features(name: str, model: Any) -> np.ndarray:
    """What Keras says of the drawn pixels: (dim,)."""
    import keras

    pixels = drawn_pixels(name)
    if name in BLUE_FIRST:
        pixels = pixels[..., ::-1].copy()
    outputs = model.outputs
    if name == "vgg16":
        outputs = [model.get_layer(seen).output for seen in SEEN]
    if name == "resnet50":
        outputs = [keras.layers.AveragePooling2D((7, 7))(outputs[0])]
    pooled = [keras.layers.GlobalAveragePooling2D()(output) for output in outputs]
    answer = keras.Model(model.input, keras.layers.Concatenate()(pooled) if len(pooled) > 1 else pooled[0])
    return answer(pixels, training=False)[0].detach().cpu().numpy()


def same_file(network: KerasNetwork, model: Any) -> bool:
    """Whether the file that Keras writes gives the network's weights to the bit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.h5"
        model.save(path)
        read = read_h5(path, network)
    return all(torch.equal(value, read[key]) for key, value in network.state_dict().items())


def main() -> None:
    """Print a row for each network; exit with 1 where one is not the same."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    answers, failed = {}, False
    print("| network | parameters | features | largest difference, of the largest feature | .h5 |")
    print("|---|--:|--:|--:|---|")
    for name in KERAS_BUILDERS:
        network, model = our_network(name), keras_model(name)
        fill(model, network)
        ours, theirs = our_features(name, network), keras_features(name, model)
        apart = float(abs(ours - theirs).max() / abs(theirs).max())
        same = same_file(network, model)
        failed |= apart > CLOSE or not same
        answers[name] = {"largest": float(abs(theirs).max()), "features": theirs[:: len(theirs) // KEPT].tolist()}
        print(f"| {name} | {model.count_params():,} | {len(theirs)} | {apart:.1e} | {'same' if same else 'OTHER'} |")
    if "--write" in sys.argv:
        ANSWERS.write_text(json.dumps(answers, indent=1) + "\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
