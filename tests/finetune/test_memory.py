import pytest
import torch

from finetune.memory import in_parts, is_out_of_memory, least_part, parts_notice, split_evenly
from finetune.training_settings import TrainingError
from tests.finetune import tiny


def sizes_tried(limit, part, least=1):
    tried = []

    def work(size):
        tried.append(size)
        if size > limit:
            raise torch.OutOfMemoryError
        return "done"

    return in_parts(work, part, least), tried


def test_work_is_halved_until_it_fits():
    (result, part), tried = sizes_tried(limit=5, part=17)
    assert (result, part, tried) == ("done", 5, [17, 9, 5])


def test_what_never_fits_says_what_to_do():
    with pytest.raises(TrainingError, match="2 images at once; use a smaller input"):
        sizes_tried(limit=0, part=9, least=2)


def test_other_errors_stay_what_they_are():
    def work(size):
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        in_parts(work, 4)


def test_memory_runs_out_in_several_words():
    on_cpu = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
    for error in (torch.OutOfMemoryError(), MemoryError(), on_cpu):
        assert is_out_of_memory(error)
    assert not is_out_of_memory(ValueError("out of memory"))


@pytest.mark.parametrize("least", [1, 2])
@pytest.mark.parametrize("part", [2, 3, 8])
def test_parts_hold_every_image_once_and_none_is_too_small(part, least):
    for count in range(2, 20):
        parts = split_evenly(torch.arange(count), part, least)
        assert torch.cat(parts).tolist() == list(range(count))
        assert min(map(len, parts)) >= least
        assert max(map(len, parts)) <= part + least - 1


def test_batch_norm_in_training_needs_two_images_and_says_what_changes():
    assert least_part(tiny.network().train()) == 2
    assert least_part(tiny.network().eval()) == 1
    assert least_part(tiny.network(norm=False)) == 1
    assert "batch norm" in parts_notice(4, 2)
    assert "batch norm" not in parts_notice(4, 1)
