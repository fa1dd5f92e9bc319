"""The probes and the places of their measures."""

import pytest

from cohort.audit.probe_list import FAMILIES, NUMBERS_OF, OF_FILES, PROBES, WORDS_OF, AuditError, probe_of


def test_every_probe_is_known_by_its_key_and_of_a_known_family():
    assert len({probe.key for probe in PROBES}) == len(PROBES)
    assert {probe.family for probe in PROBES} | {"manifest"} == set(FAMILIES)
    for probe in PROBES:
        assert probe_of(probe.key) is probe
        assert len(set(probe.numbers)) == len(probe.numbers)


@pytest.mark.parametrize("places", [NUMBERS_OF, WORDS_OF])
def test_measures_stand_one_after_the_other(places):
    taken = [number for place in places.values() for number in range(place.start, place.stop)]
    assert taken == list(range(len(taken)))
    assert list(places) == [probe.key for probe in OF_FILES]


def test_a_column_of_the_manifest_is_a_probe_and_nothing_else_is():
    probe = probe_of("manifest:scanner \x1b[31m")
    assert probe.family == "manifest"
    assert "\x1b" not in probe.title
    for key in ("manifest:", "colour", ""):
        with pytest.raises(AuditError, match="known"):
            probe_of(key)
