"""Laws of what extract says while it works: the time left is that of the images, not of what is done once."""

import re
from types import SimpleNamespace

import pytest

from cohort.read_dataset import read_dataset
from commands.extract_options import ExtractOptions
from commands.extraction_progress import ODD_SHOWN, UNKNOWN, Pace, follow_images, image_sizes, show_plan
from featurize.crops_that_fit import auto_crops
from featurize.extract import Described
from featurize.protocol import Protocol, whole_image
from imaging.read import ImageInfo
from tests.place import invoke


class Workers:
    """Some workers that describe images by a clock of their own: each builds its networks, then begins."""

    def __init__(self, count, total, first, each, block=1, warm_up=0.0):
        self.now = 0.0
        self.each = each
        ready = [(first * (1 + 0.5 * number / count), number) for number in range(count)]  # when a worker is free
        self.ends = []
        given = 0
        while given < total:
            free, worker = min(ready)
            images = min(block, total - given)
            slow = warm_up if not any(number == worker for _, number in self.ends) else 0.0
            end = free + images * each + slow
            self.ends += [(end, worker)] * images
            ready[ready.index((free, worker))] = (end, worker)
            given += images
        self.ends.sort()

    def __iter__(self):
        for number, (end, _) in enumerate(self.ends):
            self.now = end
            yield Described(f"{number}.png", "ok", self.each)

    @property
    def truth(self):
        """The seconds that are left."""
        return self.ends[-1][0] - self.now


CASES = [
    (1, 450, 8.0, 0.2, 1), (2, 450, 8.0, 0.2, 1), (2, 16_500, 20.0, 0.05, 1), (8, 2000, 30.0, 0.5, 1),
    (2, 60, 5.0, 4.0, 1), (2, 20, 10.0, 600.0, 1), (1, 400, 15.0, 60.0, 1), (1, 2000, 20.0, 0.3, 8),
    (4, 3000, 10.0, 1.0, 8), (16, 100, 60.0, 30.0, 1),
]  # fmt: skip


@pytest.mark.parametrize(("count", "total", "first", "each", "block"), CASES)
@pytest.mark.parametrize("warm_up", [0.0, 2.0])
def test_the_time_told_is_within_half_of_the_truth(count, total, first, each, block, warm_up):
    workers = Workers(count, total, first, each, block, warm_up)
    pace = Pace(total, count, block, clock=lambda: workers.now)
    told = []
    for described in workers:
        pace.tick(described.seconds)
        if pace.is_sure and pace.done < total:
            told.append((pace.left, workers.truth))
    assert told, "it is told"
    for left, truth in told[: len(told) // 2]:
        assert truth / 1.5 <= left <= 1.5 * truth
    assert pace.left == 0 and pace.done == total


def test_nothing_is_told_of_what_is_not_known():
    now = 0.0
    pace = Pace(2, 8, clock=lambda: now)
    assert pace.words == UNKNOWN and not pace.is_sure
    pace.tick(1.0)
    assert pace.left is None and pace.words == UNKNOWN
    pace.tick(1.0)
    assert pace.left == 0


def test_the_time_is_told_once_and_odd_images_are_named_up_to_a_number(capsys):
    workers = Workers(1, 40, 5.0, 1.0)
    pace = Pace(40, 1, clock=lambda: workers.now)
    odd = (Described(one.image, "degenerate" if number % 4 else "ok", 1.0) for number, one in enumerate(workers))
    follow_images(odd, pace)
    said = " ".join(capsys.readouterr().out.split())
    assert len(re.findall(r"about \d+ s left, by the first \d+ of 40 images", said)) == 1
    assert said.count("its stain is left as it is") == ODD_SHOWN and "counted at the end" in said
    assert "40/40" in said and "left 0 s" in said


@pytest.fixture
def plan(place):
    """A plan for the images of the small data set, with crops that auto took."""
    dataset = read_dataset(place.fields)
    protocols = tuple(Protocol("squeezenet1_1", "", crop, scale) for crop, scale in auto_crops(144))
    images = tuple(ImageInfo("", 144, 176 + number, "") for number in range(len(dataset.samples)))
    whole = whole_image("squeezenet1_1", 224, "", "float32")
    return SimpleNamespace(dataset=dataset, images=images, warnings=(), protocols=(*protocols, whole))


def test_the_crops_that_auto_took_are_told_in_a_line_that_can_be_copied(plan, capsys):
    assert image_sizes(plan) == "176 x 144 to 199 x 144"
    show_plan(plan, ExtractOptions(encoders="squeezenet1_1", crops="auto"))
    said = capsys.readouterr().out
    assert "--crops auto takes --crops 75,122 --scale 1, which fits all images (shortest side: 144 pixels)" in said
    show_plan(plan, ExtractOptions(encoders="squeezenet1_1"))
    assert "auto" not in capsys.readouterr().out


def test_auto_leaves_the_files_that_its_crops_leave_when_they_are_asked_for(place, tmp_path):
    command = ["extract", "--data", place.fields, "--weights", "random", "--encoders", "squeezenet1_1", "--limit", 4,
               "--views", 1, "--crops-per-view", 1, "--jobs", 1]  # fmt: skip
    auto = invoke(*command, "--cache", tmp_path / "a", "--out", tmp_path, "--crops", "auto")
    assert "176 x 144 pixels" in auto and "variants, named network-crop@scale:" in auto
    assert "done: 4 images x 2 variants (network and crop size) in" in auto
    invoke(*command, "--cache", tmp_path / "b", "--out", tmp_path, "--crops", "75,122", "--scale", 1)
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / x).rglob("*.h5")} for x in "ab")
    assert first == second and len(first) == 3
