"""How often 95 % intervals hold the truth, before (bootstrap) and after (influence values, shrunk correlation).

    python -m benchmarks.coverage                  # the whole grid, 300 cohorts a setting; an hour on one core
    python -m benchmarks.coverage --fast           # 20 seconds
    python -m benchmarks.coverage --only accuracy AUC --times 1000 --before 0

One row a measure over all settings, then the settings where most is missed. A coverage of 300 cohorts is uncertain by
1.3 points itself. Nothing was tuned on these settings.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from benchmarks.clustered_cohorts import Setting, draw, resamples_of
from benchmarks.coverage_measures import MEASURES, Measure

LEAST, MOST = 0.93, 0.98  # what coverage should be


def reported() -> list[Setting]:
    """The settings of the table: those of the issue, then further ones about its middle."""
    kinds = [("beta", False), ("probit", True), ("shift", False), ("shift", True)]
    grid = product([12, 27, 38], [0.0, 0.6, 1.0], [0.85, 0.90, 0.95], [0.3, 0.4, 0.5])
    settings = [
        Setting(patients, 240, spread, accuracy, correlation, *kinds[number % 4])
        for number, (patients, spread, accuracy, correlation) in enumerate(grid)
    ]
    centre = Setting(27, spread=0.6, model="probit")
    for patients, pure in product([8, 20, 60], [False, True]):
        settings.append(replace(centre, patients=patients, pure=pure))
    for accuracy, model in product([0.6, 0.75, 0.98], ["beta", "shift"]):
        settings.append(replace(centre, accuracy=accuracy, model=model))
    for correlation, spread in product([0.0, 0.15, 0.7], [0.0, 1.0]):
        settings.append(replace(centre, correlation=correlation, spread=spread))
    for images, pure in product([60, 1000], [False, True]):
        settings.append(replace(centre, images=images, pure=pure))
    for pure, gain in product([False, True], [0.0, 0.05]):
        settings.append(replace(centre, positives=0.25, pure=pure, gain=gain))
    return settings


def rows_of(setting: Setting, measures: list[Measure], times: int, times_before: int, seed: int) -> Iterator[dict]:
    """One row for each measure: coverage and mean width of both intervals."""
    if setting.model == "beta":
        measures = [measure for measure in measures if not measure.needs_second]
    rng = np.random.default_rng(seed)
    seen: dict[tuple[str, str], list[tuple[bool, float]]] = {}
    for number in range(times):
        drawn = draw(setting, rng)
        resamples = resamples_of(drawn, rng) if number < times_before else None
        for measure in measures:
            truth = measure.truth(setting)
            found = {"after": measure.after(drawn)}
            if resamples is not None:
                found["before"] = measure.before(drawn, resamples)
            for when, span in found.items():
                held = span.low - 1e-12 <= truth <= span.high + 1e-12
                seen.setdefault((measure.name, when), []).append((held, span.high - span.low))
    for measure in measures:
        row = {"measure": measure.name, "setting": setting}
        for when in ("before", "after"):
            held, width = np.array(seen.get((measure.name, when), [(np.nan, np.nan)]), dtype=float).T
            row |= {when: held.mean(), f"{when} width": np.median(width)}
        yield row


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """A row a measure: mean and least coverage, share of settings within LEAST and MOST, and mean width."""
    rows = {}
    for name, part in table.groupby("measure", sort=False):
        row: dict[str, float] = {"settings": len(part)}
        for when in ("before", "after"):
            row[f"{when}: mean"] = part[when].mean()
            row[f"{when}: least"] = part[when].min()
            row[f"{when}: within"] = part[when].between(LEAST, MOST).mean()
            row[f"{when}: less"] = (part[when] < LEAST).mean()
            row[f"{when}: width"] = part[f"{when} width"].mean()
        rows[name] = row
    return pd.DataFrame(rows).T


def fast_table() -> pd.DataFrame:
    """A few settings and cohorts, in 20 seconds."""
    chosen = reported()[::11]
    return pd.DataFrame([row for seed, one in enumerate(chosen) for row in rows_of(one, MEASURES, 60, 15, seed)])


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true", help="a few settings and cohorts")
    parser.add_argument("--only", nargs="*", default=[], help="these measures only")
    parser.add_argument("--times", type=int, default=300, help="cohorts of each setting")
    parser.add_argument("--before", type=int, default=60, help="of them, those that are bootstrapped too")
    parser.add_argument("--worst", type=int, default=3, help="settings to print of each measure")
    options = parser.parse_args(arguments)
    measures = [measure for measure in MEASURES if not options.only or measure.name in options.only]
    rows = []
    for seed, setting in enumerate([] if options.fast else reported()):
        rows += rows_of(setting, measures, options.times, options.before, seed)
    table = fast_table() if options.fast else pd.DataFrame(rows)
    print(summary(table).to_string(float_format="{:.3f}".format))
    for name, part in table.groupby("measure", sort=False):
        print(f"\n{name}")
        for _, row in part.sort_values("after").head(options.worst).iterrows():
            print(f"  {row['after']:.3f} (before {row['before']:.3f})  {row['setting'].text()}")


if __name__ == "__main__":
    main()
