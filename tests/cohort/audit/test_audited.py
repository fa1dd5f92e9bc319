"""An audit survives JSON, says what it found, and a stranger's file is refused rather than believed."""

import json
from dataclasses import replace
from math import nan

import pytest

from cohort.audit.audited import Audited
from cohort.audit.probe_list import PROBES, AuditError, probe_of
from cohort.audit.probe_results import GroupResult, ProbeResult
from cohort.audit.used_by import Intervention, ProbeUse, Share, UsedBy

FEW = "4 patients; an accuracy below 93 % could not have been seen"


def result(key, told=False, cannot=""):
    probe = probe_of(key)
    numbers = (nan,) * 6 if cannot else (0.82, 0.78, 0.86, 0.11, 0.001, 0.01)
    return ProbeResult(key, probe.family, probe.title, *numbers, told, cannot)


def group(column, told=True, cannot=""):
    return GroupResult(column, 3, "rgb_means", 0.8, 0.7, 0.9, 0.3, 0.001, 0.01, told, cannot)


def audited(*probes, **more):
    return Audited("data", 90, 30, ("a", "b"), (50, 40), probes, **more)


USED = UsedBy(
    "run",
    (ProbeUse("jpeg", 50, Share(0.9, 0.8, 0.95), Share(nan, nan, nan)),),
    (Intervention("JPEG", 50, Share(0.3, 0.2, 0.4), Share(0.02, 0.0, 0.05), Share(0.28, 0.18, 0.38)),),
)
WHOLE = audited(
    result("jpeg", told=True),
    result("rgb_means", told=True),
    result("size"),
    result("manifest:scanner", cannot=FEW),
    groups=(group("patient"), group("centre"), group("batch", told=False), group("day", cannot=FEW)),
    broken={"x.png": "80 % of red is cut off at 255"},
    use=USED,
    seed=3,
    permutations=999,
    near_duplicates=(("a.png", "b.png"),),
    least=0.71,
)


def test_json_gives_back_what_it_was_given():
    again = Audited.from_json(WHOLE.to_json())
    assert again.to_json() == WHOLE.to_json()
    assert again.findings == WHOLE.findings
    assert again.sentences() == WHOLE.sentences()
    assert repr(again) == repr(WHOLE)  # nan too


def test_groups_without_folds_are_said_and_kept():
    """As where a scanner has one patient alone: no probe is the best of any."""
    nothing = GroupResult("scanner", 3, "", *(nan,) * 6, False, "S9 has one patient")
    whole = audited(result("size"), groups=(nothing,))
    assert "scanner: whether colours tell the scanner cannot be tested: S9 has one patient" in whole.sentences()
    assert repr(Audited.from_json(whole.to_json())) == repr(whole)


def test_findings_are_said_one_unwrapped_line_each():
    lines = WHOLE.sentences()
    assert lines[0] == "JPEG: the tables and quality of JPEG tell the classes apart: 82 % [78, 86], guessing 11 %"
    assert lines[1] == "colour: the three colour means tell the classes apart: 82 % [78, 86], guessing 11 %"
    assert f"the entries of column scanner cannot be tested: {FEW}" in lines
    assert any(line.endswith("leave one centre out at a time (--groups centre)") for line in lines)
    assert any(line.endswith("must share a fold") for line in lines)
    assert "range: 1 image is broken: x.png (80 % of red is cut off at 255)" in lines
    assert any("change their answer" in line for line in lines)
    assert not any("\n" in line for line in lines)


def test_nothing_found_is_said_with_what_could_have_been_seen():
    assert audited(result("size")).sentences() == ["no probe tells the classes apart"]
    line = audited(result("size"), least=0.71).sentences()[0]
    line, _, how = line.partition(" (")
    assert how == "patients and classes counting alike)"
    assert line == "no probe tells the classes apart; an accuracy below 71 % could not have been told from luck"


def test_too_few_patients_are_said_once():
    untested = audited(*(result(probe.key, cannot=FEW) for probe in PROBES))
    assert untested.sentences() == [f"no probe can be tested: {FEW}"]
    assert "cannot be tested" in untested.verdict


def test_the_verdict_is_sober():
    assert "may be biology" in audited(result("rgb_means", told=True), result("blocks", told=True)).verdict
    both = audited(result("rgb_means", told=True), result("jpeg", told=True)).verdict
    assert "visible in how the images were made (JPEG)" in both
    assert audited(result("size")).verdict.startswith("no probe tells")


def test_long_lists_are_cut_and_hostile_names_escaped():
    many = audited(result("size"), broken={f"\x1b[31m{number}": "flat" for number in range(99)})
    line = many.sentences()[-1]
    assert "and 96 more" in line
    assert "\x1b" not in line


def test_entries_that_a_later_version_adds_are_left_aside():
    facts = json.loads(WHOLE.to_json())
    facts["probes"][0]["later"] = facts["later"] = 1
    assert Audited.from_json(json.dumps(facts)).to_json() == WHOLE.to_json()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("images",), "many"),
        (("images",), True),
        (("classes",), [1]),
        (("broken",), []),
        (("broken",), {"a": 1}),
        (("probes",), 7),
        (("probes", 0, "key"), "colours"),
        (("probes", 0, "title"), 5),
        (("probes", 0, "accuracy"), "abc"),
        (("probes", 0, "told"), "yes"),
        (("groups", 0, "key"), None),
        (("use",), {"model": "x"}),
        (("use", "probes", 0, "agreed"), 0.5),
        (("near_duplicates",), [["a"]]),
        (("least",), 10**400),
    ],
)
def test_a_strangers_file_is_refused(path, value):
    facts = json.loads(WHOLE.to_json())
    *inner, last = path
    entry = facts
    for step in inner:
        entry = entry[step]
    entry[last] = value
    with pytest.raises(AuditError, match="no audit"):
        Audited.from_json(json.dumps(facts))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "[" * 5000, b"\xff\xfe\0"])
def test_what_is_no_audit_at_all_is_refused(text):
    with pytest.raises(AuditError, match="no audit"):
        Audited.from_json(text)


def test_what_is_no_number_is_null():
    facts = json.loads(replace(WHOLE, least=float("inf")).to_json())
    assert facts["least"] is None
    assert facts["probes"][3]["accuracy"] is None


def test_a_line_begins_with_its_family_whatever_images_are_called():
    odd = "\x1b[2J\nx.png"
    lines = audited(result("size"), broken={odd: "dark"}, near_duplicates=((odd, "b.png"),)).sentences()
    assert [line.partition(":")[0] for line in lines[1:]] == ["range", "copies"]
    assert all(line.isprintable() and r"\x1b[2J\nx.png" in line for line in lines[1:])


def test_what_a_model_uses_is_of_its_kind_and_what_a_later_version_adds_is_left_aside():
    facts = json.loads(WHOLE.to_json())
    facts["use"]["probes"][0]["new"] = facts["use"]["interventions"][0]["new"] = 1
    assert Audited.from_json(json.dumps(facts)).use.sentences() == USED.sentences()
    for place, entry in (("probes", "images"), ("interventions", "family"), ("interventions", "own")):
        forged = json.loads(WHOLE.to_json())
        forged["use"][place][0][entry] = ["x"]
        with pytest.raises(AuditError):
            Audited.from_json(json.dumps(forged))


def test_findings_without_patients_say_what_they_rest_on():
    told = replace(audited(result("size", told=True)), patients=0)
    assert any("none is known" in line and "too narrow" in line for line in told.sentences())
    silent = replace(audited(result("size")), patients=0)
    for other in (replace(told, patients=3), silent):
        assert not any("none is known" in line for line in other.sentences())


def test_a_family_that_a_stranger_named_breaks_no_line_and_no_accuracy_is_infinite():
    odd = replace(result("size", told=True), family="=x\n\x1b[2J", accuracy=float("inf"))
    facts = audited(odd).to_json().replace('"accuracy": null', '"accuracy": 1e999')
    again = Audited.from_json(facts)
    assert "\n" not in again.verdict and "\x1b" not in again.verdict
    assert "not known" in again.sentences()[0]
