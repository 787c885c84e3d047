"""The search: CMA-ES over a dish's corrections, judged on sampled kitchens in the twin."""

from __future__ import annotations

import logging
import math
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cma  # type: ignore[import-untyped]  # ships no types
import numpy as np
from numpy.typing import NDArray

from wenhuo.boards import Dish, Product, load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import EnvelopeError
from wenhuo.planning import envelope
from wenhuo.planning.programme import programme
from wenhuo.schedule import Schedule
from wenhuo_models.factory.expert import store
from wenhuo_models.factory.expert.cooks import Cook, cooks, mirrored
from wenhuo_models.factory.expert.judge import ON_TIME_S, Served, serve
from wenhuo_models.factory.expert.policy import STEP, Corrections, Knob, corrected, knobs_of

log = logging.getLogger("wenhuo_models.expert")

LONGEST_WAIT_S = 1800  # grain has soaked most of what it can by then; longer waits cost time
REFUSED_COST = 5.0
STAY_COST = 0.004  # of one unit of a knob, squared: it moves only where moving pays
CHECKED_EVERY = 6  # of the kitchens, how many schedules the envelope judges at each evaluation


@dataclass(frozen=True, slots=True)
class Options:
    """kitchens: conditions sampled a dish, each with two pots; evaluations: candidates for each
    knob; validated: fresh kitchens on which a result must be better than the menu."""

    seed: int = 1
    kitchens: int = 20
    evaluations: int = 14
    validated: int = 36


def search(
    dish_ids: Sequence[str], options: Options, *, again: bool = False, folder: Path = store.DATA
) -> Iterator[store.Found]:
    """Search dish after dish; each is saved when found, so that a broken search goes on from there.

    again: search although current data are there. Raises BoardDataError for an unknown dish.
    """
    product = load_product()
    wanted = [d for d in dish_ids if again or not _current(product, d, folder)]
    log.info("search: %d of %d dishes, %s", len(wanted), len(dish_ids), options)
    begun, weights = time.monotonic(), [len(knobs_of(product.dish(d))) for d in wanted]
    for number, dish_id in enumerate(wanted):
        found = search_dish(product, product.dish(dish_id), options)
        store.save(found, folder)
        spent_s = time.monotonic() - begun
        left_s = spent_s * sum(weights[number + 1 :]) / sum(weights[: number + 1])
        log.info(
            "%s: cost %.3f, the menu's %.3f (fresh kitchens); %.0f s spent, about %.0f s to go",
            *(dish_id, found.provenance["cost"], found.provenance["menu_cost"], spent_s, left_s),
        )
        yield found


def _current(product: Product, dish_id: str, folder: Path) -> bool:
    try:
        store.load(product, dish_id, folder)
    except store.ExpertDataError as error:
        log.info("%s", error)
        return False
    log.info("%s: has current data, skipped", dish_id)
    return True


def search_dish(product: Product, dish: Dish, options: Options) -> store.Found:
    """The corrections that serve a dish best; none where the menu's programme is not beaten on
    fresh kitchens."""
    knobs = knobs_of(dish)
    steps = np.array([STEP[knob.number] for knob in knobs])
    task = Task(sampled(dish, options.seed, options.kitchens))
    settings = {
        **{"seed": options.seed, "bounds": [-2.5, 2.5], "verbose": -9},
        "maxfevals": options.evaluations * len(knobs),
    }
    strategy = cma.CMAEvolutionStrategy(np.zeros(len(knobs)), 0.4, settings)
    while not strategy.stop():
        candidates = strategy.ask()
        strategy.tell(candidates, [_cost_at(task, knobs, steps, x) for x in candidates])
        log.debug("%s: %d evaluations", dish.id, strategy.countevals)
    fresh = Task(sampled(dish, options.seed + 1, options.validated))
    menu_cost = fresh.cost({})
    tried = [_as_corrections(knobs, steps, x) for x in (strategy.mean, strategy.best.x)]
    costs = [fresh.cost(t) for t in tried]
    best = int(np.argmin(costs))
    better = costs[best] < menu_cost
    return store.Found(
        dish.id,
        tried[best] if better else {},
        {
            "sources": store.sources_hash(product, dish.id),
            "commit": _commit(),
            "seed": options.seed,
            "optimizer": f"cma {cma.__version__}",
            "evaluations": int(strategy.countevals),
            "kitchens": options.kitchens,
            "validated": options.validated,
            "menu_cost": round(menu_cost, 4),
            "cost": round(min(costs[best], menu_cost), 4),
        },
    )


def confirm(product: Product, dish_id: str, folder: Path = store.DATA) -> store.Found:
    """Stamp a dish's data for today's sources where they still serve no worse than the menu.

    Raises ExpertDataError where they do not, or where there are none.
    """
    found = store.read(product, dish_id, folder)
    seed = int(found.provenance["seed"]) + 1
    fresh = Task(sampled(product.dish(dish_id), seed, int(found.provenance["validated"])))
    cost, menu_cost = fresh.cost(found.corrections), fresh.cost({})
    if cost > menu_cost:
        raise store.ExpertDataError(
            f"{dish_id}: costs {cost:.3f} now, the menu's programme {menu_cost:.3f}; run "
            f"python -m wenhuo_models.factory.expert search --dish {dish_id}"
        )
    stamp = {
        "sources": store.sources_hash(product, dish_id),
        "confirmed": _commit(),
        "cost": round(cost, 4),
        "menu_cost": round(menu_cost, 4),
    }
    confirmed = store.Found(dish_id, found.corrections, {**found.provenance, **stamp})
    store.save(confirmed, folder)
    return confirmed


def sampled(dish: Dish, seed: int, kitchens: int) -> list[tuple[Cook, Cook]]:
    """Kitchens of a dish, each with two pots that its conditions cannot tell apart."""
    longest_s = dish.min_time_min * 60 + LONGEST_WAIT_S
    drawn = cooks(seed, kitchens, dish_id=dish.id, longest_deadline_s=longest_s, keep_warm=False)
    return [(cook, mirrored(cook)) for cook in drawn]


def _as_corrections(
    knobs: Sequence[Knob], steps: NDArray[np.float64], x: NDArray[np.float64]
) -> dict[Knob, float]:
    return {k: round(float(v), 4) for k, v in zip(knobs, x * steps, strict=True)}


def _cost_at(
    task: Task, knobs: Sequence[Knob], steps: NDArray[np.float64], x: NDArray[np.float64]
) -> float:
    moved = STAY_COST * float(np.square(x).sum())
    return task.cost(_as_corrections(knobs, steps, x)) + moved


class Task:
    """Kitchens on which corrections of one dish are judged, against the menu's programme."""

    def __init__(self, kitchens: Sequence[Sequence[Cook]]) -> None:
        self._kitchens = kitchens
        self._menu = [[serve(cook, self._menu_way(cook)) for cook in pots] for pots in kitchens]

    @staticmethod
    def _menu_way(cook: Cook) -> Schedule:
        return programme(load_product(cook.product_id), cook.conditions)

    def cost(self, corrections: Corrections) -> float:
        """Mean cost of a cook; 0 is a perfect one at the menu's energy."""
        total, count = 0.0, 0
        for number, (pots, by_menu) in enumerate(zip(self._kitchens, self._menu, strict=True)):
            known, product = pots[0].conditions, load_product(pots[0].product_id)
            schedule = corrected(product, known, corrections)
            if number % CHECKED_EVERY == 0 and _refused(schedule, product, known):
                total += REFUSED_COST * len(pots)
            for cook, before in zip(pots, by_menu, strict=True):
                total += cost_of(serve(cook, schedule), before)
                count += 1
        return total / count


def _refused(schedule: Schedule, product: Product, conditions: Conditions) -> bool:
    try:
        envelope.check(schedule, product, conditions)
    except EnvelopeError:
        return True
    return False


def cost_of(served: Served, by_menu: Served) -> float:
    """What is wrong with a cook. Each bar that is missed costs about 1, well before it is missed a
    little; energy and time over the menu's count where nothing else does."""
    late = abs(served.off_s) / ON_TIME_S
    return (
        20 * max(0.0, 0.97 - served.doneness)
        + 0.5 * min(served.texture_error, 2.0) ** 2
        + 5 * max(0.0, min(served.texture_error, 1.0) - 0.4)
        + 0.7 * math.log1p(10 * served.boilover_g)
        + 10 * max(0.0, served.scorch - 0.05)
        + 0.15 * min(late, 2.0) ** 2
        + max(0.0, min(late, 1.5) - 0.8)
        + 0.6 * (served.energy_wh / by_menu.energy_wh - 1)
    )


def _commit() -> str:
    made = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return made.stdout.strip() or "unknown"
