"""Laws of the states: a line for each, loud where it goes with a class, and nothing where all images are fine."""

from cohort.checks.image_state_notices import by_state, counts_of_state, odd_states, state_notices, states_that_tell

LABELS = ["benign"] * 14 + ["malignant"] * 14


def test_what_is_fine_or_not_known_is_not_mentioned():
    assert state_notices(LABELS, ["ok"] * 20 + [""] * 8) == [] == odd_states(["ok", ""])


def test_a_state_of_one_class_is_a_warning():
    states = ["ok"] * 14 + ["little tissue"] * 14
    [notice] = state_notices(LABELS, states)
    assert notice.startswith("little tissue: 14 of 14 malignant, 0 of 14 benign; ")
    assert (notice.kind, notice.level) == ("image-states-by-class", "warning")
    assert states_that_tell(LABELS, states) == ["little tissue: 14 of 14 malignant, 0 of 14 benign"]
    assert counts_of_state(LABELS, states, "blank") == ("0 of 14 benign, 0 of 14 malignant", False)


def test_a_few_here_and_there_are_a_note():
    states = ["degenerate", *["ok"] * 20, "degenerate", "blank", *["ok"] * 5]
    blank, degenerate = state_notices(LABELS, states)
    assert blank.startswith("blank: 1 of 14 malignant, 0 of 14 benign; ") and blank.level == "note"
    assert degenerate.startswith("degenerate: 1 of 14 benign, 1 of 14 malignant; ") and degenerate.level == "note"
    assert states_that_tell(LABELS, states) == []


def test_images_are_listed_by_state():
    assert by_state("abcd", ["ok", "blank", "", "blank"]) == {"blank": ["b", "d"]}
