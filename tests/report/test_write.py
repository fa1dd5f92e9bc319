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
from report.out_of_fold import out_of_fold_by_model, out_of_fold_of
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


def three_classes(folder: Path, figures: str = "png") -> set[str]:
    """The names of the files of a report without a two-class result."""
    report(folder, 3, figures)
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with a report, and what was returned to be printed."""
    folder = tmp_path_factory.mktemp("results") / "set" / "of" / "mine"
    return folder, report(folder, 2)


def test_these_files_and_nothing_else(written):
    names = sorted(path.name for path in written[0].iterdir())
    figures = ["calibration.png", "confusion.png", "risk.png", "roc.png"]
    assert names == sorted([*figures, "numbers.json", "report.html", "table.csv", "table.md"])


def test_the_pictures_are_pictures(written):
    for name in ("roc.png", "confusion.png", "calibration.png", "risk.png"):
        with Image.open(written[0] / name) as picture:
            picture.load()
            assert picture.format == "PNG" and min(picture.size) > 500
            assert len(picture.convert("L").getcolors()) > 20  # not blank


def test_the_csv_is_table_1(written):
    table = pd.read_csv(written[0] / "table.csv", index_col="variant")
    assert list(table.index) == ["net-400", "net-650", "std", "fusion"]
    folds = table.loc["fusion", [str(fold) for fold in range(5)]]
    assert table.loc["fusion", "mean"] == pytest.approx(folds.mean(), abs=1e-3)
    assert table.loc["fusion", "std"] == pytest.approx(folds.std(ddof=0), abs=1e-3)


def test_what_is_returned_prints_the_first_titles_of_the_markdown(written):
    folder, groups = written
    console = Console(width=100, file=io.StringIO())
    console.print(*groups)
    text = (folder / "table.md").read_text(encoding="utf-8")
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert len(titles) == 13
    assert [title for title in titles if f"\n{title}\n" in f"\n{console.file.getvalue()}"] == titles[:9]


def test_the_same_predictions_give_the_same_files(written, tmp_path):
    report(tmp_path / "mine", 2)
    for file in written[0].iterdir():
        assert file.read_bytes() == (tmp_path / "mine" / file.name).read_bytes()


def test_what_an_earlier_report_had_and_this_one_has_not_is_removed(tmp_path):
    for name in ("roc.png", "risk.pdf", "learning.png", "learning.csv", "notes.txt"):
        (tmp_path / name).touch()
    names = three_classes(tmp_path, "svg")
    assert names == {
        "calibration.svg",
        "confusion.svg",
        "risk.svg",
        "numbers.json",
        "report.html",
        "table.csv",
        "table.md",
        "notes.txt",
    }
    assert "--positive" in (tmp_path / "table.md").read_text(encoding="utf-8")


def test_what_is_handed_over_is_shown(tmp_path, cohort, learned):
    fusion = cohort(12, 5)
    leaks = find_leaks(fusion.images, fusion.fold, fusion.patients)
    sets = {0.9: np.full((60, 2), True)}
    calibrated = {"temperature": fusion.probabilities}
    sizes = learning_curve_points(learned(fusion), fusion)
    write_report(tmp_path, Evaluation.of(fusion, calibrated=calibrated, sets=sets, leaks=leaks, learning=sizes))
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "| temperature |" in text and "| 90 % | 100.0 [" in text and "| same patient | 60 | 0 |" in text
    assert "## Learning curve" in text and "AUC within folds. Intervals" in text
    assert "{" not in text
    assert (tmp_path / "table.csv").read_text().count("\n") == 2  # a fusion alone is enough
    assert len(pd.read_csv(tmp_path / "learning.csv")) == 6 and (tmp_path / "learning.png").stat().st_size > 10_000
