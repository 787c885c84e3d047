"""A policy: the menu's programme with corrections that depend smoothly on the conditions.

A knob corrects one number of one phase in proportion to one driver, a number of about -1 to 1 made
from the conditions. Power and minutes are multiplied by exp(sum), set-points shifted by the sum.
So schedules stay a regular function of the conditions, and no correction is the menu's programme.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from wenhuo.boards import Dish, PhaseRule, Product
from wenhuo.boards.menu import Amount
from wenhuo.conditions import LOAD_STEP_G, Conditions
from wenhuo.intent import Texture
from wenhuo.planning.programme import programme
from wenhuo.schedule import PhaseKind, Schedule, Until

POWER, MINUTES, TARGET = "power", "minutes", "target"
ALWAYS, LOAD, AIR, START, SOFTER, FIRMER = "always", "load", "air", "start", "softer", "firmer"
LITTLE_IN_AIR = "little_in_air"
STEP = {POWER: 0.25, MINUTES: 0.2, TARGET: 4.0}  # one unit of the search, in the knob's own unit
_LOWEST_BOILING_C = 86.0  # at 4000 m; thin air counts as 1 there
_START_C, _START_SPAN_K = 20.0, 15.0


@dataclass(frozen=True, slots=True)
class Knob:
    """phase: index into the dish's phases; number: what it corrects; driver: in proportion to."""

    phase: int
    number: str
    driver: str

    @property
    def name(self) -> str:
        """As the data files write it."""
        return f"{self.phase}.{self.number}.{self.driver}"


Corrections = Mapping[Knob, float]


def knobs_of(dish: Dish) -> tuple[Knob, ...]:
    """What may be corrected in a dish's programme.

    Caps of phases that an event ends are limits, not lengths: their minutes stay. A soak's and a
    drying's set-point decides more than its power; a rest with the heater off does little.
    """
    return tuple(
        Knob(index, number, driver)
        for index, rule in enumerate(dish.phases)
        for number, driver in [*_power(dish, rule), *_minutes(dish, rule, index), *_target(rule)]
    )


def _power(dish: Dish, rule: PhaseRule) -> list[tuple[str, str]]:
    if rule.target is None or rule.kind in (PhaseKind.SOAK, PhaseKind.DRY, PhaseKind.REST):
        return []
    if rule.kind is PhaseKind.HEAT:
        return [(POWER, ALWAYS)]
    shared = [(POWER, ALWAYS), (POWER, LOAD), (POWER, AIR)]
    if rule.until is Until.DRY:  # how fast the water goes decides how much the grain takes up
        shared += [(POWER, LITTLE_IN_AIR), *((POWER, driver) for driver in _by_texture(dish, rule))]
    return shared


def _minutes(dish: Dish, rule: PhaseRule, index: int) -> list[tuple[str, str]]:
    if rule.until is not Until.TIME:
        return []
    named = [ALWAYS]
    if rule.kind is not PhaseKind.SOAK and rule.target is not None:
        named += [LOAD, AIR, *_by_texture(dish, rule)]
    if index == 0:
        named.append(START)
    return [(MINUTES, driver) for driver in named]


def _target(rule: PhaseRule) -> list[tuple[str, str]]:
    governs = rule.target is not None and rule.kind in (PhaseKind.SOAK, PhaseKind.DRY)
    return [(TARGET, ALWAYS)] if governs else []


def _by_texture(dish: Dish, rule: PhaseRule) -> list[str]:
    return [SOFTER, FIRMER] if len(set(dish.textures) & set(rule.textures)) > 1 else []


def drivers(dish: Dish, conditions: Conditions) -> dict[str, float]:
    """The drivers' values. load: -1 at the least, 1 at the most that the dish allows, on a
    logarithmic scale; air: 0 at sea level, 1 at 4000 m; little_in_air: 1 for the least load there;
    start: 0 at 20 °C, 1 at 35 °C."""
    least, most = max(dish.min_dry_g, LOAD_STEP_G), dish.max_dry_g
    middle = math.sqrt(least * most)
    load = math.log(conditions.dry_g / middle) / math.log(most / middle)
    load = min(max(load, -1.0), 1.0)
    air = min(max((100 - conditions.tb_c) / (100 - _LOWEST_BOILING_C), 0.0), 1.0)
    return {
        ALWAYS: 1.0,
        LOAD: load,
        AIR: air,
        LITTLE_IN_AIR: air * (1 - load) / 2,
        START: min(max((conditions.start_c - _START_C) / _START_SPAN_K, -1.0), 1.0),
        SOFTER: float(conditions.texture in (Texture.SOFT, Texture.THICK)),
        FIRMER: float(conditions.texture in (Texture.FIRM, Texture.THIN)),
    }


def corrected(product: Product, conditions: Conditions, corrections: Corrections) -> Schedule:
    """The menu's programme for the conditions, corrected; rounded and clipped as the menu's is.

    Raises BoardDataError for a dish that the menu lacks.
    """
    dish = product.dish(conditions.dish)
    values = drivers(dish, conditions)
    sums: dict[tuple[int, str], float] = {}
    for knob, weight in corrections.items():
        at = (knob.phase, knob.number)
        sums[at] = sums.get(at, 0.0) + weight * values[knob.driver]
    load = (conditions.dry_g, conditions.texture)
    phases = tuple(_corrected(rule, i, sums, load) for i, rule in enumerate(dish.phases))
    menu = {dish.id: replace(dish, phases=phases)}
    return programme(replace(product, menu=menu), conditions)


def _corrected(
    rule: PhaseRule, index: int, sums: Mapping[tuple[int, str], float], load: tuple[float, Texture]
) -> PhaseRule:
    target = rule.target
    if target is not None:
        target = _fixed(target.at(*load) + sums.get((index, TARGET), 0.0))
    return replace(
        rule,
        target=target,
        power_pct=_fixed(rule.power_pct.at(*load) * math.exp(sums.get((index, POWER), 0.0))),
        minutes=_fixed(rule.minutes.at(*load) * math.exp(sums.get((index, MINUTES), 0.0))),
    )


def _fixed(value: float) -> Amount:
    return Amount(((0.0, value),))
