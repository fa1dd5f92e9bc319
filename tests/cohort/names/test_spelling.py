"""Laws of spelling: what nobody sees is no part of a name, and habits of typing do not make another key."""

import doctest

import pytest

import cohort.names.spelling
from cohort.names.spelling import appearance, barcode_participant, clean, likeness, same_person, with_plain_dashes

FORMATS = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202a", "\u200e"]
INVISIBLE = [*FORMATS, "\ufe0f", "\u180b", "\x7f", "\u3164"]
DASHES = ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\ufe58", "\ufe63", "\uff0d"]


def test_the_docstrings_say_what_happens():
    assert doctest.testmod(cohort.names.spelling).failed == 0


@pytest.mark.parametrize("character", INVISIBLE, ids=ascii)
def test_what_nobody_sees_is_no_part_of_a_name_wherever_it_stands(character):
    for written in (f"{character}P-1", f"P{character}-1", f" {character} P-1 {character}"):
        assert clean(written) == "P-1"


@pytest.mark.parametrize("text", ["P 1", "P-1", "007", "7.0", "M\u00fcller", "\u0663", "a\u00a0b", "P\u20131"])
def test_what_is_seen_stays(text):
    assert clean(f" \u00a0{text}\t") == text == clean(clean(text))


def test_a_name_is_the_same_however_its_accents_are_stored():
    assert clean("Mu\u0308ller") == "M\u00fcller"


@pytest.mark.parametrize(
    "group",
    [
        ["1", "001", "01", "1.0", "1.00", "1,0", " 1 ", "1.", "'001", '="1"'],
        ["7", "\uff17", "\uff10\uff17", "\u0667", "\u06f7", "\u096d", "\u0667\u066b\u0660"],
        ["P-7", *[f"P{dash}7" for dash in DASHES], "p-007", "P 7", "P_7", "p7", "P7.0", "\u04207", "\uff30\uff17"],
        ["M\u00fcller", "muller", "MULLER ", "Mu\u0308ller"],
        ["1000", "1,000", "1 000", "1'000", "1E+03", "1000.0"],
        ["H20-1234", "H20/1234", "h20_01234", "H20.1234"],
        ["ID-\u0130", "id-i", "id-\u0131"],
    ],
    ids=["numbers", "digits", "letters", "persons", "thousands", "cases", "turkish"],
)
def test_habits_of_typing_make_no_other_key(group):
    assert {likeness(text) for text in group} == {likeness(group[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1-1", "11"),
        ("1.1", "1.10"),
        ("10", "1"),
        ("100", "10"),
        ("0", "10"),
        ("P1", "Q1"),
        ("-1", "1"),
        ("ER+", "ER-"),
        ("ER", "ER-"),
        ("<5", ">5"),
        ("12-3", "1-23"),
        ("1.234", "1234"),
        ("2020-01-11", "2020-11-01"),
    ],
)
def test_other_names_have_another_key(one, other):
    assert likeness(one) != likeness(other)


def test_numbers_one_after_another_are_all_different():
    for pattern in ("{}", "{:03d}", "P{:02d}", "S1-{}", "1.{}", "{}.5", "site 2 / {}"):
        assert len({likeness(pattern.format(number)) for number in range(2000)}) == 2000


def test_odd_dashes_and_letters_look_as_those_of_the_keyboard():
    for dash in DASHES:
        assert with_plain_dashes(f"P{dash}1") == "P-1" == appearance(f"\u0420{dash}1")


@pytest.mark.parametrize(
    "text", ["TCGA-A1-A0SK", "tcga-a1-a0sk-01Z-00-DX1", "TCGA\u2010A1\u2010A0SK-01A", "TCGA.A1.A0SK.11"]
)
def test_a_barcode_begins_with_its_participant(text):
    assert barcode_participant(text) == same_person(text) == "TCGA-A1-A0SK"


@pytest.mark.parametrize("text", ["TCGA", "TCGA-A1", "TCGA-A1-A0SKX", "GTEX-A1-A0SK", "A TCGA-A1-A0SK", ""])
def test_anything_else_is_no_barcode(text):
    assert barcode_participant(text) == "" and same_person(text) == likeness(text)
