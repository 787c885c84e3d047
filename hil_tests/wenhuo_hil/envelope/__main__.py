"""`python -m wenhuo_hil.envelope [--count N] [--seed S] [--product ID] [--json FILE [--resume]]`.

Cooks N schedules, nine in ten from the grammar at random and one in ten made to do harm, in pots
from empty to full at 170 to 260 V. Exit code 1 where a limit is exceeded, 2 where FILE cannot be
gone on from. They come in blocks with a seed each, so that an interrupted proof goes on with
--resume as if it had never stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from wenhuo.boards import HardLimits, Product, load_product
from wenhuo.errors import UsageError, WenhuoError
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
BLOCK = 100
_WORST = ("bottom_max_c", "plate_max_c", "lid_max_c")


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
    """What is kept of all trials: counts, and the worst of each. cpu_s: of this proof's process."""

    def __init__(self) -> None:
        self.origins: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.simulated_s = self.cpu_s = 0.0
        self.worst = dict.fromkeys(_WORST, 0.0)
        self.exceeded = 0
        self.broken: list[dict[str, object]] = []

    def add(self, origin: str, rows: list[Row], trial: Trial, limits: HardLimits) -> None:
        """Count a trial; keep it whole where it broke a limit."""
        self.origins[origin] += 1
        if not trial.taken:
            self.refused[origin] += 1
            return
        self.ends[fault_name(trial.fault) if trial.fault else trial.state] += 1
        self.simulated_s += trial.simulated_s
        for name in self.worst:
            self.worst[name] = max(self.worst[name], getattr(trial, name))
        hot = trial.bottom_max_c > limits.bottom_max_c or trial.plate_max_c > limits.plate_max_c
        if hot or trial.fuse_blown or trial.heated_when_faulted:
            self.exceeded += 1
            self.broken.append({"origin": origin, "rows": rows, **asdict(trial)})

    def report(self, product: Product, seed: int) -> dict[str, Any]:
        """As it is printed, and as `restored` reads it."""
        return {
            "product": product.id,
            "seed": seed,
            "schedules": self.origins.total(),
            "cooked": self.ends.total(),
            "by_origin": dict(self.origins),
            "refused_by_the_board": dict(self.refused),
            "ends": dict(self.ends.most_common()),
            "simulated_s": round(self.simulated_s, 1),
            "limit_bottom_c": product.limits.bottom_max_c,
            "limit_plate_c": product.limits.plate_max_c,
            **{name: round(value, 1) for name, value in self.worst.items()},
            "exceeded": self.exceeded,
            "first_exceeded": self.broken[:5],
            "cpu_s": round(self.cpu_s, 1),
        }

    @classmethod
    def restored(cls, path: Path, product: Product, seed: int) -> Tally:
        """The tally of a report. Raises UsageError where it is of another proof, or none."""
        tally = cls()
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            same = (report["product"], report["seed"]) == (product.id, seed)
            tally.origins.update(report["by_origin"])
            tally.refused.update(report["refused_by_the_board"])
            tally.ends.update(report["ends"])
            tally.worst = {name: report[name] for name in _WORST}
            tally.simulated_s, tally.cpu_s = report["simulated_s"], report["cpu_s"]
            tally.exceeded, tally.broken = report["exceeded"], report["first_exceeded"]
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(f"--resume: {path}: no report of a proof ({error!r})") from None
        if not same or tally.origins.total() % BLOCK:
            raise UsageError(f"--resume: {path}: of another product, seed or block size")
        return tally


def prove(
    product: Product, count: int, seed: int, tally: Tally, keep: Callable[[Tally], None]
) -> None:
    """Cook until `count` schedules are in the tally; `keep` is called after each block."""
    with tempfile.TemporaryDirectory(prefix="wenhuo-envelope-") as scratch:
        board = FastBoard(product.id, Path(scratch) / "image")
        while (done := tally.origins.total()) < count:
            began_s = time.process_time()
            rng = random.Random(f"{seed}.{done // BLOCK}")
            for origin, offered in islice(mixed(product, rng, HOSTILE_SHARE), BLOCK):
                rows = condensed(offered)
                trial = board.run(rows, random_pot(product, rng), HORIZON_S)
                tally.add(origin, rows, trial, product.limits)
            tally.cpu_s += time.process_time() - began_s
            keep(tally)


def main(arguments: list[str] | None = None) -> int:
    """Print the report; 0 where no limit was exceeded, else 1."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_hil.envelope")
    parser.add_argument("--count", type=int, default=1000, help=f"rounded up to {BLOCK}s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--product", default="virtual")
    parser.add_argument("--json", type=Path, help="also write the report there, after each block")
    parser.add_argument("--resume", action="store_true", help="go on from the report of --json")
    options = parser.parse_args(arguments)
    if options.resume and not options.json:
        parser.error("--resume needs --json, the report to go on from")
    target: Path | None = options.json.resolve() if options.json else None
    product = load_product(options.product)

    def keep(tally: Tally) -> None:
        sys.stderr.write(f"envelope: {tally.origins.total()}, exceeded {tally.exceeded}\n")
        if target:
            beside = target.with_suffix(".new")
            beside.write_text(_text(tally.report(product, options.seed)), encoding="utf-8")
            beside.replace(target)

    try:
        tally = Tally()
        if options.resume and target and target.exists():
            tally = Tally.restored(target, product, options.seed)
    except WenhuoError as error:
        parser.error(str(error))
    prove(product, options.count, options.seed, tally, keep)
    sys.stdout.write(_text(tally.report(product, options.seed)))
    return 1 if tally.exceeded else 0


def _text(report: dict[str, Any]) -> str:
    return json.dumps(report, indent=1) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
