"""The menu's fixed programme of a dish, made concrete for the conditions of one cook.

It is the fallback where the model's schedule is refused, and the expert that the model learns
from. Its numbers are those of the schedule language: whole °C, power in steps of 5 %, whole minutes
(whole hours above four hours).
"""

from __future__ import annotations

import math

from wenhuo.boards import Dish, PhaseRule, Product
from wenhuo.conditions import Conditions, nearest_step
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

POWER_STEP_PCT = 5
LONGEST_IN_MINUTES = 240  # the schedule language counts longer phases in hours
LONGEST_IN_HOURS = 12
KEEP_WARM_POWER_PCT = 20
# Cooking's activation energy and boiling at sea level (Cheigh 1978, 90-100 °C: 71 kJ/mol).
_E_OVER_R_K = 71_000 / 8.314
_KELVIN = 273.15

# The order in which phases make sense; equal ranks may follow each other.
PHASE_ORDER = {
    PhaseKind.WAIT: 0,
    PhaseKind.SOAK: 1,
    PhaseKind.HEAT: 2,
    PhaseKind.BOIL: 3,
    PhaseKind.SIMMER: 3,
    PhaseKind.STEAM: 3,
    PhaseKind.DRY: 4,
    PhaseKind.REST: 5,
    PhaseKind.KEEP_WARM: 6,
}


def boiling_point_c(altitude_m: float) -> float:
    """Water's boiling point at an altitude, °C: barometric formula, then Antoine's equation."""
    pressure_pa = 101_325 * (1 - 2.25577e-5 * altitude_m) ** 5.25588
    return 1730.63 / (8.07131 - math.log10(pressure_pa / 133.322)) - 233.426


def cooking_slowdown(tb_c: float) -> float:
    """How much longer starch takes to cook at this boiling point than at 100 °C (Arrhenius)."""
    return math.exp(_E_OVER_R_K * (1 / (tb_c + _KELVIN) - 1 / (100 + _KELVIN)))


def programme(product: Product, conditions: Conditions) -> Schedule:
    """The menu's schedule for these conditions, at most 8 phases.

    A later start puts a wait of length 0 first: the controller fills it in. Keep-warm is held to
    what the dish allows. Raises BoardDataError for a dish that the menu lacks.
    """
    dish = product.dish(conditions.dish)
    rules = [rule for rule in dish.phases if conditions.texture in rule.textures]
    if conditions.from_phase is not None:
        reached = PHASE_ORDER[conditions.from_phase]
        rules = [rule for rule in rules if PHASE_ORDER[rule.kind] >= reached]
    phases = [_phase(rule, conditions) for rule in rules]
    if conditions.later:
        phases.insert(0, Phase(PhaseKind.WAIT, None, 0, 0))
    keep_min = min(conditions.keep_warm_min, most_keep_warm_min(product, dish, conditions))
    if keep_min > 0:
        target = float(round(dish.keep_warm.target_c))
        phases.append(Phase(PhaseKind.KEEP_WARM, target, KEEP_WARM_POWER_PCT, keep_min * 60))
    return tuple(phases)


def most_keep_warm_min(product: Product, dish: Dish, conditions: Conditions) -> int:
    """How long keep-warm may last: the dish's limit after a cook, the appliance's where keeping
    warm is all that was asked for."""
    if conditions.from_phase is PhaseKind.KEEP_WARM:
        return product.limits.keep_warm_max_min
    return dish.keep_warm.max_min


def _phase(rule: PhaseRule, conditions: Conditions) -> Phase:
    """One phase made concrete."""
    load = (conditions.dry_g, conditions.texture)
    target_c = None
    if rule.target is not None:
        target_c = rule.target.at(*load) + (conditions.tb_c if rule.from_boil else 0)
        target_c = float(min(max(round(target_c), 30), 150))
    power = rule.power_pct.at(*load)
    minutes = rule.minutes.at(*load)
    if rule.follows_mains:
        more = (100 / conditions.mains_pct) ** 2
        power *= more
        if rule.until is not Until.TIME:
            minutes *= min(max(1.0, more), 2.0)  # a limit, not a length: weak mains need longer
    slowdown = cooking_slowdown(conditions.tb_c)
    minutes *= 1 + rule.slower_below_100 * (slowdown - 1)
    if rule.gentler_below_100:
        power /= slowdown
    power_pct = 0 if target_c is None else min(max(nearest_step(power, POWER_STEP_PCT), 5), 100)
    return Phase(rule.kind, target_c, power_pct, _duration_s(minutes), rule.until)


def _duration_s(minutes: float) -> int:
    """Minutes as the schedule language can say them, in s."""
    hours = round(minutes / 60)
    if minutes > LONGEST_IN_MINUTES and hours * 60 > LONGEST_IN_MINUTES:
        return min(hours, LONGEST_IN_HOURS) * 3600
    return min(max(round(minutes), 1), LONGEST_IN_MINUTES) * 60
