import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from rich.console import Console

from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from report.measures.learning_curve import learning_curve_points
from report.out_of_fold import OutOfFold, out_of_fold_by_model, out_of_fold_of
from report.write import write_report


def predictions(classes: int, *models: str) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    tables = []
    for model in models:
        p = rng.dirichlet(np.ones(classes), size=60)  # (images, classes)
        names = ["benign", *(f"c{k}" for k in range(1, classes))]
        columns = {"image": [f"i{k}" for k in range(60)], "label": [names[k % classes] for k in range(60)]}
        columns |= {"patient": "", "fold": np.arange(60) % 5, "model": model}
        tables.append(pd.DataFrame(columns | {f"p_{name}": p[:, k] for k, name in enumerate(names)}))
    return pd.concat(tables, ignore_index=True)


def report(folder: Path, classes: int, figures: str = "png") -> list:
    variants = out_of_fold_by_model(predictions(classes, "net-400", "net-650"))
    evaluation = Evaluation.of(out_of_fold_of(predictions(classes, "fusion")), variants=variants)
    return write_report(folder, evaluation, figures)


def test_these_files_and_nothing_else(tmp_path):
    report(tmp_path / "results" / "set", 2)
    names = sorted(path.name for path in (tmp_path / "results" / "set").iterdir())
    assert names == ["calibration.png", "confusion.png", "report.html", "risk.png", "roc.png", "table.csv", "table.md"]


def test_the_pictures_are_pictures(tmp_path):
    report(tmp_path, 2)
    for name in ("roc.png", "confusion.png", "calibration.png", "risk.png"):
        with Image.open(tmp_path / name) as picture:
            picture.load()
            assert picture.format == "PNG" and min(picture.size) > 500
            assert len(picture.convert("L").getcolors()) > 20  # not blank


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_figures_of_another_format_take_the_place_of_those_of_an_earlier_report(tmp_path, kind):
    report(tmp_path, 3)
    report(tmp_path, 3, kind)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"calibration.{kind}", f"confusion.{kind}", "report.html", f"risk.{kind}", "table.csv", "table.md"]


def test_the_csv_is_table_1(tmp_path):
    report(tmp_path, 2)
    table = pd.read_csv(tmp_path / "table.csv", index_col="variant")
    assert list(table.index) == ["net-400", "net-650", "std", "fusion"]
    folds = table.loc["fusion", [str(fold) for fold in range(5)]]
    assert table.loc["fusion", "mean"] == pytest.approx(folds.mean(), abs=1e-3)
    assert table.loc["fusion", "std"] == pytest.approx(folds.std(ddof=0), abs=1e-3)


def test_what_is_returned_prints_the_first_titles_of_the_markdown(tmp_path):
    console = Console(width=100, file=io.StringIO())
    console.print(*report(tmp_path, 2))
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert len(titles) == 11
    assert [title for title in titles if f"\n{title}\n" in f"\n{console.file.getvalue()}"] == titles[:7]


def test_a_report_without_two_classes_removes_the_roc_of_an_earlier_one(tmp_path):
    report(tmp_path, 2)
    report(tmp_path, 3)
    assert not (tmp_path / "roc.png").exists()
    assert "--positive" in (tmp_path / "table.md").read_text(encoding="utf-8")


def test_what_is_handed_over_is_shown(tmp_path):
    fusion = out_of_fold_of(predictions(2, "fusion"))
    leaks = find_leaks(fusion.images, fusion.fold, fusion.patients)
    sets = {0.9: np.full((60, 2), True)}
    calibrated = {"temperature": fusion.probabilities}
    write_report(tmp_path, Evaluation.of(fusion, calibrated=calibrated, sets=sets, leaks=leaks))
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "| temperature |" in text and "| 90 % | 100.0 [" in text and "| same patient | 0 | 0 |" in text


def test_a_learning_curve_leaves_a_table_and_a_picture_that_go_with_it(tmp_path, cohort, learned):
    fusion = cohort(10, 5)
    write_report(tmp_path, Evaluation.of(fusion, learning=learning_curve_points(learned(fusion), fusion)))
    assert len(pd.read_csv(tmp_path / "learning.csv")) == 6 and (tmp_path / "learning.png").stat().st_size > 10_000
    assert "## Learning curve" in (tmp_path / "table.md").read_text(encoding="utf-8")
    write_report(tmp_path, Evaluation.of(fusion))
    assert not list(tmp_path.glob("learning.*"))


def test_the_same_answers_give_the_same_files(tmp_path):
    for name in ("one", "other"):
        report(tmp_path / name / "set", 2)
    for file in (tmp_path / "one" / "set").iterdir():
        assert file.read_bytes() == (tmp_path / "other" / "set" / file.name).read_bytes()


def test_a_fusion_alone_is_enough(tmp_path):
    fusion = out_of_fold_of(predictions(2, "fusion"))
    assert isinstance(fusion, OutOfFold)
    write_report(tmp_path, Evaluation.of(fusion))
    assert (tmp_path / "table.csv").read_text().count("\n") == 2
