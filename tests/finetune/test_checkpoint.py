import pytest

from finetune.checkpoint import read_checkpoint
from finetune.training_settings import TrainingError
from tests.finetune import tiny


def test_no_file_is_no_checkpoint(tmp_path):
    assert read_checkpoint(tmp_path / "none.safetensors", "digest") is None


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    path = tmp_path / "fold.safetensors"
    list(tiny.training(path).run())
    with pytest.raises(TrainingError, match="another training"):
        tiny.training(path, rate=0.5)


@pytest.mark.parametrize("harm", ["empty", "cut", "text"])
def test_a_damaged_checkpoint_is_refused(tmp_path, harm):
    path = tmp_path / "fold.safetensors"
    list(tiny.training(path).run())
    content = path.read_bytes()
    path.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "text": b"hello" * 100}[harm])
    with pytest.raises(TrainingError, match="damaged"):
        tiny.training(path)


def test_a_bit_that_fell_over_is_seen(tmp_path):
    path = tmp_path / "fold.safetensors"
    list(tiny.training(path).run())
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="damaged"):
        tiny.training(path)


def test_nothing_is_pickled(tmp_path):
    path = tmp_path / "fold.safetensors"
    list(tiny.training(path).run())
    assert path.read_bytes()[8:9] == b"{"  # the header of safetensors
