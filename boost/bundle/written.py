"""An ensemble written as one file, which `Bundle.open` reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from boost.bundle.archive import write_archive
from boost.bundle.decision import DecisionRule
from boost.bundle.facts import BundleFacts
from boost.bundle.references import References, reference_members
from boost.bundle.stored_models import (
    CARD,
    IMAGES,
    TABLE,
    TESTED,
    StoredModel,
    distance_members,
    model_member,
    network_member,
)
from boost.bundle.tables import as_member, file_table
from boost.heads.choices import model_name
from boost.uncertainty.joined_distances import JoinedDistances
from boost.uncertainty.out_of_distribution import OutOfDistribution


def write_bundle(
    path: Path,
    facts: BundleFacts,
    models: Iterable[StoredModel],
    decision: DecisionRule,
    out_of_distribution: OutOfDistribution | JoinedDistances,
    table: pd.DataFrame,
    files: Mapping[str, str],
    card: str,
    networks: Iterable[tuple[str, int | str, bytes]] = (),
    references: Sequence[References] = (),
    copies: Mapping[str, bytes] | None = None,
    tested: Mapping[str, str] | None = None,
) -> None:
    """Keep an ensemble as one file, whole or not at all; its models come in any order, one at a time.

    `files` maps training images to the SHA-256 of their files, and `tested` those of one test, where the table is of
    such; `networks` are those of `Bundle.stored_networks`; the distances are of one run, or of each in the order of the
    runs, and so are the `references`, the training images that they are to; `copies` are small ones of images, as JPEG
    files. Raises BundleError.
    """
    numbers = {name: number for number, name in enumerate(facts.variants)}
    heads_of: dict[str, tuple[str, ...]] = {}
    places: dict[str, list[str]] = {}
    for run in facts.voting:
        places |= {name: [] for name in run.models}
        heads_of |= dict.fromkeys(run.variants, run.heads)
    joined = out_of_distribution
    parts = joined.parts if isinstance(joined, JoinedDistances) else (joined,)

    def members() -> Iterator[tuple[str, bytes]]:
        yield CARD, card.encode()
        yield TABLE, as_member(table)
        yield IMAGES, file_table(files)
        if tested:
            yield TESTED, file_table(tested)
        for member, part in zip(distance_members(facts), parts, strict=True):
            yield member, part.to_bytes()
        yield from reference_members(references, copies)
        for model in models:
            name = model_member(numbers[model.variant], model)
            places[model_name(model.variant, model.head.name, heads_of[model.variant])].append(name)
            yield name, model.content
        for variant, position, content in networks:
            yield network_member(facts, variant, position), content

    write_archive(path, {**facts.to_json(), "reading": decision.to_facts(), "models": places}, members())
