"""`python -m wenhuo_hil.envelope [--count N] [--seed S] [--product ID] [--json FILE]`.

Cooks N schedules, nine in ten from the grammar at random and one in ten made to do harm, in pots
from empty to full at 170 to 260 V. Exit code 1 where a limit is exceeded.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from wenhuo.boards import Product, load_product
from wenhuo_hil.envelope.fast_board import FastBoard, Trial
from wenhuo_hil.envelope.schedules import mixed
from wenhuo_hil.rows import Row
from wenhuo_link.fault_table import fault_name
from wenhuo_link.protocol import OFF_CC
from wenhuo_tools.twin.dishes import dish_by_id
from wenhuo_tools.twin.engine import Scenario
from wenhuo_tools.twin.params import Load, Site
from wenhuo_tools.twin.plant import cooker_of

HOSTILE_SHARE = 0.1
HORIZON_S = 900.0  # a cup boils dry in ten minutes of full fire
_REPORT_S = 60.0


def random_pot(product: Product, rng: random.Random) -> Scenario:
    """A quarter of the pots are empty or nearly, half hold a cup or two, the rest anything."""
    dish_id = rng.choice(list(product.menu))
    kind = rng.random()
    if kind < 0.25:
        dry_g, water_g = rng.uniform(0, 50), rng.uniform(0, 30)
    elif kind < 0.75:
        dry_g = rng.uniform(50, 200)
        water_g = dry_g * rng.uniform(0.5, 3)
    else:
        dry_g = rng.uniform(50, 1200)
        water_g = min(dry_g * rng.uniform(0.5, 10), 3600 - dry_g)
    load = Load(dry_g, water_g, rng.uniform(5, 90))
    site = Site(rng.uniform(5, 40), rng.uniform(0, 3500), rng.uniform(170, 260))
    return Scenario(dish_by_id(dish_id), load, site, cooker_of(product.id), rng.randrange(2**31))


def condensed(rows: Sequence[Row]) -> list[Row]:
    """The schedule without what cannot bring the bottom near its limit: a minute stands for a phase
    without heat, four minutes for one whose set-point is at most that of boiling water."""
    return [(*row[:4], min(row[4], _enough_s(row[2]))) for row in rows]


def _enough_s(target_cc: int) -> int:
    if target_cc == OFF_CC:
        return 60
    return 240 if target_cc <= 10_000 else 2**32 - 1


class Tally:
    """What is kept of all trials: counts, and the worst of each."""

    def __init__(self) -> None:
        self.origins: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.simulated_s = 0.0
        self.worst = {"bottom_max_c": 0.0, "plate_max_c": 0.0, "lid_max_c": 0.0}
        self.broken: list[dict[str, object]] = []

    def add(self, origin: str, rows: list[Row], trial: Trial, most_c: float) -> None:
        """Count a trial; keep it whole where it broke a limit."""
        self.origins[origin] += 1
        if not trial.taken:
            self.refused[origin] += 1
            return
        self.ends[fault_name(trial.fault) if trial.fault else trial.state] += 1
        self.simulated_s += trial.simulated_s
        for name in self.worst:
            self.worst[name] = max(self.worst[name], getattr(trial, name))
        if trial.bottom_max_c > most_c or trial.fuse_blown or trial.heated_when_faulted:
            self.broken.append({"origin": origin, "rows": rows, **asdict(trial)})

    def report(self, most_c: float, wall_s: float) -> dict[str, object]:
        """As it is printed."""
        return {
            "schedules": self.origins.total(),
            "by_origin": dict(self.origins),
            "refused_by_the_board": dict(self.refused),
            "ends": dict(self.ends.most_common()),
            "simulated_h": round(self.simulated_s / 3600, 1),
            "limit_bottom_c": most_c,
            **{name: round(value, 1) for name, value in self.worst.items()},
            "exceeded": len(self.broken),
            "first_exceeded": self.broken[:5],
            "wall_s": round(wall_s, 1),
        }


def prove(product: Product, count: int, seed: int) -> dict[str, object]:
    """Cook `count` schedules; the report."""
    rng = random.Random(seed)
    tally, began_s = Tally(), time.monotonic()
    most_c = product.limits.bottom_max_c
    told_s = began_s
    with tempfile.TemporaryDirectory(prefix="wenhuo-envelope-") as scratch:
        board = FastBoard(product.id, Path(scratch) / "image")
        for origin, offered in islice(mixed(product, rng, HOSTILE_SHARE), count):
            rows = condensed(offered)
            tally.add(origin, rows, board.run(rows, random_pot(product, rng), HORIZON_S), most_c)
            if time.monotonic() - told_s > _REPORT_S:
                told_s = time.monotonic()
                done = tally.origins.total()
                sys.stderr.write(f"envelope: {done} of {count}, exceeded {len(tally.broken)}\n")
    return tally.report(most_c, time.monotonic() - began_s)


def main(arguments: list[str] | None = None) -> int:
    """Print the report; 0 where no limit was exceeded, else 1."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_hil.envelope")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--product", default="virtual")
    parser.add_argument("--json", type=Path, help="also write the report there")
    options = parser.parse_args(arguments)
    target = options.json.resolve() if options.json else None
    report = prove(load_product(options.product), options.count, options.seed)
    text = json.dumps(report, indent=1)
    if target:
        target.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    return 1 if report["exceeded"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
