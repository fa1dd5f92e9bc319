"""What the dense mode costs and saves, on real tissue: `python -m benchmarks.dense`, 5 minutes after curve.py.

Same views, same boxes, both modes. SqueezeNet has its real weights; the other networks have random ones, whose
descriptors differ less from place to place than those of trained networks, so that their errors are only a guide.
"""

import numpy as np
from joblib import Parallel, delayed

from benchmarks.realdata import (
    KEPT,
    MODES,
    TISSUES,
    VIEWS,
    Tissue,
    clusters,
    describe,
    describe_all,
    interval,
    kept,
    numbers,
    predict,
    surprise,
)
from cohort.samples import Sample

UNTRAINED, IMAGES = ("resnet50", "inception_v3", "vgg16"), 2  # images of ucsb for each
COMPARED = [views for views in VIEWS if views >= 5]


def errors(found: dict[str, np.ndarray]) -> np.ndarray:
    """Relative errors of first views, median over images: (side, 2) for dense, and for exact from other crops."""
    exact = found["exact"][:, :, 0, -1]  # (image, side, dim)
    others = [found[name][:, :, 0, -1] for name in ("dense", "again")]
    size = np.linalg.norm(exact, axis=-1)
    return np.median([np.linalg.norm(other - exact, axis=-1) / size for other in others], axis=1).T


def agreement(found: dict[str, np.ndarray]) -> np.ndarray:
    """Correlation with exact over the images, first views, median over the descriptor's columns: (side, 2)."""
    columns = [found[name][:, :, 0, -1] for name in ("exact", "dense", "again")]
    exact, *others = [(c - c.mean(axis=0)) / np.maximum(c.std(axis=0), 1e-12) for c in columns]
    used = columns[0].std(axis=0) > 1e-6  # (side, dim)
    return np.array([[np.median((exact * other).mean(axis=0)[side][used[side]]) for other in others]
                     for side in range(exact.shape[1])])  # fmt: skip


def ratio(found: dict[str, np.ndarray]) -> float:
    """How many times faster dense is than exact, cropping or turning, encoding and pooling, both sizes together."""
    exact, dense = np.median(found["seconds"].reshape(len(found["seconds"]), 2, -1), axis=(0, 2))
    return float(exact / dense)


def untrained(encoder: str, tissue: Tissue) -> dict[str, np.ndarray]:
    """One view of a few images by a network with random weights."""
    samples = tissue.read().samples
    chosen = samples[:: len(samples) // IMAGES][:IMAGES]

    def work(sample: Sample) -> dict[str, np.ndarray]:
        path = KEPT / encoder / f"{sample.name.replace('/', '-')}.safetensors"
        return kept(path, lambda: describe(sample, tissue.sides, encoder, range(1)))

    rows = Parallel(2)(delayed(work)(sample) for sample in chosen)
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def descriptor_rows(name: str, tissue: Tissue, found: dict[str, np.ndarray]) -> list[str]:
    """Rows of the table of descriptors, one for each size of crop."""
    rows = []
    for side, (dense, again), (like, alike) in zip(tissue.sides, errors(found), agreement(found), strict=True):
        seen = f"{like:.2f} | {alike:.2f}" if len(found["exact"]) > 20 else "- | -"
        images = f"{tissue.name}, {len(found['exact'])}"
        rows.append(f"| {name} | {images} | {side} | {dense:.3f} | {again:.3f} | {seen} | {ratio(found):.1f} |")
    return rows


def prediction_rows(tissue: Tissue, found: dict[str, np.ndarray]) -> list[str]:
    """Rows of the table of predictions: both modes at several numbers of views, 20 crops, fused."""
    dataset, rows = tissue.read(), []
    labels, cluster = numbers(dataset), clusters(dataset)
    for views in COMPARED:
        answers = [predict(tissue, found, mode, slice(0, views), 20) for mode in MODES]
        losses = [surprise(answer, labels) for answer in answers]
        hits = [(answer.argmax(axis=1) == labels).astype(float) for answer in answers]
        for mode, loss, hit in zip(MODES, losses, hits, strict=True):
            rows.append(f"| {tissue.name} | {views} | {mode} | {spread(hit, cluster)} | {spread(loss, cluster)} |")
        rows.append(f"| {tissue.name} | {views} | dense - exact | {spread(hits[1] - hits[0], cluster)}"
                    f" | {spread(losses[1] - losses[0], cluster)} |")  # fmt: skip
    return rows


def spread(values: np.ndarray, cluster: np.ndarray) -> str:
    """Mean and 95 % interval in words."""
    low, high = interval(values, cluster)
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    """Measure and print two tables."""
    trained = {tissue: describe_all(tissue) for tissue in TISSUES}
    print(
        "| encoder | images | crop | error of dense | of other crops | correlation of dense | of other crops | faster |"
    )
    print("|---" * 8 + "|")
    for tissue, found in trained.items():
        print(*descriptor_rows("squeezenet1_1", tissue, found), sep="\n")
    for encoder in UNTRAINED:
        print(*descriptor_rows(f"{encoder}, random weights", TISSUES[0], untrained(encoder, TISSUES[0])), sep="\n")
    print("\n| images | views | mode | accuracy | log-loss |\n|---|---|---|---|---|")
    for tissue, found in trained.items():
        print(*prediction_rows(tissue, found), sep="\n")


if __name__ == "__main__":
    main()
