"""Laws of what extract says before it begins: the work that is left, its time, and what would be faster."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from commands import dry_run
from commands.dry_run import costs_of, other_ways, show_estimate, tell_work
from commands.extract_options import ExtractOptions
from featurize.cost import Speed, cautious_speed, cost_of
from featurize.plan import draft_protocol
from featurize.protocol import PRESETS, whole_image

SIZE = (1536, 2048)


class Plan:
    """What is told of a plan: its protocols, and images of one size."""

    def __init__(self, asked, device="cpu"):
        self.protocols = tuple(
            draft_protocol(*variant, **{"precision": "float32"} | {k: v for k, v in asked.protocol.items() if v})
            for variant in asked.variants
        )
        self.protocols += (whole_image("squeezenet1_1", 224, "", "float32"),)
        self.pool = SimpleNamespace(device=device)

    def sizes(self, samples):
        return [SIZE] * len(samples)

    def left(self, samples, lacking=None):
        return [(sample, [SimpleNamespace(protocol=p) for p in lacking or self.protocols]) for sample in samples]


@pytest.fixture
def said(capsys, monkeypatch):
    """What is said before so many images, of which some are left, on a machine of some speed; and the calibrations."""
    calibrations = []

    def of(images=100, left=None, jobs=2, seconds=1.0, **options):
        def measured(protocols, pool, budget=10.0):
            calibrations.append(budget)
            return Speed({protocol.encoder: seconds for protocol in protocols}, 0.01)

        monkeypatch.setattr(dry_run, "calibrate", measured)
        asked = ExtractOptions(encoders=options.pop("encoders", "squeezenet1_1"), **options)
        plan = Plan(asked)
        tell_work(asked, plan, range(images), plan.left(range(images if left is None else left)), jobs)
        return capsys.readouterr().out

    of.calibrations = calibrations
    return of


def test_long_work_tells_its_time_and_what_would_be_faster(said):
    text = said()
    assert "this takes about" in text and "with --preset fast about" in text and "with --mode dense about" in text
    assert said.calibrations == [dry_run.CALIBRATION]
    assert "200,000 crops to do on cpu with 2 workers" in text


def test_an_hour_or_less_tells_its_time_alone_and_short_work_is_not_measured(said):
    text = said(seconds=0.01)
    assert "this takes about" in text and "--preset" not in text and "--mode" not in text
    said.calibrations.clear()
    assert "takes" not in said(images=3, preset="draft") and said.calibrations == []


def test_the_time_is_that_of_the_images_that_are_left(said):
    assert said(left=100).splitlines()[1] == said(images=1000, left=100).splitlines()[1]
    assert said(left=100) != said(left=50)
    assert said(left=1, jobs=8, seconds=100.0).splitlines()[1] == said(left=1, jobs=1, seconds=100.0).splitlines()[1]


def test_what_is_no_faster_or_not_possible_is_not_offered(said):
    assert "--preset" not in said(preset="fast", images=2000) and "--mode" in said(preset="fast", images=2000)
    assert "--preset" not in said(preset="draft", images=9000), "draft is faster"
    assert "--mode" not in said(mode="dense", seconds=30.0)
    assert "--preset" not in said(views=10, crops_per_view=5, images=2000), "they hold with any preset"
    mixed = said(encoders="squeezenet1_1,vit_small_patch16_224")
    assert "--preset fast" in mixed and "--mode" not in mixed


def test_nothing_is_said_of_the_speed_of_other_machines(said):
    assert "takes" not in said(cluster="tcp://10.0.0.1:8786") and said.calibrations == []
    assert "takes" in said(cluster="local")


def test_the_work_that_is_left_is_counted_by_what_images_lack():
    asked = ExtractOptions(encoders="squeezenet1_1")
    plan = Plan(asked)
    some, other = plan.protocols[:1], plan.protocols[1:]
    costs = costs_of(plan, [*plan.left(range(5), some), *plan.left(range(5, 10), other)])
    whole = cost_of(plan.protocols, [SIZE] * 5)
    assert sum(cost.disk for cost in costs) == whole.disk and sum(cost.crops for cost in costs) == whole.crops


def test_other_ways_differ_in_what_they_say_alone():
    asked = ExtractOptions(encoders="squeezenet1_1")
    plan = Plan(asked)
    views, crops = PRESETS["fast"]
    ways = other_ways(asked, plan)
    assert list(ways) == ["--preset fast", "--mode dense"]
    drawn = plan.protocols[:-1]
    assert ways["--preset fast"][:-1] == [replace(p, views=views, crops=crops) for p in drawn]
    assert ways["--mode dense"] == [*(replace(p, mode="dense") for p in drawn), plan.protocols[-1]]


def test_the_table_counts_variants_as_they_are_asked_for(capsys, monkeypatch):
    monkeypatch.setattr(dry_run, "calibrate", cautious_speed_of)
    show_estimate(Plan(ExtractOptions()), [SIZE], 2)
    assert "1 image, 6 variants (network and crop size), 2 workers" in capsys.readouterr().out


def cautious_speed_of(protocols, pool):
    """In place of a calibration."""
    return cautious_speed(protocols, pool.device)
