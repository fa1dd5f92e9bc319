"""Laws of reading Keras' .h5: the same weights whatever the file calls them, and a message for everything else."""

from collections import OrderedDict

import h5py
import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn

from featurize.encoders.keras.h5_weights import layers_of, our_names, read_h5
from featurize.encoders.keras.keras_network import KerasNetwork, batch_norm
from featurize.encoders.keras.same_padding import SeparableConvolution
from imaging.files.hdf5_file import H5Error


class Small(KerasNetwork):
    """A layer of each kind, with names of Keras' making and of people's."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(OrderedDict({
            "conv2d_1": nn.Conv2d(3, 4, (1, 3), bias=False), "batch_normalization_1": batch_norm(4),
            "conv2d_2": nn.Conv2d(4, 4, (3, 1)), "sep": SeparableConvolution(4, 2, 3), "sep_bn": batch_norm(2),
        }))  # fmt: skip


SHAPES = {  # by layer: arrays in the form and order of Keras
    "conv2d_1": {"kernel": (1, 3, 3, 4)},
    "batch_normalization_1": {"gamma": 4, "beta": 4, "moving_mean": 4, "moving_variance": 4},
    "conv2d_2": {"kernel": (3, 1, 4, 4), "bias": 4},
    "sep": {"depthwise_kernel": (3, 3, 4, 1), "pointwise_kernel": (1, 1, 4, 2)},
    "sep_bn": {"gamma": 2, "beta": 2, "moving_mean": 2, "moving_variance": 2},
}


def drawn():
    """Arrays by layer and by their names."""
    rng = np.random.default_rng(0)
    layers = {}
    for layer, shapes in SHAPES.items():
        layers[layer] = {name: rng.random(shape, np.float32) for name, shape in shapes.items()}
    return layers


def write(path, layers, root="", rename=lambda name: name, split=False):
    """A file as Keras 2 writes it: groups of layers, the names of all in attributes; layers without weights too."""
    with h5py.File(path, "w") as file:
        top = file.require_group(root) if root else file
        names = [rename(layer) for layer in layers]
        parts = {"layer_names0": ["input_1", *names[:2]], "layer_names1": names[2:]}
        for attribute, part in parts.items() if split else [("layer_names", ["input_1", *names])]:
            top.attrs[attribute] = np.array([name.encode() for name in part])
        top.create_group("input_1").attrs["weight_names"] = np.array([], "S1")
        for name, arrays in zip(names, layers.values(), strict=True):
            group = top.create_group(name)
            keys = [f"{name}/{array}:0" for array in arrays]
            group.attrs["weight_names"] = np.array([key.encode() for key in keys])
            for key, array in zip(keys, arrays.values(), strict=True):
                group[key] = array
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.h5"


def test_every_array_comes_under_its_own_name_and_transposed(path):
    layers = drawn()
    state = read_h5(write(path, layers), Small())
    assert state.keys() == Small().state_dict().keys()
    assert_array_equal(state["inner.conv2d_2.weight"], layers["conv2d_2"]["kernel"].transpose(3, 2, 0, 1))
    assert_array_equal(state["inner.conv2d_2.bias"], layers["conv2d_2"]["bias"])
    assert_array_equal(
        state["inner.sep.depthwise.weight"][:, 0], np.moveaxis(layers["sep"]["depthwise_kernel"], 2, 0)[..., 0]
    )
    assert_array_equal(state["inner.sep.pointwise.weight"][:, :, 0, 0].T, layers["sep"]["pointwise_kernel"][0, 0])
    assert_array_equal(state["inner.sep_bn.running_var"], layers["sep_bn"]["moving_variance"])
    network = Small()
    network.load_state_dict(state, strict=True)


@pytest.mark.parametrize("how", ["model_weights", "split", "offset", "reordered", "classifier", "double", "gzip"])
def test_the_same_weights_come_out_of_every_form_that_keras_writes(path, how, tmp_path):
    expected = read_h5(write(tmp_path / "plain.h5", drawn()), Small())
    layers = drawn()
    if how == "reordered":  # by depth, as Keras sorts layers; numbers still tell the order in which they were made
        layers = {name: layers[name] for name in reversed(layers)}
    if how == "classifier":
        layers["predictions"] = {"kernel": np.ones((2, 1000), np.float32), "bias": np.ones(1000, np.float32)}
    if how == "double":
        layers = {name: {key: array.astype(float) for key, array in arrays.items()} for name, arrays in layers.items()}
    offset = {"conv2d_1": "conv2d_95", "conv2d_2": "conv2d_100", "batch_normalization_1": "batch_normalization"}
    rename = (lambda name: offset.get(name, name)) if how == "offset" else (lambda name: name)
    write(path, layers, "model_weights" if how == "model_weights" else "", rename, split=how == "split")
    if how == "gzip":
        with h5py.File(path, "r+") as file:
            array = file["sep_bn/sep_bn/gamma:0"][()]
            del file["sep_bn/sep_bn/gamma:0"]
            file["sep_bn/sep_bn"].create_dataset("gamma:0", data=array, chunks=(1,), compression="gzip", shuffle=True)
    state = read_h5(path, Small())
    assert state.keys() == expected.keys()
    for key, value in expected.items():
        assert torch.equal(state[key], value), key


def test_batch_norm_without_gamma_has_ones(path):
    layers = drawn()
    del layers["batch_normalization_1"]["gamma"]
    state = read_h5(write(path, layers), Small())
    assert_array_equal(state["inner.batch_normalization_1.weight"], np.ones(4))
    assert_array_equal(state["inner.batch_normalization_1.bias"], layers["batch_normalization_1"]["beta"])


def test_later_names_of_resnet50_are_its_earlier_ones():
    names = ["conv1_conv", "conv1_bn", "conv2_block1_0_conv", "conv5_block3_2_bn", "conv4_block6_3_conv"]
    ours = ["conv1", "bn_conv1", "res2a_branch1", "bn5c_branch2b", "res4f_branch2c"]
    assert list(our_names(dict.fromkeys(names)).values()) == ours
    assert our_names({"res2a_branch2a": 0}) == {"res2a_branch2a": "res2a_branch2a"}


def other_shape(file):
    del file["conv2d_2/conv2d_2/kernel:0"]
    file["conv2d_2/conv2d_2/kernel:0"] = np.zeros((4, 4, 3, 1), np.float32)  # as Theano orders it


def huge(file):
    del file["conv2d_2/conv2d_2/kernel:0"]
    file["conv2d_2/conv2d_2"].create_dataset("kernel:0", (1 << 20, 1 << 20, 4), "f4", chunks=(1, 1, 4))


def whole_numbers(file):
    del file["sep_bn/sep_bn/beta:0"]
    file["sep_bn/sep_bn/beta:0"] = np.zeros(2, int)


def external_link(file):
    del file["sep_bn"]
    file["sep_bn"] = h5py.ExternalLink("elsewhere.h5", "/sep_bn")


def soft_link(file):
    del file["sep_bn/sep_bn/beta:0"]
    file["sep_bn/sep_bn/beta:0"] = h5py.SoftLink("/sep_bn/sep_bn/gamma:0")


def external_storage(file):
    del file["sep_bn/sep_bn/beta:0"]
    file["sep_bn/sep_bn"].create_dataset("beta:0", (2,), "f4", external=[("/etc/hostname", 0, 8)])


def virtual(file):
    del file["sep_bn/sep_bn/beta:0"]
    layout = h5py.VirtualLayout((2,), "f4")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "beta", (2,))
    file["sep_bn/sep_bn"].create_virtual_dataset("beta:0", layout)


def other_filter(file):
    del file["sep_bn/sep_bn/beta:0"]
    file["sep_bn/sep_bn"].create_dataset("beta:0", data=np.zeros(2, np.float32), chunks=(1,), compression="lzf")


def a_group(file):
    del file["sep_bn/sep_bn/beta:0"]
    file.create_group("sep_bn/sep_bn/beta:0")


def no_names(file):
    del file.attrs["layer_names"]


def endless_names(file):
    file.attrs["layer_names"] = np.zeros(30, "S2000")
    del file.attrs["layer_names"]
    file.attrs.create("layer_names", np.zeros(3000, "S2000"))


def another_layer(file):
    file.attrs["layer_names"] = np.array(
        [b"conv2d_1", b"conv2d_2", b"sep", b"sep_bn", b"batch_normalization_1", b"dense"]
    )
    file.create_group("dense").attrs["weight_names"] = np.array([b"k"])
    file["dense/k"] = np.zeros(1, np.float32)


def lacking_a_layer(file):
    file.attrs["layer_names"] = np.array([b"conv2d_1", b"conv2d_2", b"sep", b"sep_bn"])


def too_few_arrays(file):
    file["sep_bn"].attrs["weight_names"] = np.array([b"sep_bn/gamma:0"])


def variance_below_0(file):
    file["sep_bn/sep_bn/moving_variance:0"][0] = -1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_shape, "where (3, 1, 4, 4) is wanted"),
        (huge, "where (3, 1, 4, 4) is wanted"),
        (whole_numbers, "floating-point"),
        (external_link, "leads elsewhere"),
        (soft_link, "leads elsewhere"),
        (external_storage, "another file"),
        (virtual, "another file"),
        (other_filter, "gzip"),
        (a_group, "is a group"),
        (no_names, "names no layers"),
        (another_layer, "1 others, such as dense"),
        (lacking_a_layer, "lacks 1 layers, such as batch_normalization_1"),
        (too_few_arrays, "has 1 arrays, where"),
        (variance_below_0, "below 0"),
    ],
)
def test_files_of_strangers_are_refused_in_words(path, change, words):
    write(path, drawn())
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(H5Error) as refused:
        read_h5(path, Small())
    assert words in str(refused.value)


def test_a_file_of_another_network_is_refused_with_what_it_lacks_and_what_it_has(path):
    def rename(layer):
        return "dense" if layer == "sep" else layer

    write(path, drawn(), rename=rename)
    with pytest.raises(H5Error, match="lacks 1 layers, such as sep; it has 1 others, such as dense; get the file"):
        read_h5(path, Small())


def test_files_that_are_no_hdf5_are_refused(path, tmp_path):
    for content in (b"", b"<html>", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(2000)):
        path.write_bytes(content)
        with pytest.raises(H5Error):
            read_h5(path, Small())
    with pytest.raises(H5Error):
        read_h5(tmp_path, Small())
    with pytest.raises(H5Error):
        read_h5(tmp_path / "nothing.h5", Small())


def test_a_file_that_was_cut_is_refused_wherever_it_was(path):
    whole = write(path, drawn()).read_bytes()
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(H5Error):
            read_h5(path, Small())


def test_layers_are_known_by_keras_names_wherever_they_stand():
    assert {name: path for name, (path, _) in layers_of(Small()).items()} == {name: f"inner.{name}" for name in SHAPES}
