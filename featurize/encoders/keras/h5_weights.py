"""The weights that Keras publishes as .h5, as the tensors of our networks.

A file is a group for each layer and, in two attributes, the names of layers and of their arrays in the order in which
Keras made them: at the root of a file of weights, below `model_weights` in a file of a whole model. Keras itself goes
by that order and not by the names of arrays, which have changed over the years (`conv1_W_1:0`, `kernel:0`).
"""

import re
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor, nn

from featurize.encoders.keras.keras_network import KerasNetwork
from featurize.encoders.keras.same_padding import SeparableConvolution
from imaging.errors import shown
from imaging.files.hdf5_file import H5Error, member, open_hdf5, read_array, read_names

MODEL = "model_weights"
MOST_BYTES = 1 << 31  # of a file; VGG-16 with its classifier has 0.55 GB
TOPS = {"fc1", "fc2", "fc1000", "predictions"}  # classifiers
OWN_NAME = re.compile(r"(conv2d|batch_normalization)(?:_(\d+))?")  # that Keras gives to a layer without one
NEW_STEM = {"conv1_conv": "conv1", "conv1_bn": "bn_conv1"}  # of ResNet-50: as later files call its layers
NEW_RESNET = re.compile(r"conv([2-5])_block([1-6])_([0-3])_(conv|bn)")
BRANCHES = ("1", "2a", "2b", "2c")
WITH_WEIGHTS = (nn.Conv2d, nn.BatchNorm2d, SeparableConvolution)
OF_SEPARABLE = ("depthwise", "pointwise")  # which are one layer in Keras
NORM = ("weight", "bias", "running_mean", "running_var")  # gamma, beta, moving mean and variance


def read_h5(path: Path, network: KerasNetwork) -> dict[str, Tensor]:
    """The weights of a Keras file under the names of a network's parameters and statistics, all of them.

    A classifier is left out. Raises H5Error for a file that is damaged, of another network or without some layer.
    """
    wanted = layers_of(network)
    with open_hdf5(path, MOST_BYTES, "weights of Keras") as file:
        root = member(file, MODEL) if MODEL in file else file
        arrays = _arrays_by_layer(root, shown(path))
        unknown, missing = sorted(arrays.keys() - wanted.keys()), sorted(wanted.keys() - arrays.keys())
        if unknown or missing:
            raise H5Error(_another_network(path, unknown, missing))
        state: dict[str, Tensor] = {}
        for name, datasets in arrays.items():
            prefix, layer = wanted[name]
            for key, value in _layer_state(name, layer, datasets).items():
                state[f"{prefix}.{key}"] = value
    return state


def layers_of(network: KerasNetwork) -> dict[str, tuple[str, nn.Module]]:
    """The layers that have weights, by Keras' names: where in the network they stand, and what they are."""
    layers: dict[str, tuple[str, nn.Module]] = {}
    for path, module in network.named_modules():
        name = path.rpartition(".")[2]
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d | SeparableConvolution) and name not in (
            "depthwise",
            "pointwise",
        ):
            layers[name] = path, module
    return layers


def _arrays_by_layer(root: h5py.Group | h5py.Dataset, file: str) -> dict[str, list[h5py.Group | h5py.Dataset]]:
    """The arrays of each layer that has some, in Keras' order, by the layer's name as our networks have it."""
    names = read_names(root, "layer_names") if isinstance(root, h5py.Group) else []
    if not names:
        raise H5Error(
            f"{file} names no layers: it was not written by Keras' save_weights in the .h5 format of Keras 2; files of "
            "Keras 3 (.weights.h5, .keras) must be loaded there and saved with model.save(NAME.h5)"
        )
    arrays = {}
    for name in names:
        layer = member(root, name)
        if isinstance(layer, h5py.Group) and name not in TOPS:
            datasets = [member(layer, array) for array in read_names(layer, "weight_names")]
            if datasets:
                arrays[name] = datasets
    renamed = our_names(arrays)
    return {renamed[name]: datasets for name, datasets in arrays.items()}


def our_names(layers: Iterable[str]) -> dict[str, str]:
    """What our networks call a file's layers.

    Layers without a name of their own are numbered by Keras as they are made, from wherever its count stood.

    >>> our_names(["conv2d_96", "conv2d_95", "conv3_block2_0_bn"])
    {'conv2d_96': 'conv2d_2', 'conv2d_95': 'conv2d_1', 'conv3_block2_0_bn': 'bn3b_branch1'}
    """
    names = {}
    for name in layers:
        new = NEW_RESNET.fullmatch(name)
        names[name] = _of_resnet(*new.groups()) if new else NEW_STEM.get(name, name)
    for kind, found in _numbered(layers).items():
        for place, (_, name) in enumerate(sorted(found), start=1):
            names[name] = f"{kind}_{place}"
    return names


def _of_resnet(stage: str, block: str, branch: str, kind: str) -> str:
    """The earlier name of a layer of ResNet-50: conv3_block2_0_bn was bn3b_branch1."""
    start = "res" if kind == "conv" else "bn"
    letter = "abcdef"[int(block) - 1]
    return f"{start}{stage}{letter}_branch{BRANCHES[int(branch)]}"


def _numbered(layers: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """The layers that Keras numbers, by their kind: number and name of each."""
    numbered: dict[str, list[tuple[int, str]]] = {}
    for name in layers:
        own = OWN_NAME.fullmatch(name)
        if own:
            number = int(own[2] or 0)
            numbered.setdefault(own[1], []).append((number, name))
    return numbered


def _layer_state(name: str, layer: nn.Module, datasets: list[h5py.Group | h5py.Dataset]) -> dict[str, Tensor]:
    """A layer's tensors by their names in it."""
    if isinstance(layer, nn.BatchNorm2d):
        return _norm_state(name, layer, datasets)
    if isinstance(layer, SeparableConvolution):
        shapes = [_kernel_of(layer.depthwise), _kernel_of(layer.pointwise)]
        depthwise, pointwise = _read_all(name, datasets, shapes)
        # one filter for each channel: (rows, columns, channel, 1)
        state = {"depthwise.weight": depthwise.transpose(2, 3, 0, 1)}
        state["pointwise.weight"] = pointwise.transpose(3, 2, 0, 1)
    else:
        shapes = [_kernel_of(layer)]
        if layer.bias is not None:
            shapes.append(tuple(layer.bias.shape))  # type: ignore[arg-type]
        kernel, *bias = _read_all(name, datasets, shapes)
        state = {"weight": kernel.transpose(3, 2, 0, 1)}
        if bias:
            state["bias"] = bias[0]
    return {key: torch.from_numpy(np.ascontiguousarray(values)) for key, values in state.items()}


def _norm_state(name: str, layer: nn.BatchNorm2d, datasets: list[h5py.Group | h5py.Dataset]) -> dict[str, Tensor]:
    """Batch norm, which in InceptionV3 has no gamma: three arrays then, and gammas of one."""
    count = layer.num_features
    keys = NORM if len(datasets) == len(NORM) else NORM[1:]
    arrays = _read_all(name, datasets, [(count,)] * len(keys))
    state = {key: torch.from_numpy(values) for key, values in zip(keys, arrays, strict=True)}
    if (state["running_var"] < 0).any():
        raise H5Error(f"the layer {name} has a variance below 0: its arrays are in another order than Keras'")
    return {"weight": torch.ones(count)} | state | {"num_batches_tracked": torch.tensor(0)}


def _kernel_of(convolution: nn.Module) -> tuple[int, ...]:
    """The shape of a convolution's kernel in Keras: rows, columns, channels in, channels out."""
    out, channels_in, rows, columns = convolution.weight.shape  # type: ignore[misc, union-attr]
    if out == convolution.groups:  # type: ignore[comparison-overlap]
        return int(rows), int(columns), int(out), int(channels_in)
    return int(rows), int(columns), int(channels_in), int(out)


def _read_all(name: str, datasets: list[h5py.Group | h5py.Dataset], shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    if len(datasets) != len(shapes):
        raise H5Error(f"the layer {name} has {len(datasets)} arrays, where {len(shapes)} are wanted: another network's")
    return [read_array(dataset, shape) for dataset, shape in zip(datasets, shapes, strict=True)]


def _another_network(path: Path, unknown: list[str], missing: list[str]) -> str:
    """What is wrong with the layers of a file."""
    found = f"; it has {len(unknown)} others, such as {shown(unknown[0])}" if unknown else ""
    lacking = f"; it lacks {len(missing)} layers, such as {missing[0]}" if missing else ""
    return f"{shown(path)} holds another network's weights{lacking}{found}; get the file of this network"
