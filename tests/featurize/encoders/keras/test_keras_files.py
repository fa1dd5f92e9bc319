"""A network of Keras is filled from its .h5 file like any other, and the published files are known by their MD5."""

from hashlib import md5

import h5py
import numpy as np
import pytest
import torch

from benchmarks.keras_oracle import drawn_arrays, our_network
from featurize.encoders.keras.h5_weights import layers_of
from featurize.encoders.known import keras_applications
from featurize.encoders.known.keras_applications import PUBLISHED_MD5
from featurize.encoders.provenance import UNKNOWN, md5_of, provenance
from featurize.encoders.registry import find_encoder
from featurize.encoders.threads import one_thread
from featurize.encoders.weights import find_weights, load_network
from imaging.errors import HistoboostError

ENCODER = find_encoder("keras_nasnet_mobile")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a person downloads: the published file under its own name, here with drawn weights."""
    folder = tmp_path_factory.mktemp("keras_weights")
    layers = layers_of(our_network(ENCODER.built_as))
    with h5py.File(folder / ENCODER.weights, "w") as file:
        file.attrs["layer_names"] = np.array([name.encode() for name in layers])
        for name, (_, layer) in layers.items():
            arrays = drawn_arrays(name, layer)
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array([str(place).encode() for place in range(len(arrays))])
            for place, array in enumerate(arrays):
                group[str(place)] = array
    return folder


def test_a_folder_with_the_published_file_is_all_that_is_needed(folder):
    path = find_weights(ENCODER, str(folder))
    assert path == folder / ENCODER.weights
    expected = our_network(ENCODER.built_as)
    with one_thread():  # its layers are many and small
        filled = load_network(ENCODER, path).state_dict()
    for key, value in expected.state_dict().items():
        assert torch.equal(filled[key], value), key


def test_published_files_are_known_whatever_they_are_called(folder, tmp_path, monkeypatch):
    path = folder / ENCODER.weights
    assert md5_of(path) == md5(path.read_bytes()).hexdigest()
    assert provenance(ENCODER, path).weights == UNKNOWN
    monkeypatch.setitem(keras_applications.PUBLISHED_MD5, ENCODER.name, (md5_of(path),))
    named = tmp_path / "mine.h5"
    named.write_bytes(path.read_bytes())
    assert provenance(ENCODER, named).weights == ENCODER.weights
    assert provenance(ENCODER, named).licence == ENCODER.licence
    assert set(PUBLISHED_MD5) == {encoder.name for encoder in keras_applications.KERAS}


def test_the_file_of_another_network_of_keras_is_refused(folder):
    with pytest.raises(HistoboostError, match="another network"):
        load_network(find_encoder("keras_vgg16"), folder / ENCODER.weights)
