"""Who gives whom its making, and what the answers come to: a model that uses a trait is found out, another is not."""

import json
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cohort.audit.used_by import UsedBy
from cohort.samples import Sample
from imaging.read import read_image
from workflow.robustness.altered_answers import Answered
from workflow.robustness.intervention import donors_of, interventions_for, name_of_making, probe_use, used_by
from workflow.robustness.tested_images import TestedImages, most_frequent
from workflow.robustness.used_by_files import UsedByError, read_used_by, write_used_by

CLASSES = ("a", "b")


@dataclass(frozen=True)
class Ruler:
    """A model that reads the class off the height of an image, with some probability."""

    classes: tuple = CLASSES

    def probabilities(self, votes, fold):
        return votes

    def sets(self, votes, fold):
        return votes > 0.1


def images_of(samples):
    labels = np.array([sample.label for sample in samples])
    guess = np.full(len(samples), most_frequent(labels, CLASSES))
    names = tuple(sample.name for sample in samples)
    return TestedImages("run", "data", tuple(samples), CLASSES, np.ones(len(samples), int), guess, names)


@pytest.fixture(scope="module")
def biased(tmp_path_factory):
    """40 images of 20 patients; those of class b are higher, in nine of ten patients."""
    folder = tmp_path_factory.mktemp("biased")
    rng = np.random.default_rng(0)
    samples = []
    for number in range(40):
        patient = number // 2
        label = CLASSES[patient % 2]
        height = 24 if (label == "b") == (patient % 10 < 9) else 16
        pixels = rng.integers(0, 256, (height, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(memory := BytesIO(), "PNG")
        path = folder / f"{number}.png"
        path.write_bytes(memory.getvalue())
        samples.append(Sample(path.name, path, label, f"p{patient}", sha256=f"{number:064x}"))
    return images_of(samples)


def answers_by(tested, work, is_b):
    """Votes of a model that says b where `is_b` of the rendered pixels."""
    answered = []
    for row, renderings in work.items():
        image = read_image(tested.samples[row].path)
        votes = {}
        for rendering in renderings:
            b = float(is_b(rendering.render(image)))
            votes[rendering.name] = np.array([1 - b, b])
        answered.append(Answered(row, votes))
    return answered


def test_donors_are_of_other_patients(biased):
    donors = donors_of(biased, draws=3)
    assert len(donors) == len(biased)
    labels, groups = biased.labels, biased.groups
    for row, of_image in donors.items():
        assert len(of_image.own) == len(of_image.other) == 3
        assert all(labels[donor] == labels[row] and groups[donor] != groups[row] for donor in of_image.own)
        assert all(labels[donor] != labels[row] and groups[donor] != groups[row] for donor in of_image.other)
    assert donors == donors_of(biased, draws=3) != donors_of(biased, draws=3, seed=1)
    one_patient_each = biased.take(np.array([0, 1, 2, 3]))
    assert donors_of(one_patient_each) == {}


def test_a_model_that_uses_size_is_found_out_and_another_is_not(biased):
    donors = donors_of(biased)
    families = ("size", "JPEG")
    work = interventions_for(biased, donors, families)
    assert work[0][1].name == name_of_making(biased, "size", sorted({*donors[0].own, *donors[0].other})[0])
    by_height = answers_by(biased, work, lambda image: image.shape[0] > 20)
    size, jpeg = used_by(biased, Ruler(), by_height, donors, {}, families).interventions
    assert size.difference.low > 0 and size.difference.value > 0.2
    assert jpeg.flipped.value == jpeg.own.value == 0 == jpeg.difference.value
    assert {rendering.other_draws == "" for rendering in work[0] if rendering.name.startswith("size")} == {False}
    assert {rendering.other_draws == "" for rendering in work[0] if rendering.name.startswith("JPEG")} == {True}
    by_colour = answers_by(biased, work, lambda image: image.mean() > 127.5)
    for one in used_by(biased, Ruler(), by_colour, donors, {}, families).interventions:
        assert one.difference.low <= 0 <= one.difference.high


def test_flips_grow_with_the_planted_share(biased):
    """A model that looks at the size of a share of the images and at the truth of the others."""
    donors = donors_of(biased)
    work = interventions_for(biased, donors, ("size",))
    differences = []
    for planted in (0.0, 0.5, 1.0):
        looks = np.arange(len(biased)) < planted * len(biased)
        answered = []
        for row, renderings in work.items():
            image = read_image(biased.samples[row].path)
            votes = {}
            for rendering in renderings:
                b = rendering.render(image).shape[0] > 20 if looks[row] else biased.labels[row] == "b"
                votes[rendering.name] = np.array([1 - b, b], dtype=float)
            answered.append(Answered(row, votes))
        use = used_by(biased, Ruler(), answered, donors, {}, ("size",))
        differences.append(use.interventions[0].difference.value)
    assert differences[0] == 0 and differences[0] < differences[1] < differences[2]


def test_refused_images_are_left_out_and_probes_are_told(biased):
    donors = donors_of(biased)
    work = interventions_for(biased, donors, ("size",))
    answered = answers_by(biased, work, lambda image: image.shape[0] > 20)
    answered[0] = Answered(answered[0].row, {}, "gone")
    heights = np.array([read_image(sample.path).shape[0] for sample in biased.samples])
    probe_right = (heights > 20) == (biased.labels == "b")
    use = used_by(biased, Ruler(), answered, donors, {"size": probe_right}, ("size",))
    assert isinstance(use, UsedBy) and use.interventions[0].images == 39
    (probe,) = use.probes
    assert probe.agreed.value == 1 and probe.where_wrong.value == 0 and probe.images == 39


def test_a_probe_that_is_never_wrong_says_nothing_where_it_is():
    right = np.array([True, False, True, True])
    use = probe_use("size", right, np.full(4, True), np.arange(4))
    assert np.isnan(use.where_wrong.value) and use.agreed.value == 1


def test_a_few_images_are_of_all_classes_and_of_many_patients(biased):
    few = biased.few(8)
    assert sorted(few.labels.tolist()) == ["a"] * 4 + ["b"] * 4
    assert len(set(few.groups)) == 8 and few.images.tolist() == biased.few(8).images.tolist()
    assert biased.few(40) is biased and len(biased.few(39)) == 39


def test_a_use_survives_its_file_and_a_strangers_is_refused(biased, tmp_path):
    donors = donors_of(biased)
    work = interventions_for(biased, donors, ("size",))
    answered = answers_by(biased, work, lambda image: image.shape[0] > 20)
    use = used_by(biased, Ruler(), answered, donors, {"size": np.full(len(biased), True)}, ("size",))
    assert read_used_by(tmp_path) is None
    write_used_by(tmp_path, use)
    assert repr(read_used_by(tmp_path)) == repr(use)
    facts = json.loads((tmp_path / "used_by.json").read_text())
    facts["interventions"][0]["own"]["high"] = 10**400
    huge = json.dumps(facts)
    for broken in ("", "[]", "{}", huge, '{"model": "a", "probes": [1], "interventions": []}', "[" * 100_000):
        (tmp_path / "used_by.json").write_text(broken)
        with pytest.raises(UsedByError, match="--intervene again"):
            read_used_by(tmp_path)
