"""The options of a command are the fields of its dataclass, and their choices those of the registries."""

from dataclasses import dataclass, fields
from inspect import signature
from typing import get_args

import pytest

from boost.heads.choices import HEADS, MEMBERS
from boost.heads.head import CLASS_WEIGHTS
from boost.settings import PRESETS, BoostSettings
from cohort.folds import POLICIES
from commands.bundles.fit import FitOptions
from commands.extract_options import ExtractOptions
from commands.options import takes
from commands.training_options import ALL_HEADS, CvOptions, TrainingOptions
from featurize.protocol import MODES, PRECISIONS, Protocol
from featurize.protocol import PRESETS as PROTOCOL_PRESETS
from report.binary import RULES
from workflow.bundles.aims import AIMS


@pytest.mark.parametrize(
    ("options", "name", "words"),
    [
        (CvOptions, "preset", PRESETS),
        (CvOptions, "heads", [*HEADS, ALL_HEADS]),
        (FitOptions, "heads", HEADS),
        (CvOptions, "class_weights", CLASS_WEIGHTS),
        (CvOptions, "unknown_patients", POLICIES),
        (CvOptions, "two_class", RULES),
        (FitOptions, "aim", AIMS),
        (ExtractOptions, "preset", PROTOCOL_PRESETS),
        (ExtractOptions, "mode", MODES),
        (ExtractOptions, "precision", PRECISIONS),
    ],
)
def test_choices_are_those_of_the_registry(options, name, words):
    (annotation,) = (field.type for field in fields(options) if field.name == name)
    choice = get_args(annotation)[0]
    literal = get_args(choice)[0] if type(None) in get_args(choice) else choice
    assert get_args(literal) == tuple(words)


@pytest.mark.parametrize(("preset", "default"), [("fast", "blend"), ("paper", "trees")])
def test_with_all_heads_the_result_is_that_of_the_default(preset, default):
    asked = CvOptions(preset=preset, heads=ALL_HEADS, class_weights="balanced")
    alone = CvOptions(preset=preset, class_weights="balanced")
    assert asked.head == alone.head == default and asked.members == alone.members == alone.trained
    assert asked.recalibrated == alone.recalibrated and asked.training == alone.training
    assert [head.name for head in asked.trained] == list(MEMBERS)
    assert {head.class_weights for head in asked.trained} == {"balanced"}


def test_repeats_have_seeds_of_their_own():
    assert CvOptions().split_seeds == [] and CvOptions(seed=13, repeats=3).split_seeds == [1013, 2013]


def test_a_command_takes_the_fields_with_their_defaults_and_gets_one_object():
    @dataclass(frozen=True)
    class Asked:
        folds: int = 10
        name: str = "x"

    got = []
    command = takes(Asked)(got.append)
    assert {name: parameter.default for name, parameter in signature(command).parameters.items()} == vars(Asked())
    command(name="y")
    assert got == [Asked(name="y")]


def test_the_defaults_are_those_of_the_protocol_and_the_settings():
    assert CvOptions().boost == BoostSettings() == FitOptions().boost
    assert ExtractOptions().protocol["views"] == Protocol.views and ExtractOptions().protocol["crops"] == Protocol.crops
    asked = ExtractOptions(encoders="vgg16, resnet50", crops="400@0.5,650", scale=1.0, views=3, preset="draft")
    assert asked.variants[0] == ("vgg16", 400, 0.5) and asked.variants[-1] == ("resnet50", 650, 1.0)
    assert asked.protocol["views"] == 3 and asked.protocol["crops"] == PROTOCOL_PRESETS["draft"][1]


def test_the_papers_preset_is_trees_alone_unless_other_heads_are_asked_for():
    assert TrainingOptions(preset="paper").head == "trees"
    assert TrainingOptions(preset="paper", heads="blend").head == "blend"
    assert {TrainingOptions(preset=name).head for name in PRESETS if name != "paper"} == {"blend"}
    balanced = TrainingOptions(class_weights="balanced", seeds=3)
    assert {head.class_weights for head in balanced.members} == {"balanced"}
    assert balanced.models_of_fold == 4 and balanced.training["heads"] == ["trees", "logistic"]


def test_the_auc_of_the_papers_preset_is_the_papers():
    assert TrainingOptions(preset="paper").auc == "pooled"
    assert {TrainingOptions(preset=name).auc for name in PRESETS if name != "paper"} == {"within folds"}


def test_the_published_program_computes_in_float32_unless_something_else_is_asked_for():
    assert ExtractOptions(faithful=True).protocol["precision"] == "float32"
    assert ExtractOptions(faithful=True, precision="bfloat16").protocol["precision"] == "bfloat16"
    assert ExtractOptions().protocol["precision"] is None
