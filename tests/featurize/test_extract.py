"""Laws of extraction: nothing but the protocol and the image decides a row, and anyone can recompute it."""

import logging
import warnings
from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from benchmarks import reference
from cohort.phantom_cohort import write_phantoms
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.registry import ENCODERS
from featurize.encoders.weights import WeightsError
from featurize.extract import describe_and_tell, describe_block, extract, pending, progress_of, workers
from featurize.plan import plan_extraction
from featurize.protocol import Protocol
from featurize.store.row import ROW_FIELDS
from featurize.store.store import Store
from featurize.views import DeviceViews
from imaging.phantom import draw_field
from tests.featurize.random_networks import random_digest, random_network, random_pool
from tests.featurize.store.cached_rows import read_row

SQUEEZENET = [("squeezenet1_1", 64, 0.5), ("squeezenet1_1", 96, 1.0)]
CROPS, VIEWS = 2, 2


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Four fields and a white image."""
    folder = tmp_path_factory.mktemp("fields")
    kinds = ("normal", "benign", "insitu", "invasive")
    manifest = write_phantoms(folder, [draw_field(kind, "p", 0, 144, 176, seed=0) for kind in kinds])
    Image.new("RGB", (176, 144), "white").save(folder / "white.png")
    with manifest.open("a") as file:
        file.write("white.png,normal,q\n")
    return read_dataset(manifest)


def ready(dataset, cache, variants=SQUEEZENET, **settings):
    plan = plan_extraction(dataset, variants, "random", "cpu", **{"crops": CROPS, "views": VIEWS} | settings)
    return plan.open_stores(cache), random_pool()


def run(dataset, cache, variants=SQUEEZENET, samples=None, jobs=1, **settings):
    stores, pool = ready(dataset, cache, variants, **settings)
    described = list(extract(dataset.samples if samples is None else samples, stores, pool, jobs))
    return stores, described


def contents(cache):
    return {path.name: path.read_bytes() for path in cache.glob("*/*.h5")}


@pytest.fixture(scope="module")
def finished(dataset, tmp_path_factory):
    """An undisturbed run of both variants: its stores and what it told."""
    return run(dataset, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def undisturbed(finished):
    return contents(finished[0][0].path.parents[1])


def test_every_image_is_told_once_and_done(dataset, finished):
    stores, described = finished
    assert sorted(one.image for one in described) == [sample.name for sample in dataset.samples]
    assert all(one.seconds > 0 for one in described)
    for store in stores:
        assert store.done.all()
        assert np.isfinite(store.array("descriptors")).all() and (store.array("descriptors") >= 0).all()


def test_an_image_without_tissue_has_a_status_and_finite_descriptors(finished):
    stores, described = finished
    status = {one.image: one.status for one in described}
    assert {name for name, value in status.items() if value != "ok"} == {"white.png"}
    for store in stores:
        row = read_row(store, "white.png")
        assert row.stain_status.item().decode() == status["white.png"]
        assert np.isfinite(row.descriptors).all() and not row.stain_matrix.any()
        assert_array_equal(row.gains, read_row(store, "white.png").gains)


def test_two_workers_give_the_same_files(dataset, undisturbed, tmp_path):
    run(dataset, tmp_path, jobs=2)
    assert contents(tmp_path) == undisturbed


def test_neither_the_order_of_images_nor_of_variants_matters(dataset, undisturbed, tmp_path):
    run(dataset, tmp_path, SQUEEZENET[::-1], dataset.samples[::-1])
    assert contents(tmp_path) == undisturbed


def test_one_variant_alone_is_the_same_as_together(dataset, undisturbed, tmp_path):
    for number, variant in enumerate(SQUEEZENET):
        (store,), _ = run(dataset, tmp_path / str(number), [variant])
        assert store.path.read_bytes() == undisturbed[store.path.name]


def test_an_interrupted_run_goes_on_as_if_undisturbed(dataset, undisturbed, tmp_path):
    after = 3
    stores, pool = ready(dataset, tmp_path)
    working = extract(dataset.samples, stores, pool, jobs=1)
    told = [next(working).image for _ in range(after)]
    working.close()
    for store in stores:
        assert {name for name, done in zip(store.rows, store.done, strict=True) if done} == set(told)
    _, described = run(dataset, tmp_path)
    assert {one.image for one in described} == set(store.rows) - set(told)
    assert contents(tmp_path) == undisturbed


def test_a_run_cut_between_two_variants_of_an_image_goes_on(dataset, undisturbed, tmp_path):
    run(dataset, tmp_path, SQUEEZENET[:1], dataset.samples[:2])
    stores, _ = ready(dataset, tmp_path)
    work = pending(dataset.samples, stores)
    assert [len(lacking) for _, lacking in work] == [1, 1, 2, 2, 2]
    run(dataset, tmp_path)
    assert contents(tmp_path) == undisturbed


def test_what_is_done_is_not_done_again(dataset, undisturbed, tmp_path):
    run(dataset, tmp_path)
    stores, described = run(dataset, tmp_path)
    assert described == [] and pending(dataset.samples, stores) == []


def test_progress_is_told_in_a_line(dataset, finished, tmp_path):
    (done, _), _ = finished
    beginning = f"squeezenet1_1-64@0.5  weights {done.encoder['file']}  "
    assert progress_of(done, dataset.samples) == beginning + "all done, skipped"
    (begun,), _ = run(dataset, tmp_path, SQUEEZENET[:1], dataset.samples[:2])
    assert progress_of(begun, dataset.samples) == beginning + "3 of 5 images to do, 2 done and skipped"
    assert progress_of(begun, dataset.samples[2:]) == beginning + "3 of 3 images to do"


def test_there_are_as_many_workers_as_are_wanted_or_as_there_are_cores_or_gpus(monkeypatch):
    monkeypatch.setattr("featurize.extract.cpu_count", lambda: 6)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert [workers(EncoderPool({}), wanted) for wanted in (3, 0)] == [3, 6]
    assert [workers(EncoderPool({}, "cuda"), wanted) for wanted in (3, 0)] == [4, 4]


def test_growing_the_data_set_gives_the_same_file(dataset, undisturbed, tmp_path):
    fewer = replace(dataset, samples=dataset.samples[1:4])
    run(fewer, tmp_path)
    _, described = run(dataset, tmp_path)
    assert len(described) == 2 and contents(tmp_path) == undisturbed


def test_another_seed_gives_other_draws_and_views_agree_where_they_overlap(dataset, finished, tmp_path):
    sample = dataset.samples[:1]
    (longer,), _ = run(dataset, tmp_path, SQUEEZENET[:1], sample, views=3)
    (other,), _ = run(dataset, tmp_path, SQUEEZENET[:1], sample, seed=14)
    row = read_row(finished[0][0], sample[0].name)
    assert_array_equal(read_row(longer, sample[0].name).descriptors[:VIEWS], row.descriptors)
    assert (read_row(other, sample[0].name).gains != row.gains).all()


@pytest.mark.parametrize("number", range(len(SQUEEZENET)))
def test_draws_are_those_of_the_design_and_lie_in_the_image(dataset, finished, number):
    _, crop, scale = SQUEEZENET[number]
    height, width = round(144 * scale), round(176 * scale)
    for sample in dataset.samples:
        row, key = read_row(finished[0][number], sample.name), [13, crc32(sample.name.encode())]
        for view in range(VIEWS):
            assert_array_equal(row.gains[view], np.random.default_rng([*key, view]).uniform(0.7, 1.3, 2))
            rng = np.random.default_rng([*key, view, crop, round(1000 * scale)])
            drawn = rng.integers(0, [height - crop + 1, width - crop + 1, 8], (CROPS, 3))
            assert_array_equal(row.boxes[view], drawn)
        assert not np.array_equal(row.boxes[0], row.boxes[1])


def test_all_encoders_of_a_size_see_the_same_crops_and_all_variants_the_same_gains(dataset, tmp_path):
    variants = [*SQUEEZENET, ("resnet50", 64, 0.5)]
    name = dataset.samples[0].name
    first, large, second = (read_row(store, name) for store in run(dataset, tmp_path, variants, dataset.samples[:1])[0])
    assert_array_equal(first.boxes, second.boxes)
    assert first.descriptors.shape == (VIEWS, 512) and second.descriptors.shape == (VIEWS, 2048)
    for other in (large, second):
        assert_array_equal(first.gains, other.gains)
    assert not np.array_equal(first.boxes, large.boxes)


def test_a_row_can_be_recomputed_from_its_draws(dataset, finished):
    store = finished[0][0]
    sample, crop, scale = dataset.samples[0], *SQUEEZENET[0][1:]
    row, encoder = read_row(store, sample.name), ENCODERS["squeezenet1_1"]
    picture = Image.open(sample.path).convert("RGB")
    size = round(picture.width * scale), round(picture.height * scale)
    image = np.asarray(picture.resize(size, Image.Resampling.BICUBIC))
    stains, amounts = reference.fit(image)
    assert_allclose(row.stain_matrix, stains, atol=1e-6)
    assert_allclose(row.stain_scale, amounts, rtol=1e-4)
    normalised = reference.normalise(image)
    network = random_network("squeezenet1_1")
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (encoder.mean, encoder.std))
    for view in range(VIEWS):
        jittered, features = reference.jitter(normalised, row.gains[view]), []
        for top, left, symmetry in row.boxes[view]:
            square = reference.crop(jittered, top, left, symmetry, crop)
            pixels = torch.from_numpy(square.copy()).float().permute(2, 0, 1) / 255
            with torch.inference_mode():
                features.append(network(((pixels - mean) / std)[None])[0].double().numpy())
        expected = reference.power_mean(np.stack(features), p=3)
        assert np.linalg.norm(row.descriptors[view] - expected) < 1e-3 * np.linalg.norm(expected)


def test_an_image_alone_gives_its_row_of_the_file(dataset, finished):
    stores, _ = finished
    sample = dataset.samples[2]
    before = torch.get_num_threads()
    protocols = [store.protocol for store in stores]
    name, rows, seconds = describe_block([(sample, protocols)], random_pool())[0]
    assert name == sample.name and seconds > 0 and torch.get_num_threads() == before
    for store in stores:
        for field in ROW_FIELDS:
            assert_array_equal(
                getattr(rows[store.protocol.key], field), getattr(read_row(store, name), field), strict=True
            )


def test_weights_that_change_under_the_work_are_an_error(dataset, finished):
    stores, _ = finished
    protocol = replace(stores[0].protocol, weights="of another day")
    with pytest.raises(WeightsError, match="squeezenet1_1 have changed"):
        describe_block([(dataset.samples[0], [protocol])], random_pool())[0]


def test_stores_of_unlike_chance_are_not_filled_together(dataset, tmp_path):
    first, pool = ready(dataset, tmp_path, SQUEEZENET[:1])
    second, _ = ready(dataset, tmp_path, SQUEEZENET[1:], seed=1)
    with pytest.raises(ValueError, match="seed"):
        next(extract(dataset.samples, [*first, *second], pool, jobs=1))


def test_an_error_in_a_worker_reaches_the_caller_and_keeps_what_is_done(dataset, tmp_path):
    stores, pool = ready(dataset, tmp_path, SQUEEZENET[:1])
    lost = replace(dataset.samples[2], path=tmp_path / "lost.png")
    with pytest.raises(ValueError, match=r"lost\.png"):
        list(extract([*dataset.samples[:2], lost, *dataset.samples[3:]], stores, pool, jobs=1))
    assert Store(stores[0].path).done.sum() == 2


def test_crops_counted_differently_share_their_first(dataset, tmp_path):
    (few,), _ = run(dataset, tmp_path, SQUEEZENET[:1], dataset.samples[:1])
    (many,), _ = run(dataset, tmp_path, SQUEEZENET[:1], dataset.samples[:1], crops=4)
    name = dataset.samples[0].name
    assert_array_equal(read_row(many, name).boxes[:, :CROPS], read_row(few, name).boxes)
    assert isinstance(few.protocol, Protocol) and few.protocol.key != many.protocol.key


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_gpu_gives_the_same_descriptors(dataset, finished):
    protocols = [store.protocol for store in finished[0]]
    _, rows, _ = describe_block([(dataset.samples[0], protocols)], EncoderPool({"squeezenet1_1": None}, "cuda"))[0]
    for store in finished[0]:
        expected = read_row(store, dataset.samples[0].name).descriptors
        found = rows[store.protocol.key].descriptors
        assert np.linalg.norm(found - expected) < 1e-3 * np.linalg.norm(expected)


def test_the_protocol_names_the_weights_it_was_made_with(finished):
    digest = random_digest("squeezenet1_1")
    for store in finished[0]:
        assert store.protocol.weights == store.encoder["digest"] == digest
        assert store.encoder["file"] == "random"


def test_a_dense_row_can_be_recomputed_from_its_draws(dataset, tmp_path):
    sample, crop, scale = dataset.samples[0], 64, 0.5
    (store,), _ = run(dataset, tmp_path, [("squeezenet1_1", crop, scale)], [sample], mode="dense")
    row, encoder = read_row(store, sample.name), ENCODERS["squeezenet1_1"]
    picture = Image.open(sample.path).convert("RGB")
    size = round(picture.width * scale), round(picture.height * scale)
    normalised = reference.normalise(np.asarray(picture.resize(size, Image.Resampling.BICUBIC)))
    network = random_network("squeezenet1_1")
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (encoder.mean, encoder.std))
    for view in range(VIEWS):
        assert len(set(row.boxes[view][:, 2])) == 1, "one symmetry for the whole view"
        symmetry = row.boxes[view][0, 2]
        marks = np.zeros((*normalised.shape[:2], CROPS))  # each crop's place, turned with the view
        for number, (top, left, _) in enumerate(row.boxes[view]):
            marks[top : top + crop, left : left + crop, number] = 1
        jittered = reference.jitter(normalised, row.gains[view])
        turned, marks = (np.rot90(array, symmetry % 4) for array in (jittered, marks))
        if symmetry >= 4:
            turned, marks = turned[:, ::-1], marks[:, ::-1]
        pixels = torch.from_numpy(turned.copy()).float().permute(2, 0, 1) / 255
        with torch.inference_mode():
            cells = network.maps(((pixels - mean) / std)[None])[0][0].numpy()
        fine = 8 * np.array(marks.shape[:2])  # coverage of cells, counted on an eightfold grid of points
        rows, columns = (np.arange(n) for n in fine)
        of_row, of_column = rows * cells.shape[1] // fine[0], columns * cells.shape[2] // fine[1]
        features = []
        for mark in marks.transpose(2, 0, 1):
            cover = np.zeros(cells.shape[1:])
            np.add.at(cover, (of_row[:, None], of_column[None]), mark[rows // 8][:, columns // 8])
            features.append((cells * cover).sum(axis=(1, 2)) / cover.sum())
        expected = reference.power_mean(np.stack(features), p=3)
        assert np.linalg.norm(row.descriptors[view] - expected) < 0.01 * np.linalg.norm(expected)


def test_dense_is_another_file_and_shares_gains_and_places(dataset, finished, tmp_path):
    name = dataset.samples[0].name
    (store,), _ = run(dataset, tmp_path, SQUEEZENET[:1], dataset.samples[:1], mode="dense")
    exact, dense = read_row(finished[0][0], name), read_row(store, name)
    assert store.path.name != finished[0][0].path.name and store.protocol.variant.endswith("-dense")
    assert_array_equal(dense.gains, exact.gains)
    assert_array_equal(dense.boxes[..., :2], exact.boxes[..., :2])


def test_what_a_gpu_would_do_gives_the_same_descriptors(dataset, finished, monkeypatch):
    """The device's code on tensors of the CPU, in a block of images as a GPU's worker takes it."""
    monkeypatch.setattr(
        "featurize.descriptor.open_views", lambda image, device: DeviceViews(image, torch.device("cpu"))
    )
    monkeypatch.setattr("featurize.encoders.inference.fastest", lambda device, precision: "torch")
    protocols = [store.protocol for store in finished[0]]
    block = [(sample, protocols) for sample in dataset.samples]
    described = describe_block(block, EncoderPool({"squeezenet1_1": None}))
    assert [name for name, _, _ in described] == [sample.name for sample in dataset.samples]
    for name, rows, _ in described:
        for store in finished[0]:
            expected, found = read_row(store, name), rows[store.protocol.key]
            assert_array_equal(found.boxes, expected.boxes)
            error = np.linalg.norm(found.descriptors - expected.descriptors)
            assert error < 2e-3 * np.linalg.norm(expected.descriptors)


@pytest.mark.parametrize("send", [False, True])
def test_a_file_that_changes_after_it_was_looked_at_is_not_described_as_the_one_that_was(send, tmp_path):
    manifest = write_phantoms(tmp_path, [draw_field(kind, "p", 0, 144, 176, seed=0) for kind in ("normal", "benign")])
    two = read_dataset(manifest)
    stores, pool = ready(two, tmp_path / "cache")
    write_phantoms(tmp_path, [replace(draw_field("normal", "p", 0, 144, 176, seed=1), name="benign_p_0.png")])
    told = []
    with pytest.raises(DatasetError, match=r"benign_p_0.png has changed since the run began; .* run it again"):
        told.extend(one.image for one in extract(two.samples, stores, pool, 1, send))
    assert not any(store.done[store.rows["benign_p_0.png"]] for store in stores)


def test_what_libraries_say_in_a_worker_comes_back_with_its_rows_and_is_printed_nowhere(monkeypatch, capfd):
    def noisy(block, pool):
        for library in ("torch", "timm", "h5py", "PIL"):
            warnings.warn_explicit("odd", UserWarning, f"/x/site-packages/{library}/y.py", 1)
            logging.getLogger(f"{library}.z").warning("strange")
        return []

    monkeypatch.setattr("featurize.extract.describe_block", noisy)
    described, notices = describe_and_tell([], random_pool())
    assert described == []
    assert set(notices) == {f"{name} says: {what}" for name in ("torch", "timm", "h5py", "PIL")
                            for what in ("odd", "strange")}  # fmt: skip
    assert capfd.readouterr() == ("", "")
