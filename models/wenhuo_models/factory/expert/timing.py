"""How well the controller foretells when a dish is ready.

`python -m wenhuo_models.factory.expert.timing` cooks the expert's schedules in the twin, compares
them with the forecast, which is told what is truly in the pot, so that only its equations can be
wrong. With --fit it looks for the coefficients of each dish's `food` (boards: dishes/*.toml) and
prints them; nothing is written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cma  # type: ignore[import-untyped]  # ships no types
import numpy as np
from numpy.typing import NDArray

from wenhuo.boards import load_product
from wenhuo.boards.menu import Food
from wenhuo.conditions import Known
from wenhuo.errors import WenhuoError
from wenhuo.planning.estimate import Lump, forecast_from
from wenhuo.schedule import PhaseKind, Schedule
from wenhuo_models.factory.expert.cooks import Cook, cooks
from wenhuo_models.factory.expert.judge import ON_TIME_S
from wenhuo_models.factory.expert.planner import expert_schedule
from wenhuo_tools.twin.batch import run_schedule
from wenhuo_tools.twin.plant import cooker_of

SEED = 4242  # not that of a report, nor of the student's judge
_EVALUATIONS = 40
_OUTLIER_MIN = 5.0  # a cook that is further off counts no more than that


@dataclass(frozen=True, slots=True)
class Timed:
    """A cook, its schedule without the wait, and when the twin served it, s after its beginning."""

    cook: Cook
    schedule: Schedule
    served_s: float


def cooked(dish_id: str, count: int, seed: int = SEED) -> list[Timed]:
    """Fresh cooks of a dish by the expert. Raises ExpertDataError for stale data."""
    made = []
    for cook in cooks(seed, count, dish_id=dish_id):
        product = load_product(cook.product_id)
        whole = expert_schedule(product, cook.conditions)
        schedule = tuple(phase for phase in whole if phase.kind is not PhaseKind.WAIT)
        load = cook.load
        if cook.conditions.later:  # the pot takes on the room's temperature
            load = replace(load, initial_c=cook.site.ambient_c)
        result = run_schedule(cooker_of(cook.product_id), dish_id, load, cook.site, schedule)
        made.append(Timed(replace(cook, load=load), schedule, result.served_s))
    return made


def off_min(timed: Sequence[Timed], food: Food | None = None) -> NDArray[np.float64]:
    """By how many minutes each dish was ready later than foretold. food: None = the menu's."""
    found = []
    for one in timed:
        cook = one.cook
        product = load_product(cook.product_id)
        mains_pct = 100 * cook.site.mains_v / product.heater.rated_v
        load = cook.load
        truth = Known(load.dry_g, cook.known.tb_c, mains_pct, load.initial_c, cook.site.ambient_c)
        lump = Lump.of(product, cook.conditions, truth)
        if food is not None:
            lump.dish = replace(lump.dish, food=food)
        seen = forecast_from(lump, lump.filled(load.initial_c, load.water_g), one.schedule)
        found.append((one.served_s - seen.ready_s) / 60)
    return np.array(found)


def fitted(dish_id: str, timed: Sequence[Timed]) -> Food:
    """The coefficients that are least off: of a grain its uptake, of other food its heat."""
    food = load_product().dish(dish_id).food

    def scaled(by: Sequence[float]) -> Food:
        if food.absorbs_per_min == 0:
            return replace(food, heat_j_per_g_k=food.heat_j_per_g_k * abs(by[0]))
        most, rate = food.absorbs_g_per_g * abs(by[0]), food.absorbs_per_min * abs(by[1])
        return replace(food, absorbs_g_per_g=most, absorbs_per_min=rate)

    def cost(by: Sequence[float]) -> float:
        off = off_min(timed, scaled(by))
        return float(np.minimum(off**2, _OUTLIER_MIN**2).mean())

    settings = {"maxfevals": _EVALUATIONS, "seed": SEED, "verbose": -9}
    best, _ = cma.fmin2(cost, [1.0, 1.0], 0.1, settings)
    return scaled(best)


def line(dish_id: str, off: NDArray[np.float64]) -> str:
    """A row of the table."""
    on_time = np.mean(np.abs(off) <= ON_TIME_S / 60)
    return (
        f"| {dish_id} | {len(off)} | {off.mean():+.1f} | {off.std():.1f} | {100 * on_time:.0f} % |"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and the coefficients where they are wanted. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_models.factory.expert.timing")
    parser.add_argument("--cooks", type=int, default=60, help="of each dish")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--dish", action="append", help="only this one; repeatable")
    parser.add_argument("--fit", action="store_true", help="look for better coefficients")
    options = parser.parse_args(arguments)
    sys.stdout.write("| dish | n | mean, min | sd, min | within 3 min |\n|---|---|---|---|---|\n")
    try:
        for dish_id in options.dish or load_product().menu:
            timed = cooked(dish_id, options.cooks, options.seed)
            sys.stdout.write(line(dish_id, off_min(timed)) + "\n")
            if options.fit:
                food = fitted(dish_id, timed)
                sys.stdout.write(f"{line(dish_id, off_min(timed, food))} {food}\n")
    except WenhuoError as error:
        sys.stderr.write(f"timing: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
