"""Images without tissue are counted by class by extract, cv and report, on the page too."""

import json

import pytest
from PIL import Image

from imaging.phantom import draw_field
from tests.place import invoke

COUNTS = "little tissue: 8 of 8 malignant, 0 of 8 benign"


@pytest.mark.usefixtures("blank_figures")
def test_a_class_without_tissue_is_said_wherever_its_numbers_are(tmp_path):
    for number in range(8):
        for label in ("benign", "malignant"):
            (tmp_path / "data" / label).mkdir(parents=True, exist_ok=True)
            field = draw_field("benign", str(number % 4), number, 64, 64, seed=1).image.copy()
            if label == "malignant":
                field[8:] = 250
                field[:8, 8:] = 250
            Image.fromarray(field).save(tmp_path / "data" / label / f"{number}.png")
    where = ["--cache", tmp_path / "cache", "--out", tmp_path / "results", "--jobs", 1]
    options = ["--weights", "random", "--encoders", "squeezenet1_1", "--crops", "48", "--scale", 1, "--views", 10]
    said = invoke("extract", "--data", tmp_path / "data", *options, "--crops-per-view", 1, *where)
    assert f"warning: {COUNTS}; " in said and said.count("little tissue") == 3 + 1
    said = invoke("cv", *where, "--folds", 2, "--heads", "centroid")
    assert f"warning: {COUNTS}; " in said
    results = tmp_path / "results" / "data"
    settings = json.loads((results / "settings.json").read_bytes())
    assert settings["image_states"]["little tissue"] == [f"malignant/{number}.png" for number in range(8)]
    invoke("report", results / "fused.csv", "--out", tmp_path / "again")
    for folder in (results, tmp_path / "again"):
        page = (folder / "report.html").read_text()
        assert "image_states" not in page
        assert f"{COUNTS}. Answers may follow this" in page and "8 of 8" in (folder / "table.md").read_text()
