"""Laws of references: the nearest training images are named as they are, and nothing of a stranger's is believed."""

import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from boost.bundle.archive import Archive, BundleError, write_archive
from boost.bundle.bundle import Bundle
from boost.bundle.references import (
    COPY_SIDE,
    LARGEST_COPY,
    Reference,
    nearest,
    read_copy,
    read_references,
    reference_members,
    references_of,
)
from boost.bundle.written import write_bundle
from boost.uncertainty.joined_distances import JoinedDistances
from boost.uncertainty.out_of_distribution import reference_rows


def jpeg(side=COPY_SIDE, kind="JPEG"):
    memory = io.BytesIO()
    Image.new("RGB", (side, side // 2), "pink").save(memory, format=kind)
    return memory.getvalue()


def with_references(small, path, references, copies=None):
    """The small bundle, without its models' archive order, under another path and with references."""
    bundle = Bundle.open(small.path)
    write_bundle(
        path, bundle.facts, bundle.stored_models(), bundle.decision, bundle.out_of_distribution, bundle.table,
        {image: digest for image, digest in bundle.training_files()}, bundle.card, (), references, copies,
    )  # fmt: skip
    return Bundle.open(path)


@pytest.fixture(scope="module")
def references(small):
    return references_of(small.cohort.images, small.cohort.labels, small.cohort.patients)


@pytest.fixture(scope="module")
def named(small, references, tmp_path_factory):
    path = tmp_path_factory.mktemp("named") / "named.zip"
    return with_references(small, path, [references], {"07.png": jpeg(), "08.png": jpeg(60)})


def test_every_image_is_nearest_to_itself_and_the_first_distance_is_the_answers(named, small):
    for row in range(0, 36, 5):
        views = {name: array[row] for name, array in small.variants.items()}
        first, *others = named.nearest(views)
        assert first.reference.image == small.cohort.images[row] and first.distance < 0.01  # kept with 16 bits
        assert (first.reference.label, first.reference.patient) == (
            small.cohort.labels[row],
            small.cohort.patients[row],
        )
        assert_allclose(first.distance, named.out_of_distribution.distance(views))
        distances = [first.distance, *(other.distance for other in others)]
        assert len(distances) == 5 and distances == sorted(distances)


def test_the_nearest_are_those_of_a_slow_search(named, small):
    views = {name: array[3] + 0.5 for name, array in small.variants.items()}
    known = named.out_of_distribution.parts[0]
    squares = np.zeros(36)
    for name, seen in known.seen.items():
        place = (views[name].mean(axis=0) - known.centre[name]) / known.spread[name]
        for row in range(36):
            squares[row] += np.mean((seen[row].astype(float) - place) ** 2) / 2
    order = np.argsort(squares)[:5]
    found = named.nearest(views)
    assert [one.reference.image for one in found] == [small.cohort.images[row] for row in order]
    assert_allclose([one.distance for one in found], np.sqrt(squares[order]), rtol=1e-5)


def test_copies_lie_where_they_were_given_and_nowhere_else(named, references):
    kept = {one.image: named.small_copy(one) for one in named.references[0]}
    assert kept["07.png"] == jpeg() and kept["08.png"] == jpeg(60)
    assert [image for image, content in kept.items() if content] == ["07.png", "08.png"]
    assert [replace(one, copy="") for one in named.references[0]] == list(references)


def test_a_bundle_of_an_earlier_version_opens_and_says_that_it_names_nobody(small):
    bundle = Bundle.open(small.path)
    views = {name: array[0] for name, array in small.variants.items()}
    assert bundle.references == () and bundle.nearest(views) == ()
    assert "fitted by an earlier version" in bundle.why_no_neighbours


def test_of_many_images_those_are_named_that_were_kept():
    images = [f"{number}.png" for number in range(2500)]
    kept = references_of(images, ["x"] * 2500, [""] * 2500)
    assert [one.image for one in kept] == [images[row] for row in reference_rows(2500)] and len(kept) == 1000


def test_runs_that_compare_with_other_images_share_those_that_both_have(small, references, tmp_path):
    first, second = references[:3], (references[2], references[0], references[5])
    found = nearest([first, second], [np.array([1.0, 0.0, 4.0]), np.array([2.0, 3.0, 0.0])])
    assert [(one.reference.image, one.distance) for one in found] == [
        ("00.png", pytest.approx(np.sqrt(2))), ("02.png", pytest.approx(np.sqrt(3))),
    ]  # fmt: skip
    assert nearest([], []) == ()
    write_archive(tmp_path / "x.zip", {}, reference_members([first, second], {"05.png": jpeg()}))
    one, other = read_references(Archive(tmp_path / "x.zip"), [3, 3])
    assert (one, [made.image for made in other]) == (first, ["02.png", "00.png", "05.png"])
    assert [bool(made.copy) for made in other] == [False, False, True]
    joined = JoinedDistances.of([Bundle.open(small.path).out_of_distribution.parts[0]] * 2)
    views = {name: array[0] for name, array in small.variants.items()}
    assert [len(squares) for squares in joined.squares(views)] == [36, 36]


@pytest.mark.parametrize(
    "table",
    [
        b"image,label\n" + b"a,x\n" * 3,
        b"image,label,patient\na,x,\n",
        b"image,label,patient\n" + b"a,x,p\n" * 3,
        b"\xff\xfe",
    ],
)
def test_references_that_make_no_sense_are_refused(table, tmp_path):
    write_archive(tmp_path / "x.zip", {}, [("references.csv", table)])
    with pytest.raises((BundleError, ValueError)):
        read_references(Archive(tmp_path / "x.zip"), [3])


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=1>", jpeg(300), jpeg(64, "PNG"), jpeg()[:200], jpeg() + b"\0" * LARGEST_COPY]
)
def test_a_copy_that_is_none_is_refused(content, tmp_path):
    write_archive(tmp_path / "x.zip", {}, [("thumbnails/0.jpg", content)])
    with pytest.raises(BundleError, match=r"thumbnails/0\.jpg .*fit it again"):
        read_copy(Archive(tmp_path / "x.zip"), "thumbnails/0.jpg")
    with pytest.raises(BundleError):
        read_copy(Archive(tmp_path / "x.zip"), "thumbnails/1.jpg")


def test_references_of_other_images_than_the_distances_make_no_bundle(small, references, tmp_path):
    with pytest.raises(BundleError, match="does not name the 36 images"):
        with_references(small, tmp_path / "few.zip", [references[:30]])
    assert Reference("a", "b", "") == Reference("a", "b", "", "")
