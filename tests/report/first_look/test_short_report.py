"""The result on one screen: few lines whatever it is of, the numbers of numbers.json, and no word without a meaning."""

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from report.evaluation import Evaluation
from report.first_look.short_report import short_report
from report.measures.leakage import find_leaks
from report.numbers import numbers
from report.out_of_fold import OutOfFold, out_of_fold_of

SCREEN, BEFORE = 40, 8  # lines; and those that a command says before its result, with warnings on data
JARGON = re.compile(r"\b(nats?|ddof|rule sum|fusion|variants?|heads?|rule|out-of-fold)\b")
LONG = ("poorly differentiated adenocarcinoma of the colon", "well differentiated adenocarcinoma of the colon")


def printed(evaluation: Evaluation, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO())
    for group in short_report(evaluation):
        console.print(group)
    return console.file.getvalue()


def named(answers: OutOfFold, classes: tuple[str, ...], positive: tuple[str, ...] | None) -> OutOfFold:
    """The same answers with other names of the classes."""
    names = dict(zip(answers.classes, classes, strict=True))
    renamed = {part: np.array([names[name] for name in getattr(answers, part)]) for part in ("label", "predicted")}
    score = None if positive is None else answers.score
    return replace(answers, classes=classes, positive=positive, score=score, **renamed)


def of_classes(count: int) -> Evaluation:
    """Answers for so many classes, four images each."""
    names = [f"tissue {number}" for number in range(count)]
    images = 4 * count
    p = np.random.default_rng(count).dirichlet(np.ones(count), size=images)  # (images, classes)
    columns = {"image": [f"i{number}" for number in range(images)], "label": [names[k % count] for k in range(images)]}
    columns |= {"patient": [f"p{k // 2}" for k in range(images)], "fold": np.arange(images) % 3, "model": "fusion"}
    return Evaluation.of(out_of_fold_of(pd.DataFrame(columns | {f"p_{name}": p[:, k] for k, name in enumerate(names)})))


def worst(answers: OutOfFold) -> Evaluation:
    """The same with all that is to be read with care: leaks, no better than a guess, few of everything."""
    rows = np.random.default_rng(0).permutation(len(answers.label))
    shuffled = replace(answers, label=answers.label[rows], is_optimistic=True)
    leaks = find_leaks(answers.images, np.arange(len(rows)) % 5, answers.patients, files=["0" * 64] * len(rows))
    plain = replace(shuffled, is_optimistic=False)
    return Evaluation.of(shuffled, leaks=leaks, plain=plain, settings={"command": "cv"}, by_patient=True)


@pytest.mark.parametrize("classes", [("benign", "malignant"), LONG, ("0", "1")])
@pytest.mark.parametrize("is_named", [True, False])
def test_two_classes_fit_a_screen_whatever_they_are_called(cohort, classes, is_named):
    for answers in (cohort(8, 3), cohort(20, 5)):
        fusion = named(answers, classes, classes[1:] if is_named else None)
        for evaluation in (Evaluation.of(fusion), worst(fusion)):
            for width in (80, 100):
                said = printed(evaluation, width)
                assert said.count("\n") <= SCREEN - BEFORE, said
                assert max(map(len, said.splitlines())) <= width
                assert not JARGON.search(said)


@pytest.mark.parametrize("count", [3, 5, 6, 40, 41])
def test_many_classes_have_a_line_each_at_most(count):
    said = printed(of_classes(count))
    assert said.count("\n") <= SCREEN - BEFORE + min(count, 40)
    assert not JARGON.search(said)
    assert ("table.md" in said) == (count > 40)


@pytest.mark.parametrize("is_named", [True, False])
def test_every_measure_is_that_of_numbers_json(cohort, is_named):
    answers = cohort(20, 5)
    evaluation = Evaluation.of(named(answers, answers.classes, ("malignant",) if is_named else None))
    said, content = printed(evaluation, 120), numbers(evaluation)
    keys = {"accuracy": "accuracy", "AUC": "auc", "log-loss": "log_loss"}
    keys |= {"sensitivity": "sensitivity", "specificity": "specificity", "PPV": "ppv", "NPV": "npv", "F1": "f1"}
    for name, key in keys.items():
        found = re.search(rf"^{name} +([\d.]+)( %)? +\[([\d.]+), ([\d.]+)\] +([\d.]+)", said, re.MULTILINE)
        assert (found is not None) == (key in content and (is_named or key in ("accuracy", "auc", "log_loss"))), name
        if found is None:
            continue
        unit = 100 if found[2] else 1
        shown = [float(found[number]) / unit for number in (1, 3, 4)]
        expected = [content[key][end] for end in ("value", "low", "high")]
        np.testing.assert_allclose(shown, expected, atol=0.00051)
        chance = content["class_shares"]["log_loss"]["value"] if key == "log_loss" else content["by_chance"][key]
        assert float(found[5]) / unit == pytest.approx(chance, abs=0.00051)


def test_which_class_is_positive_is_asked_first_and_only_where_it_was_not_said(cohort):
    for classes, positive in ((("A", "B"), None), (("A", "B"), ("B",))):
        said = printed(Evaluation.of(named(cohort(20, 5), classes, positive)))
        first = said.split("\n\n")[0].strip().partition("\n")[0]
        assert first.startswith("Which class is positive was not said:") == (positive is None)
        assert ("sensitivity" in said.partition("Result")[2]) == (positive is not None)
        assert "\nAUC " in said


def test_what_is_grave_is_never_left_out(cohort):
    answers = cohort(8, 3)
    said = printed(worst(answers))
    assert "OPTIMISTIC" in said and "- Leaks: " in said and "more stand in report.html" in said
    assert said.rstrip().endswith("other laboratories, scanners and stains were not tested.")
    quiet = printed(Evaluation.of(cohort(60, 4, separation=4.0)))
    assert quiet.count("\n- ") == 1
