"""Tables as other programs write them become one table of predictions; what was guessed is said."""

import numpy as np
import pandas as pd
import pytest

from cohort.predictions import PredictionsError, read_patients, read_predictions
from tests.cohort.spreadsheets.workbooks import write_workbook

IMAGES, LABELS, FOLDS = ["x.png", "y.png", "z.png"], ["in situ", "normal", "normal"], [1, 2, 2]
P = np.array([[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]])
RIGHT = pd.DataFrame(
    {"image": IMAGES, "label": LABELS, "patient": ["7", "8", ""], "fold": FOLDS, "model": "model"}
).assign(**{"p_in situ": P[:, 0], "p_normal": P[:, 1]})


def kinds(notices):
    return sorted(notice.kind for notice in notices)


EXPORTS = {
    "pandas with its index": (
        ",image,label,patient,fold,p_in situ,p_normal\n0,x.png,in situ,7,1,0.75,0.25\n"
        "1,y.png,normal,8,2,0.5,0.5\n2,z.png,normal,,2,0.125,0.875\n"
    ),
    "R write.csv": (
        '"","file_name","truth","Patient.ID","Resample","prob.in.situ","prob.normal"\n'
        '"1","x.png","in situ",7,"Fold1",0.75,0.25\n"2","y.png","normal",8,"Fold2",0.5,0.5\n'
        '"3","z.png","normal","","Fold2",0.125,0.875\n'
    ),
    "R write.csv2": (
        '"";"image";"label";"patient";"fold";"P(in situ)";"P(normal)"\n"1";"x.png";"in situ";"7";1;0,75;0,25\n'
        '"2";"y.png";"normal";"8";2;0,5;0,5\n"3";"z.png";"normal";"";2;0,125;0,875\n'
    ),
    "Excel": (
        "sep=;\r\nImage;Label;Patient;Fold;Prob_In situ;Prob_Normal\r\nx.png;in situ;7;1,0;75,0 %;25,0 %\r\n"
        "y.png;normal;8;2,0;50,0 %;50,0 %\r\nz.png;normal;;2,0;12,5 %;87,5 %\r\n"
    ),
    "SPSS": (
        "IMAGE\tY_TRUE\tSUBJECT\tFOLD\tIN SITU\tNORMAL\r\nx.png\tin situ\t7\t1.00\t.75\t.25\r\n"
        "y.png\tnormal\t8\t2.00\t.50\t.50\r\nz.png\tnormal\t\t2.00\t.125\t.875\r\n"
    ),
    "AutoGluon": (
        ",label,patient,fold,in situ,normal\nx.png,in situ,7,fold_1,0.75,0.25\ny.png,normal,8,fold_2,0.5,0.5\n"
        "z.png,normal,,fold_2,0.125,0.875\n"
    ),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("program", EXPORTS)
def test_exports_of_other_programs_are_one_table(tmp_path, program, encoding):
    path = tmp_path / "t.csv"
    path.write_text(EXPORTS[program], encoding=encoding, newline="")
    notices = []
    pd.testing.assert_frame_equal(read_predictions(path, warn=notices.extend), RIGHT, check_exact=True)
    assert kinds(notices) == (["percentages"] if program == "Excel" else [])


def test_an_excel_table_is_read_as_its_csv(tmp_path):
    rows = zip(IMAGES, LABELS, [7, 8.0, None], FOLDS, *P.T.tolist(), strict=True)
    path = write_workbook(tmp_path / "t.xlsx", [["image", "label", "patient", "fold", "in situ", "normal"], *rows])
    pd.testing.assert_frame_equal(read_predictions(path), RIGHT, check_exact=True)
    beside = write_workbook(tmp_path / "p.xlsx", [["image", "patient"], ["z.png", 9]])
    assert read_predictions(path, beside)["patient"].tolist() == ["7", "8", "9"]


def read(folder, text):
    path = folder / "t.csv"
    path.write_text(text)
    notices = []
    return read_predictions(path, warn=notices.extend), notices


def test_what_is_not_there_is_not_known_and_said(tmp_path):
    table, notices = read(tmp_path, "image,label,p_a,p_b\nx,a,1,0\ny,b,0,1\n")
    assert table[["patient", "fold", "model"]].drop_duplicates().to_numpy().tolist() == [["", 1, "model"]]
    assert kinds(notices) == ["no-folds", "patients-unknown"]
    (tmp_path / "p.csv").write_text("image,patient\nx,1\n")
    notices = []
    read_predictions(tmp_path / "t.csv", tmp_path / "p.csv", notices.extend)
    assert kinds(notices) == ["no-folds"]


def test_columns_that_are_not_used_are_named(tmp_path):
    table, notices = read(
        tmp_path, ",image,label,patient,fold,p_a,p_b,p_value,site\n0,x,a,1,1,1,0,.01,N\n1,y,b,2,2,0,1,.9,S\n"
    )
    assert list(table)[5:] == ["p_a", "p_b"] and kinds(notices) == ["columns-not-used"]
    assert notices[0] == "t.csv: columns not used: p_value, site"


@pytest.mark.parametrize(
    "other", ["p_value,0.01,0.001", "p_val,<0.001,NA", "p.value,0.0,0.0", "p_std,0.04,0.05", "P-Value,1,1"]
)
def test_a_statistic_is_no_class(tmp_path, other):
    name, one, two = other.split(",")
    for classes in ("p_a,p_b", "prob_a,prob_b", "a,b"):
        table, _ = read(tmp_path, f"image,label,fold,{classes},{name}\nx,a,1,.7,.3,{one}\ny,b,2,.4,.6,{two}\n")
        assert list(table)[5:] == ["p_a", "p_b"]


def test_a_class_may_be_called_value_and_may_have_no_image(tmp_path):
    table, _ = read(tmp_path, "image,label,fold,p_a,p_value,p_c\nx,a,1,.7,.2,.1\ny,value,2,.4,.5,.1\n")
    assert list(table)[5:] == ["p_a", "p_value", "p_c"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("label,p_a,p_b\na,1,0\n", "columns image, label are needed; broken by image; found label, p_a, p_b: rename"),
        (",label,a,b\n0,a,1,0\n1,b,0,1\n", "a column image is needed; broken by a first column that only"),
        ("image,label,y_true,p_a,p_b\nx,a,a,1,0\ny,a,b,0,1\n", "the true class, label and y_true, agree; broken by y"),
        ("image,label,fold,p_a\nx,a,1,1\ny,b,2,0\n", "two or more p_<class> columns are needed; found p_a; add"),
        ("image,label,fold,score\nx,a,1,1\ny,b,2,0\n", "two or more p_<class> columns are needed; found none"),
        ("image,label,fold,p_value\nx,a,1,1\ny,b,2,0\n", "two or more p_<class> columns are needed; found none"),
        ("image,label,fold,a,b\nx,a,1,.7,.2\ny,b,2,0,1\n", "sum to 1 within 1e-3; broken by x of model; the first"),
        ("image,label,fold,p_a,p_b\nx,A,1,.7,.3\ny,a,2,0,1\n", "a label is one of a, b; broken by A"),
        ("image,label,fold,p_a,p_b\nx,a,train,.7,.3\ny,b,test,0,1\n", "fold is a whole number; broken by x: 'train'"),
    ],
)  # fmt: skip
def test_an_error_names_the_rule_that_was_broken(tmp_path, text, says):
    with pytest.raises(PredictionsError) as refusal:
        read(tmp_path, text)
    assert says in str(refusal.value) and str(tmp_path) in str(refusal.value)


def test_two_codes_of_one_truth_agree(tmp_path):
    table, notices = read(tmp_path, "image,label,target,fold,p_a,p_b\nx,a,0,1,1,0\ny,b,1,2,0,1\n")
    assert table["label"].tolist() == ["a", "b"] and "columns-not-used" in kinds(notices)


def test_patients_of_a_second_table_may_name_images_without_folders(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("File;Case ID\nx.png; 1 \n")
    assert read_patients(path, ["a/x.png", "a/y.png", "a/x.png"]).tolist() == ["1", "", "1"]
    path.write_text("image,patient\nx.png,1\na/x.png,2\n")
    with pytest.raises(PredictionsError, match=r"an image has one row; broken by a/x\.png"):
        read_patients(path, ["a/x.png"])
