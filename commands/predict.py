"""The command predict: answers for new images, from one file of models, with what tells whether to believe them."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import typer
from joblib import cpu_count

from commands import options
from commands.answer_files import FORMATS, Answer, require_iciar
from commands.fit import Models, stain_facts
from featurize.dataset import DatasetError
from featurize.image import is_image
from featurize.protocol import Protocol, ProtocolError
from featurize.table import read_table
from report.terminal import console, plainly, tell, track

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from boost.bundle import Bundle
    from featurize.extract import Engine

LEVEL = "0.90"  # of the conformal sets, unless another is asked for

Images = Annotated[
    list[str], typer.Argument(help="Image files, folders of them, CSV tables, or - for a list on stdin.")
]
Views = Annotated[int | None, typer.Option(min=1, help="Stain jitters per image; default: as many as in training.")]
UntilSure = Annotated[bool, typer.Option("--until-sure", help="Stop at fewer views once the class is settled.")]
Budget = Annotated[float | None, typer.Option(min=0, help="Seconds per image: no further views are begun after them.")]
Level = Annotated[Literal["0.80", "0.90", "0.95"], typer.Option(help="Share of the sets that hold the true class.")]
Weights = Annotated[
    str | None,
    typer.Option(help="auto (download), random, or a folder; default: random if the bundle's are, else auto."),
]
Out = Annotated[Path, typer.Option(help="CSV file to write.")]
Format = Annotated[
    Literal["table", "iciar"], typer.Option(help="All that is known of each image, or the ICIAR 2018 submission.")
]


@plainly
def predict_command(
    name: Annotated[str, typer.Argument(help="Name of the bundle, or the path of its file.")],
    images: Images,
    views: Views = None,
    until_sure: UntilSure = False,
    budget: Budget = None,
    level: Level = "0.90",
    out: Out = Path("answers.csv"),
    format: Format = "table",
    weights: Weights = None,
    offline: options.Offline = False,
    device: options.Device = "auto",
    models: Models = Path("models"),
    jobs: options.Jobs = 0,
) -> None:
    """Answer for new images by all models of a bundle that `fit` made, and write one row each.

    An image that cannot be read is recorded and the rest is done; the exit code is then 1.
    """
    from boost.bundle import Bundle

    paths = list(find_images(images))
    with console.status(f"opening {name} and its networks"):
        bundle = Bundle.open(Path(name) if name.endswith(".zip") else models / f"{name}.zip")
        if format == "iciar":
            require_iciar(paths, bundle.classes)
        described = protocols_of(bundle)
        engine = engine_of(bundle, described, weights, offline, device)
    work = predict(bundle, paths, engine, views, until_sure, budget, level, jobs)
    answers = list(track("answering", work, len(paths)))
    FORMATS[format](out, answers, bundle.classes)
    _tell(answers, bundle)
    console.print(f"{len(answers)} images answered in {out}", markup=False)
    if any(answer.error for answer in answers):
        raise typer.Exit(1)


def predict(
    bundle: "Bundle",
    images: Sequence[str | Path],
    engine: "Engine | None" = None,
    views: int | None = None,
    until_sure: bool = False,
    budget: float | None = None,
    level: str = LEVEL,
    jobs: int = 0,
) -> Iterator[Answer]:
    """The answer to each image file, in their order, whatever the number of workers.

    engine: see `engine_of`, which finds the networks as they were recorded; views: the most that are looked at, as many
    as in training unless told; until_sure: fewer once the class is settled, see boost.until_sure; budget: seconds after
    which no further views of an image are begun. Raises BundleError and WeightsError; a bad image is an Answer as well.

    >>> from boost.bundle import Bundle
    >>> for answer in predict(Bundle.open("models/ucsb.zip"), ["new.png"]):  # doctest: +SKIP
    ...     print(answer.label, answer.calibrated, answer.members, answer.p_value)
    malignant {'benign': 0.08, 'malignant': 0.92} ('malignant',) 0.61
    """
    from featurize.describe import view_threads

    protocols = protocols_of(bundle)
    engine = engine_of(bundle, protocols) if engine is None else engine
    total = views or next(iter(protocols.values())).views
    jobs = 1 if engine.device == "cuda" else jobs or cpu_count()
    at_once = max(1, min(jobs, len(images)))
    with ExitStack() as stack:
        threads = stack.enter_context(view_threads(jobs))
        pool = stack.enter_context(ThreadPoolExecutor(at_once))

        def answer(path: str | Path) -> Answer:
            describe = Described(bundle, protocols, engine, threads, -(-jobs // at_once))
            return answer_one(bundle, Path(path), describe, total, until_sure, budget, level)

        yield from pool.map(answer, images)


@dataclass(frozen=True)
class Described:
    """Where an image is described."""

    bundle: "Bundle"
    protocols: Mapping[str, Protocol]
    engine: "Engine"
    threads: "Executor"
    parts: int  # that the views of one image are divided into

    def open(self, path: Path) -> tuple[str, str, Callable[[range], dict[str, np.ndarray]]]:
        """An image's SHA-256, the status of its stain, and what describes some of its views: variant to (view, dim)."""
        from featurize.describe import describe_views, open_image

        image = open_image(path, self.protocols)
        return (
            image.sha256,
            image.status,
            lambda numbers: describe_views(image, self.protocols, self.engine, numbers, self.threads, self.parts),
        )


def answer_one(
    bundle: "Bundle", path: Path, described: Described, total: int, until_sure: bool, budget: float | None, level: str
) -> Answer:
    """One image from its file to its answer, or to the reason why there is none."""
    from boost.until_sure import looks, sure
    from featurize.crops import CropTooLarge
    from featurize.image import ImageError

    started = perf_counter()
    try:
        sha256, status, describe = described.open(path)
    except (ImageError, CropTooLarge) as error:
        return Answer(str(path), error=str(error), seconds=perf_counter() - started)
    rows: dict[str, list[np.ndarray]] = {variant: [] for variant in bundle.variants}
    said: list[np.ndarray] = []  # (view, class) each
    done = 0
    for count in looks(total) if until_sure or budget is not None else [total]:
        block = describe(range(done, count))
        for variant, array in block.items():
            rows[variant].append(array)  # (view, dim)
        said.append(bundle.view_probabilities({variant: array[None] for variant, array in block.items()})[0])
        done = count
        if until_sure and sure(np.concatenate(said), total, bundle.facts["spread"]):
            break
        if budget is not None and perf_counter() - started >= budget:
            break
    whole = {variant: np.concatenate(arrays) for variant, arrays in rows.items()}
    raw = np.concatenate(said).mean(axis=0)  # (class,)
    return read_answer(bundle, str(path), sha256, status, whole, raw, done, level, started)


def read_answer(
    bundle: "Bundle",
    path: str,
    sha256: str,
    status: str,
    views: dict[str, np.ndarray],
    raw: np.ndarray,
    count: int,
    level: str,
    started: float,
) -> Answer:
    """What the vote (class,) on an image means."""
    calibrated = bundle.calibrated(raw[None])  # (1, class)
    members = bundle.sets(calibrated, level)[0]
    score, positive = two_class(bundle, raw)
    distance = bundle.outliers.distance(views)
    p_value = bundle.outliers.p_value(distance, count)
    return Answer(
        image=path,
        label=bundle.classes[int(raw.argmax())],
        calibrated=dict(zip(bundle.classes, calibrated[0].tolist(), strict=True)),
        raw=dict(zip(bundle.classes, raw.tolist(), strict=True)),
        level=level,
        members=tuple(name for name, inside in zip(bundle.classes, members, strict=True) if inside),
        score=score,
        positive=positive,
        stain=status,
        distance=distance,
        p_value=p_value,
        far=bundle.outliers.far(p_value),
        trained_on=bundle.files.get(sha256, ""),
        views=count,
        seconds=perf_counter() - started,
    )


def two_class(bundle: "Bundle", raw: np.ndarray) -> tuple[float | None, bool | None]:
    """Score and call of a vote (class,) at the bundle's operating point; None where there is no two-class task."""
    from report.twoclass import positive_score

    chosen = bundle.facts["two class"]
    if chosen is None:
        return None, None
    score = float(positive_score(raw[None], bundle.classes, chosen["positive"], chosen["rule"])[0])
    if chosen["rule"] == "max" and chosen["threshold"] == 0.5:  # the class answered, as in report.answers
        return score, bundle.classes[int(raw.argmax())] in chosen["positive"]
    return score, score >= chosen["threshold"]


def protocols_of(bundle: "Bundle") -> dict[str, Protocol]:
    """The protocol of every variant; raises BundleError where this version would make other descriptors."""
    from boost.archive import BundleError

    found = {}
    for variant, facts in bundle.variants.items():
        settings = {name: value for name, value in facts.items() if name not in ("key", "network", "versions")}
        try:
            found[variant] = Protocol(**settings)
        except (TypeError, ProtocolError) as error:
            raise BundleError(
                f"{bundle.path}: the protocol of {variant} is not one of this version ({error}); use the version it "
                f"was made with ({facts.get('versions', {}).get('histoboost')}), or fit it again"
            ) from error
    bundle.require({variant: protocol.key for variant, protocol in found.items()})
    if replace(next(iter(found.values()))).method != Protocol.method or bundle.facts["stain"] != stain_facts():
        raise BundleError(
            f"{bundle.path} was made by another way of describing images than this version's; use the version it was "
            "made with, or extract and fit again"
        )
    return found


def engine_of(
    bundle: "Bundle",
    protocols: Mapping[str, Protocol],
    weights: str | None = None,
    offline: bool = False,
    device: str = "auto",
) -> "Engine":
    """Find the networks and make sure that they are the bundle's; raises BundleError, WeightsError, ProtocolError.

    weights: auto, random or a folder; None: random weights where the bundle's were random, else auto.
    """
    from boost.archive import BundleError
    from featurize.describe import OwnRunners
    from featurize.encoders import find_encoder
    from featurize.prepare import choose_device
    from featurize.weights import find_weights, load_network, weights_digest

    chosen = choose_device(device)
    paths: dict[str, Path | None] = {}
    for variant, protocol in protocols.items():
        if protocol.encoder in paths:
            continue
        encoder, recorded = find_encoder(protocol.encoder), bundle.variants[variant]["network"]
        source = weights or ("random" if recorded["file"] == "random" else "auto")
        paths[protocol.encoder] = find_weights(encoder, source, offline)
        digest = weights_digest(load_network(encoder, paths[protocol.encoder]))
        if digest != protocol.weights:
            raise BundleError(
                f"{bundle.path} was made with other weights of {encoder.name} than {paths[encoder.name] or 'random'}: "
                f"their digest is {digest[:12]}, not {protocol.weights[:12]} (of {recorded['file']}); give the folder "
                "of that file with --weights"
            )
    return OwnRunners(paths, chosen)


def find_images(given: Iterable[str]) -> Iterator[Path]:
    """The image files that are meant, in order; raises DatasetError for none.

    A folder means all images in it and below; a CSV table those of its column image, beside it; - the lines of stdin.
    """
    found = [path for one in given for path in _meant(one)]
    if not found:
        raise DatasetError("no images are given; name files, a folder of them, a CSV table with a column image, or -")
    return iter(dict.fromkeys(found))


def _meant(one: str) -> list[Path]:
    if one == "-":
        return [Path(line.strip()) for line in sys.stdin if line.strip()]
    path = Path(one)
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if is_image(file))
    if path.suffix.lower() == ".csv":
        return [path.parent / row["image"] for row in read_table(path, ("image",))]
    return [path]


def _tell(answers: Sequence[Answer], bundle: "Bundle") -> None:
    """What a person should look at again."""
    for answer in answers:
        if answer.error:
            tell(f"not answered: {answer.error}")
        if answer.trained_on:
            tell(
                f"{answer.image}: the models were trained on this very image ({answer.trained_on}); believe cv instead"
            )
    far = [answer for answer in answers if answer.far]
    if far:
        console.print(
            f"warning: {len(far)} images lie further from the training images than those of other patients usually do, "
            f"such as {far[0].image}; their answers are not covered by what was measured",
            markup=False,
        )
    for answer in answers:
        if answer.stain not in ("ok", ""):
            console.print(f"warning: {answer.image}: {answer.stain}, its stain is left as it is", markup=False)
