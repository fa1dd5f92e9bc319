"""Where the seconds of `predict` go, phase by phase, in one checkout or in several beside each other.

    python benchmarks/predict_phases.py BUNDLE IMAGE [--weights FOLDER] [--checkout FOLDER] [--make]

Each checkout is run by this Python in processes of its own, in turn; the fastest of each phase is printed, in seconds
on the clock and of the processor. On a machine that does other work too the second is the one to believe. With `--make`
BUNDLE is made first: 300 models for SqueezeNet's random weights.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE))
PROBE = """
import json, os, sys, time

def cpu():
    spent = os.times()
    return spent.user + spent.system

phases, last = {}, [time.perf_counter(), 0.0]

def done(phase):
    now = time.perf_counter(), cpu()
    phases[phase] = now[0] - last[0], now[1] - last[1]
    last[:] = now

bundle, image, weights = sys.argv[1:]
sys.path.insert(0, os.getcwd())
import pipeline
from boost.bundle.bundle import Bundle
done("start, import of what opens the bundle")
opened = Bundle.open(bundle)
done("open the bundle")
try:
    from workflow.answering.bundle_describer import describer_of
    from workflow.answering.prediction import predict
except ImportError:  # a checkout of an earlier version
    from workflow.bundles.compatibility import pool_of, protocols_of
    from workflow.prediction import predict
    describer_of = lambda bundle, weights: pool_of(bundle, protocols_of(bundle), weights)
done("import of what describes")
networks = describer_of(opened, weights or None)
done("find and check the networks")
first = list(predict(opened, [image], networks, jobs=2))
done("first answer, networks made ready")
assert not first[0].error, first[0].error
list(predict(opened, [image], networks, jobs=2))
done("second answer, everything warm")
print(json.dumps(phases))
"""


def phases_of(checkout: Path, bundle: str, image: str, weights: str) -> dict[str, tuple[float, float]]:
    """Seconds by phase: on the clock, of the processor."""
    command = [sys.executable, "-c", PROBE, bundle, image, weights]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    return {name: tuple(seconds) for name, seconds in json.loads(done.stdout.splitlines()[-1]).items()}


def whole_command(checkout: Path, bundle: str, image: str, weights: str) -> tuple[float, float]:
    """Seconds of the command `predict`: on the clock, of the processor."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "pipeline.py", "predict", bundle, image, "--jobs", "2"]
        command += ["--out", f"{folder}/answers.csv"]
        command += ["--weights", weights] if weights else []
        before = os.times()
        subprocess.run(command, cwd=checkout, capture_output=True, check=True)
        after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return after.elapsed - before.elapsed, spent


def make_bundle(path: Path) -> None:
    """300 models of two variants for SqueezeNet's random weights."""
    from dataclasses import asdict

    from benchmarks.boosting_reference import draw
    from benchmarks.bundle import train, write
    from cohort.layouts.iciar2018 import ICIAR_CLASSES
    from featurize.encoders.encoder_pool import EncoderPool
    from featurize.encoders.registry import find_encoder
    from featurize.plan import network_facts
    from featurize.protocol import Protocol

    with EncoderPool({"squeezenet1_1": None}) as pool:
        network = network_facts(find_encoder("squeezenet1_1"), pool)
    descriptors, labels = draw((100, 10, 512))
    protocols = [Protocol("squeezenet1_1", network["digest"], crop, 1.0, crops=2, views=6) for crop in (160, 256)]
    variants = {p.variant: asdict(p) | {"key": p.key, "network": network, "versions": []} for p in protocols}
    write(path, dict.fromkeys(variants, train(descriptors, labels)), list(ICIAR_CLASSES), variants, descriptors)


def main() -> None:
    """Print a table: a phase a line, a checkout a column."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", help="a bundle's file, or a new name for `--make`")
    parser.add_argument("image")
    parser.add_argument("--make", action="store_true", help="make the bundle, of 300 models, first")
    parser.add_argument("--weights", default="", help="as for predict")
    parser.add_argument("--checkout", type=Path, action="append", help="may be given several times; default: this one")
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    bundle, image = (str(Path(name).resolve()) for name in (chosen.bundle, chosen.image))
    if chosen.make:
        make_bundle(Path(bundle))
    checkouts = chosen.checkout or [HERE]
    runs: dict[Path, list[dict[str, tuple[float, float]]]] = {checkout: [] for checkout in checkouts}
    for _ in range(chosen.repeat):
        for checkout in checkouts:
            phases = phases_of(checkout, bundle, image, chosen.weights)
            phases["the whole command"] = whole_command(checkout, bundle, image, chosen.weights)
            runs[checkout].append(phases)
    print(f"{'seconds on the clock / of the processor':42s}" + "".join(f"{c.resolve().name:>16s}" for c in checkouts))
    for phase in runs[checkouts[0]][0]:
        cells = ""
        for checkout in checkouts:
            clock = min(run[phase][0] for run in runs[checkout])
            processor = min(run[phase][1] for run in runs[checkout])
            cells += f"{clock:9.2f} /{processor:5.2f}"
        print(f"{phase:42s}{cells}")


if __name__ == "__main__":
    main()
