"""The safety envelope: every schedule passes here before the power board sees it, whoever wrote it.

After the numbers and the order come the dish's rules, judged on the forecast: a schedule that never
cooks the food, leaves it lukewarm or boils it dry is refused. The power board keeps its own limits.
"""

from __future__ import annotations

from itertools import pairwise

from wenhuo.boards import Dish, Product
from wenhuo.boards.menu import MAX_PHASES
from wenhuo.conditions import Conditions, Known
from wenhuo.errors import EnvelopeError
from wenhuo.planning.estimate import Forecast, cooking_c, forecast
from wenhuo.planning.programme import PHASE_ORDER, most_keep_warm_min
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

LONGEST_PHASE_S = 12 * 3600
FULL_POWER_PCT = 90
# How each kind of phase may end; the schedule language's grammar says the same.
ENDS = {
    PhaseKind.WAIT: {Until.TIME},
    PhaseKind.SOAK: {Until.TIME, Until.TEMP},
    PhaseKind.HEAT: {Until.TIME, Until.TEMP, Until.BOIL},
    PhaseKind.BOIL: {Until.TIME, Until.TEMP, Until.DRY},
    PhaseKind.SIMMER: {Until.TIME, Until.DRY},
    PhaseKind.STEAM: {Until.TIME, Until.DRY},
    PhaseKind.DRY: {Until.TIME, Until.TEMP, Until.DRY},
    PhaseKind.REST: {Until.TIME},
    PhaseKind.KEEP_WARM: {Until.TIME},
}
_MAY_BE_OFF = {PhaseKind.WAIT, PhaseKind.REST}
_HOT_START_C = 60
_COARSE = 0.7  # the forecast is a coarse model: refuse only what misses by more than its error


def check(
    schedule: Schedule, product: Product, conditions: Conditions, known: Known | None = None
) -> None:
    """Raise EnvelopeError, in one line, for a schedule that may not or should not be run.

    Checked in turn: number and order of phases, each phase's numbers, durations, keep-warm, the
    load, and what the forecast says about the food (cooked, not lukewarm for long, not boiled dry).
    known: for the forecast, the conditions as measured.
    Raises BoardDataError for a dish that the menu lacks.
    """
    dish = product.dish(conditions.dish)
    _check_order(schedule)
    for phase in schedule:
        _check_phase(phase, product)
    _check_durations(schedule, product)
    _check_keep_warm(schedule, product, dish, conditions)
    _check_load(product, dish, conditions)
    if any(PHASE_ORDER[phase.kind] < PHASE_ORDER[PhaseKind.KEEP_WARM] for phase in schedule):
        seen = forecast(product, conditions, schedule, known=known)
        _check_food(seen, product, dish, conditions)


def _check_order(schedule: Schedule) -> None:
    if not 1 <= len(schedule) <= MAX_PHASES:
        raise EnvelopeError(f"schedule: {len(schedule)} phases; give 1 to {MAX_PHASES}")
    for before, after in pairwise(schedule):
        if PHASE_ORDER[before.kind] > PHASE_ORDER[after.kind]:
            raise EnvelopeError(f"{after.kind.value}: may not follow {before.kind.value}; reorder")
        once = after.kind in (PhaseKind.WAIT, PhaseKind.KEEP_WARM)
        if once and before.kind is after.kind:
            raise EnvelopeError(f"{after.kind.value}: may come only once; remove one")
    if schedule[-1].kind is PhaseKind.WAIT:
        raise EnvelopeError("schedule: only a wait; plan again")


def _check_phase(phase: Phase, product: Product) -> None:
    """The numbers of one phase against the contract and the appliance's hard limits."""
    name, limits = phase.kind.value, product.limits
    if phase.until not in ENDS[phase.kind]:
        raise EnvelopeError(f"{name}: cannot end by {phase.until.value}; let it end by time")
    if not 0 <= phase.power_pct <= 100:
        raise EnvelopeError(f"{name}: power {phase.power_pct} %; give 0 to 100")
    if phase.target_c is None:
        if phase.kind not in _MAY_BE_OFF:
            raise EnvelopeError(f"{name}: has no set-point; give one")
        if phase.power_pct != 0:
            raise EnvelopeError(f"{name}: power {phase.power_pct} % with the heater off; give 0")
        return
    if phase.kind is PhaseKind.WAIT:
        raise EnvelopeError("wait: heats; the heater must be off")
    if not limits.setpoint_min_c <= phase.target_c <= limits.setpoint_max_c:
        span = f"{limits.setpoint_min_c:g} to {limits.setpoint_max_c:g} °C"
        raise EnvelopeError(f"{name}: set-point {phase.target_c:g} °C; allowed are {span}")
    if phase.power_pct == 0:
        raise EnvelopeError(f"{name}: set-point without power; give power or switch off")


def _check_durations(schedule: Schedule, product: Product) -> None:
    limits = product.limits
    cook_s = 0
    for phase in schedule:
        name = phase.kind.value
        if phase.kind is PhaseKind.WAIT:
            longest_h = product.appliance.food_safety.raw_hold[0][1]
            if not 0 <= phase.duration_s <= longest_h * 3600:
                raise EnvelopeError(f"wait: {phase.duration_s} s; allowed are 0 to {longest_h:g} h")
            continue
        if not 0 < phase.duration_s <= LONGEST_PHASE_S:
            raise EnvelopeError(f"{name}: {phase.duration_s} s; allowed are 1 s to 12 h")
        full = phase.power_pct >= FULL_POWER_PCT and phase.kind is not PhaseKind.KEEP_WARM
        if full and phase.duration_s > limits.full_power_max_min * 60:
            most = limits.full_power_max_min
            raise EnvelopeError(f"{name}: more than {most} min at full power; shorten it")
        if phase.kind is not PhaseKind.KEEP_WARM:
            cook_s += phase.duration_s
    if cook_s > limits.cook_max_min * 60:
        raise EnvelopeError(f"schedule: cooks for more than {limits.cook_max_min} min; shorten it")
    total_s = cook_s + sum(p.duration_s for p in schedule if p.kind is PhaseKind.KEEP_WARM)
    if total_s > limits.schedule_max_min * 60:
        raise EnvelopeError(f"schedule: longer than {limits.schedule_max_min} min; shorten it")


def _check_keep_warm(
    schedule: Schedule, product: Product, dish: Dish, conditions: Conditions
) -> None:
    phase, limits = schedule[-1], product.limits
    if phase.kind is not PhaseKind.KEEP_WARM:
        return
    target = phase.target_c or 0.0
    if not limits.keep_warm_min_c <= target <= limits.keep_warm_max_c:
        span = f"{limits.keep_warm_min_c:g} to {limits.keep_warm_max_c:g} °C"
        raise EnvelopeError(f"keep_warm: {target:g} °C; allowed are {span}")
    max_min = most_keep_warm_min(product, dish, conditions)
    if phase.duration_s > max_min * 60:
        raise EnvelopeError(f"keep_warm: {phase.duration_s // 60} min; at most {max_min} here")


def _check_load(product: Product, dish: Dish, conditions: Conditions) -> None:
    most = product.most_dry_g(dish, conditions.texture)
    if conditions.dry_g > most + 25:  # the load is known in steps of 50 g
        raise EnvelopeError(f"load: {conditions.dry_g} g; the pot takes {most} g of {dish.name_en}")


def _check_cooked(expected: Forecast, product: Product, dish: Dish, conditions: Conditions) -> None:
    """Hot enough, long enough, and not lukewarm for long: for a cook that starts with raw food."""
    safety = product.appliance.food_safety.classes[dish.safety_class]
    if expected.cooked_s < safety.cook_min * 60 * _COARSE:
        raise EnvelopeError(
            f"schedule: too little heat: {expected.cooked_s // 60} min at "
            f"{cooking_c(product, dish, conditions.tb_c):g} °C or more, "
            f"{safety.cook_min} min are needed"
        )
    if expected.lukewarm_s > safety.lukewarm_max_min * 60:
        raise EnvelopeError(
            f"schedule: raw food is lukewarm for {expected.lukewarm_s // 60} min; "
            f"at most {safety.lukewarm_max_min}"
        )
    if conditions.start_c < _HOT_START_C and expected.ready_s < dish.min_time_min * 60 * _COARSE:
        raise EnvelopeError(
            f"schedule: {expected.ready_s // 60} min; "
            f"{dish.name_en} needs at least {dish.min_time_min}"
        )


def _check_food(expected: Forecast, product: Product, dish: Dish, conditions: Conditions) -> None:
    """Power and time against the load: is the food cooked, safe, and still wet."""
    if conditions.from_phase is None:
        _check_cooked(expected, product, dish, conditions)
    water_g = dish.water_g(conditions.dry_g, conditions.texture)
    ends_wet = all(rule.until is not Until.DRY for rule in dish.phases)
    if ends_wet and water_g > 0 and expected.free_water_g <= 0:
        raise EnvelopeError(
            f"schedule: boils all {water_g:.0f} g of water away; lower power or time"
        )
