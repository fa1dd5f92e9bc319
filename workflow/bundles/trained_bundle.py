"""A bundle of networks that `finetune` trained: their weights, and all that is learned from their held-out answers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pandas as pd
import torch

from boost.bundle.decision import DecisionRule
from boost.bundle.facts import BundleFacts
from boost.bundle.network_weights import weights_to_bytes
from boost.bundle.references import COPY_SIDE, references_of
from boost.bundle.stored_models import FIRST, StoredModel, compared_name
from boost.bundle.voting import VotingRun
from boost.bundle.written import write_bundle
from boost.descriptors import Descriptors
from boost.fusion import LOGITS, fuse
from boost.heads.choices import NETWORKS
from boost.heads.trained_networks import OwnColumns
from boost.recalibrated_table import recalibrated
from boost.uncertainty.adaptive_views import usual_spread
from boost.uncertainty.calibrate import RECALIBRATED, TEMPERATURE
from boost.uncertainty.conformal import MARGINAL
from boost.uncertainty.out_of_distribution import fit_out_of_distribution
from cohort.checks.notices import Notice
from cohort.predictions import PREFIX, predictions_table
from finetune.network_answers import predict
from finetune.networks.classifier import Classifier
from finetune.pictures.batches import plain_batches, symmetries
from finetune.pictures.decoded import Pictures
from report.measures.mistakes import thumbnail
from report.out_of_fold import out_of_fold_of
from workflow.bundles.aims import AIMS, DEFAULT
from workflow.bundles.finished_run import FinishedRun, Member
from workflow.bundles.fitted_bundle import operating_point
from workflow.bundles.model_card import card
from workflow.bundles.stain_reference import stain_facts
from workflow.bundles.trained_card import named, training_facts
from workflow.bundles.trained_variants import (
    compared_facts,
    comparing,
    untrained,
    variant_facts,
    with_weights,
)
from workflow.training.tables_beside import FROZEN, read_beside

NEAR = 0.01  # of a probability; what another processor makes of the same weights


@dataclass(frozen=True, eq=False)
class Answered:
    """What the networks of one member answer, and what its network saw before it was trained."""

    member: Member
    views: np.ndarray  # (image, symmetry, class): each image by the network that never saw it; nan for untested ones
    features: np.ndarray  # (trained image, symmetry, dim) float32


def answered(run: FinishedRun, member: Member, device: str) -> Answered:
    """Ask a member's networks about the images again, view by view; raises RunError and BundleError."""
    cohort, settings = run.cohort, member.settings
    pictures = run.pictures(settings)
    empty = untrained(settings, len(cohort.classes), str(run.path))
    views = np.full((len(cohort), settings.symmetries, len(cohort.classes)), np.nan)
    for fold in cohort.held_out_folds:
        network = with_weights(empty, member.selected(fold), f"{member.folder}, fold {fold}").to(device)
        rows = cohort.held_out(fold)
        views[rows] = predict(network, pictures, rows, settings.symmetries, device, settings.batch)
    first = comparing(with_weights(empty, member.first(), str(member.folder))).to(device)
    return Answered(member, views, _mapped(features_of(first, pictures, run.trained_on, member, device), run.cache))


def _mapped(batches: Iterable[np.ndarray], folder: Path) -> np.ndarray:
    """Batches (n, symmetry, dim) float32 as one array, which lies in a file without a name in a folder of the cache."""
    with TemporaryFile(dir=folder) as file:
        for batch in batches:
            file.write(batch.tobytes())
        file.flush()
        return np.memmap(file, np.float32, "r").reshape(-1, *batch.shape[1:])


@torch.inference_mode()
def features_of(
    network: Classifier, pictures: Pictures, rows: np.ndarray, member: Member, device: str
) -> Iterator[np.ndarray]:
    """What a network sees in some pictures, symmetry by symmetry, batch by batch: (n, symmetry, dim) float32."""
    for pixels in plain_batches(pictures, rows, member.settings.batch):
        looks = []
        for turned in symmetries(pixels, member.settings.symmetries):
            looks.append(network.features(turned.to(device)).float().cpu())
        yield torch.stack(looks, dim=1).numpy()


def write_trained(
    path: Path,
    run: FinishedRun,
    done: Sequence[Answered],
    positive: Sequence[str] | None = None,
    two_class: str | None = None,
    aim: str = AIMS[DEFAULT],
    set_kind: str = MARGINAL,
    with_copies: bool = False,
) -> list[Notice]:
    """Write the networks of a run, and what is learned from their held-out answers; raises BundleError.

    `done` are the members, each answered; positive, two_class, aim and set_kind are as in `write_fitted`. Notices say
    where the networks answer otherwise than when they were trained.
    """
    cohort = run.cohort
    voting = VotingRun(path.stem, tuple(one.member.model for one in done), (NETWORKS.name,), _averaging(done))
    table = _table(run, done, voting)
    fused = fuse(table)
    several = len(cohort.held_out_folds) > 1
    fusion = out_of_fold_of(recalibrated(fused) if several else fused, positive, two_class)
    point = operating_point(fusion, aim)
    voted = np.asarray(fusion.voted)  # (image, class)
    method = RECALIBRATED if several else TEMPERATURE
    spread = _spread(done, voting, cohort.tested)
    decision = DecisionRule.fit(fusion.classes, voted, fusion.codes, fusion.groups, spread, point, set_kind, method)
    facts = _facts(path.stem, run, done, voting)
    of_run = training_facts(run.settings, run.table, fusion, read_beside(run.path).get(FROZEN))
    if not several:  # then the patients of the table are those of the test
        of_run["patients"] = sorted({cohort.patients[row] for row in run.trained_on} - {""})
    facts = replace(facts, training={voting.name: of_run})
    trained_on, tested = run.files.iloc[run.trained_on], run.files[cohort.tested]
    labels, patients = cohort.labels[run.trained_on].tolist(), [cohort.patients[row] for row in run.trained_on]
    references = references_of(trained_on["image"].tolist(), labels, patients)
    write_bundle(
        path,
        facts,
        _models(done, cohort.held_out_folds, len(cohort.classes)),
        decision,
        fit_out_of_distribution(
            {compared_name(one.member.model): Descriptors.of(one.features) for one in done},
            cohort.groups[run.trained_on],
        ),
        table,
        dict(zip(trained_on["image"], trained_on["sha256"], strict=True)),
        card(facts.to_json(), fusion, decision, run.files),
        _networks(done, cohort.held_out_folds),
        references=[references],
        copies=_copies(run, done[0].member, [one.image for one in references]) if with_copies else {},
        tested=None if several else dict(zip(tested["image"], tested["sha256"], strict=True)),
    )
    return _doubts(run, done)


def _copies(run: FinishedRun, member: Member, images: Sequence[str]) -> dict[str, bytes]:
    """Small copies of some images, as a member's networks saw them."""
    pictures = run.pictures(member.settings)
    row_of = {name: row for row, name in enumerate(pictures.names)}
    return {image: thumbnail(np.asarray(pictures.pixels[row_of[image]]), COPY_SIDE) for image in images}


def _averaging(done: Sequence[Answered]) -> str:
    return done[0].member.settings.averaging


def _per_view(done: Sequence[Answered], voting: VotingRun) -> np.ndarray:
    """What all members answer together, (image, symmetry, class); one of fewer symmetries repeats them."""
    most = max(one.views.shape[1] for one in done)
    looks = [one.views[:, np.arange(most) % one.views.shape[1]] for one in done]
    return voting.averaged(np.stack(looks), axis=0)


def _spread(done: Sequence[Answered], voting: VotingRun, tested: np.ndarray) -> float:
    """Of the lead from symmetry to symmetry; upright images alone are all alike."""
    views = _per_view(done, voting)[tested]
    return usual_spread(views) if views.shape[1] > 1 else 0.0


def _table(run: FinishedRun, done: Sequence[Answered], voting: VotingRun) -> pd.DataFrame:
    """The out-of-fold predictions of each member; of members whose logits are averaged, those of all together."""
    if voting.averaging == LOGITS and len(done) > 1:
        together = voting.averaged(_per_view(done, voting), axis=1)
        return predictions_table(run.cohort, {named(voting.name, run.table): together})
    answers = {one.member.model: voting.averaged(one.views, axis=1) for one in done}
    return predictions_table(run.cohort, answers)


def _facts(name: str, run: FinishedRun, done: Sequence[Answered], voting: VotingRun) -> BundleFacts:
    cohort, settings = run.cohort, run.settings
    variants = {}
    compared = {}
    for one in done:
        model = one.member.model
        folds = len(cohort.held_out_folds)
        variants[model] = variant_facts(one.member.settings, folds, len(cohort.classes), one.member.first_weights)
        compared[compared_name(model)] = compared_facts(variants[model], one.features.shape[2])
    counts = Counter(cohort.labels[run.trained_on].tolist())
    patients = {cohort.patients[row] for row in run.trained_on} - {""}
    return BundleFacts(
        name=name,
        data_set=str(settings.get("data_set") or settings.get("name", "")),
        counts={name: counts[name] for name in cohort.classes},
        patients=len(patients),
        folds=cohort.held_out_folds,
        groups=str(settings.get("groups") or "patient"),
        unknown_patients=str(settings.get("unknown_patients") or "own"),
        chosen={"seed": done[0].member.settings.seed},
        heads=(NETWORKS.name,),
        stain=stain_facts(),
        versions=dict(settings.get("versions") or {}),
        variants=variants,
        runs=[voting.to_facts()],
        compared=compared,
    )


def _models(done: Sequence[Answered], folds: Sequence[int], classes: int) -> Iterator[StoredModel]:
    """Which columns are whose."""
    for one in done:
        for position, fold in enumerate(folds):
            content = OwnColumns(position * classes, classes).to_bytes()
            yield StoredModel(one.member.model, NETWORKS, fold, 0, content)


def _networks(done: Sequence[Answered], folds: Sequence[int]) -> Iterator[tuple[str, int | str, bytes]]:
    """The weights, a network at a time."""
    for one in done:
        for position, fold in enumerate(folds):
            yield one.member.model, position, weights_to_bytes(one.member.selected(fold))
        yield one.member.model, FIRST, weights_to_bytes(one.member.first())


def _doubts(run: FinishedRun, done: Sequence[Answered]) -> list[Notice]:
    """Whether the networks answer now as they did when the run was written."""
    columns = [PREFIX + name for name in run.cohort.classes]
    apart = 0.0
    for one in done:
        own = VotingRun(one.member.model, (one.member.model,), (NETWORKS.name,), one.member.settings.averaging)
        now = predictions_table(run.cohort, {one.member.model: own.averaged(one.views, axis=1)})
        before = run.table[run.table["model"] == one.member.model].set_index("image")[columns]
        differences = now.set_index("image")[columns] - before.loc[now["image"]]
        apart = max(apart, float(differences.abs().to_numpy().max()))
    if apart <= NEAR:
        return []
    sentence = (
        f"the networks answer otherwise than when they were trained, by up to {apart:.2g}: another processor or "
        "version of a library; the bundle is fitted to what they answer now"
    )
    return [Notice("models-fitted-anew-differ", sentence)]
