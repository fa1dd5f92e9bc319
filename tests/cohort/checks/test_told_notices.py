"""What may be as it should be is told once while labels and patients are unchanged; all else each time."""

import pytest

from cohort.checks.label_checks import label_warnings
from cohort.checks.notices import KINDS, Notice
from cohort.checks.told_notices import MAY_BE_RIGHT, MOST, NAME, is_told_file, told_now

ROWS = [(f"{number}.png", "ab"[number % 2], f"p{number // 4}") for number in range(24)]


def of(rows):
    return label_warnings([label for _, label, _ in rows], [patient for *_, patient in rows])


def tell(folder, rows, shown=None):
    """What is told of such images, or of those that stand for them."""
    return list(told_now(folder, of(rows), shown or rows))


def test_it_is_told_once_whatever_the_order_of_the_images(tmp_path):
    folder = tmp_path / "cache" / "set"
    [first] = tell(folder, ROWS)
    assert first.kind == "patient-of-several-classes" and first.kind in MAY_BE_RIGHT
    assert tell(folder, ROWS) == [] == tell(folder, ROWS, ROWS[::-1])
    assert tell(tmp_path / "cache" / "another", ROWS) == [first]


def test_a_look_that_is_not_remembered_hides_what_was_told_and_counts_for_nothing(tmp_path):
    folder = tmp_path / "cache" / "set"
    [first] = told_now(folder, of(ROWS), ROWS, remember=False)
    assert not folder.exists()
    assert tell(folder, ROWS) == [first]
    assert told_now(folder, of(ROWS), ROWS, remember=False) == ()


@pytest.mark.parametrize("changed", [
    [("0.png", "b", "p0"), *ROWS[1:]], [("0.png", "a", "p1"), *ROWS[1:]], ROWS[:-1],
    [*ROWS, ("new.png", "a", "p0")],
])  # fmt: skip
def test_other_labels_or_patients_are_told_of_anew_even_in_the_same_words(changed, tmp_path):
    before = tell(tmp_path, ROWS)
    assert told_now(tmp_path, before, changed) == tuple(before)
    assert tell(tmp_path, ROWS) == []  # those before are still known


def test_what_is_wrong_is_told_each_time(tmp_path):
    others = [Notice(kind, "x") for kind in KINDS if kind not in MAY_BE_RIGHT]
    once = [Notice(kind, f"x {kind}") for kind in sorted(MAY_BE_RIGHT)]
    assert list(told_now(tmp_path, [*others, *once], ROWS)) == [*others, *once]
    assert list(told_now(tmp_path, [*once, *others], ROWS)) == others
    assert {"class-of-one-patient", "patient-spelled-in-two-ways", "class-spelled-in-two-ways", "patients-unknown",
            "many-classes", "classes-called-as-patients"} <= set(KINDS) - MAY_BE_RIGHT  # fmt: skip


def test_where_nothing_may_be_right_nothing_is_kept(tmp_path):
    assert told_now(tmp_path / "set", [Notice("patients-unknown", "x")], ROWS) and not (tmp_path / "set").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"told": 1}', b'{"told": [1]}', b"\xff" * 99, b"[" * 9999])
def test_a_damaged_file_costs_one_more_telling(content, tmp_path):
    (tmp_path / NAME).write_bytes(content)
    assert not is_told_file(tmp_path / NAME)
    assert len(tell(tmp_path, ROWS)) == 1 and tell(tmp_path, ROWS) == []
    assert is_told_file(tmp_path / NAME)


def test_where_nothing_can_be_written_it_is_told_again(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert len(tell(tmp_path / "file", ROWS)) == 1 == len(tell(tmp_path / "file", ROWS))


def test_the_file_does_not_grow_for_ever(tmp_path):
    for number in range(0, MOST + 40, 20):
        told_now(tmp_path, [Notice("small-class", f"{number + more}") for more in range(20)], ROWS)
    size = (tmp_path / NAME).stat().st_size
    told_now(tmp_path, [Notice("small-class", "one more")], ROWS)
    assert (tmp_path / NAME).stat().st_size == size
