"""What is no file of weights is named for what it is, and nothing in a file is run or grows."""

import json
import os
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from benchmarks.weights_mistakes import MISTAKES, Intruder, state
from featurize.encoders.files.file_kinds import OLD_TORCH_START
from featurize.encoders.files.reading import read_weights
from featurize.encoders.registry import ENCODERS
from featurize.encoders.weights import WeightsError, find_weights, load_network

SQUEEZENET = ENCODERS["squeezenet1_1"]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.words)
def test_every_mistake_is_refused_in_its_own_words(mistake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mistake.make(tmp_path / mistake.file)
    with pytest.raises(WeightsError) as error:
        load_network(SQUEEZENET, find_weights(SQUEEZENET, os.fspath(tmp_path)))
    assert mistake.said in str(error.value)
    assert not (tmp_path / "intruder-was-here").exists()


def test_the_content_decides_and_not_the_ending(tmp_path):
    save_file({"a": torch.ones(3)}, tmp_path / "a.pth")
    torch.save({"a": torch.ones(3)}, tmp_path / "b.safetensors")
    for name in ("a.pth", "b.safetensors"):
        assert torch.equal(read_weights(tmp_path / name)["a"], torch.ones(3))


@pytest.mark.parametrize("ending", ["safetensors", "bin"])
def test_weights_in_several_files_are_read_by_their_index(ending, tmp_path):
    tensors = state()
    names = sorted(tensors)
    half = len(names) // 2
    place_of = {}
    for number, part in enumerate((names[:half], names[half:])):
        file = f"model-{number}.{ending}"
        place_of |= dict.fromkeys(part, file)
        save = save_file if ending == "safetensors" else torch.save
        save({name: tensors[name] for name in part}, tmp_path / file)
    index = tmp_path / f"squeezenet1_1.{ending}.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": place_of}))
    assert read_weights(index).keys() == tensors.keys()
    load_network(SQUEEZENET, index)
    (tmp_path / f"model-1.{ending}").unlink()
    with pytest.raises(WeightsError, match=r"1 are not beside it \(model-1"):
        read_weights(index)
    place_of[names[0]] = f"../model-0.{ending}"
    index.write_text(json.dumps({"weight_map": place_of}))
    with pytest.raises(WeightsError, match="not beside it"):
        read_weights(index)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"weight_map": 3}', '{"weight_map": {}}', "[" * 5000])
def test_an_index_that_is_none_is_refused(content, tmp_path):
    index = tmp_path / "a.safetensors.index.json"
    index.write_text(content)
    with pytest.raises(WeightsError):
        read_weights(index)


def test_old_files_cannot_ask_for_more_memory_than_they_have_bytes(tmp_path):
    file = tmp_path / "old.pth"
    torch.save({"a": torch.ones(20)}, file, _use_new_zipfile_serialization=False)
    content = file.read_bytes()
    assert content.startswith(OLD_TORCH_START)
    claimed = content.replace(b"K\x14Nt", b"J\xff\xff\xff\x7fNt")  # 20 numbers become two thousand million
    assert claimed != content
    file.write_bytes(claimed)
    with pytest.raises(WeightsError, match=r"claims 2,147,483,647 numbers in \d+ bytes"):
        read_weights(file)


def test_archives_whose_entries_lie_over_one_another_are_refused(tmp_path):
    file = tmp_path / "a.pth"
    torch.save({"a": torch.ones(5000)}, file)
    with zipfile.ZipFile(file) as archive:
        data = next(entry for entry in archive.infolist() if entry.filename.endswith("data/0"))
    content = file.read_bytes()
    size = data.file_size.to_bytes(4, "little") * 2
    place = content.rindex(size)
    file.write_bytes(content[:place] + (4 * data.file_size).to_bytes(4, "little") * 2 + content[place + 8 :])
    with pytest.raises(WeightsError, match=r"would unpack|damaged"):
        read_weights(file)


@pytest.mark.parametrize("modern", [True, False])
def test_code_is_refused_wherever_it_is_and_no_way_to_run_it_is_told(modern, tmp_path):
    hidden = {"state_dict": state() | {"odd": [torch.nn.Linear(2, 2), Intruder()]}}
    torch.save(hidden, tmp_path / "a.pth", _use_new_zipfile_serialization=modern)
    with pytest.raises(WeightsError) as error:
        read_weights(tmp_path / "a.pth")
    assert "weights_only=False" not in str(error.value)


def test_other_archives_are_named(tmp_path):
    kinds = {"model.weights.h5": "Keras", "a.npy": "NumPy", "a/constants.pkl": "TorchScript", "b.txt": "of 1 files"}
    for number, (name, said) in enumerate(kinds.items()):
        file = tmp_path / f"{number}.pth"
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, b"x")
        with pytest.raises(WeightsError, match=said):
            read_weights(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "squeezenet1_1.pth")
    with pytest.raises(WeightsError):
        find_weights(SQUEEZENET, os.fspath(tmp_path))
    with pytest.raises(WeightsError, match="only regular files"):
        read_weights(tmp_path / "squeezenet1_1.pth")
