"""Laws of near-duplicates across classes: only across them, by name, and with how many there are."""

from report.audited.images_to_look_at import across_classes, across_section, pairs_across


def test_only_images_of_other_classes_are_pairs(audit_images):
    far = ["0000000000000000", "ffffffffffffffff", "0f0f0f0f0f0f0f0f", "3333333333333333"]
    hashes = [far[0], far[0], far[1], far[2], "0000000000000001", far[3]]
    table = across_classes(audit_images(classes=2, each=3, phash=hashes))
    assert table[["image", "looks like", "in all"]].values.tolist() == [
        ["c0/00000.png", "c1/00004.png", 1],
        ["c0/00001.png", "c1/00004.png", 1],
        ["c1/00004.png", "c0/00000.png", 2],
    ]
    assert table["of class"].tolist() == ["c1", "c1", "c0"]


def test_images_that_look_like_nothing_are_no_pairs(audit_images):
    assert across_section(audit_images(phash="")) is None


def test_the_section_counts_images(audit_images):
    section = across_section(audit_images(classes=2, each=3, phash="0123456789abcdef"))
    assert section.sentence.startswith("6 of 6 images look like one of another class") and len(section.cells) == 6


def test_a_pair_is_named_once(audit_images):
    images = audit_images(classes=2, each=2, phash=["0" * 16, "f" * 16, "0" * 16, "3" * 16])
    assert pairs_across(images) == (("c0/00000.png", "c1/00002.png"),)
