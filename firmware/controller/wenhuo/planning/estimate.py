"""How a schedule will go: a forecast of each phase's length and of the food's temperature.

One lump of plate, pot and food, heated through the pot bottom; at the boiling point further heat
makes steam; grain takes water up. The coefficients (boards: heat_model, absorption) are fitted on
the twin. It takes about a millisecond, so that the controller can ask it at every turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from wenhuo.boards import Dish, Product
from wenhuo.conditions import Conditions
from wenhuo.planning.programme import cooking_slowdown
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

STEP_S = 5.0
_STANDING = frozenset({PhaseKind.WAIT, PhaseKind.KEEP_WARM})  # nothing happens that is forecast
WATER_J_PER_G_K = 4.186
LATENT_J_PER_G = 2257.0
SOAKED_G_PER_G = 0.28  # what grain takes up below the gelatinization temperature
SOAK_PER_MIN = 0.08  # at 58 °C; 0.038 at 25 °C (90 % in 60 min) with 24 kJ/mol
GELATINIZES_C = 65.0
SWELLING_LESS_PER_K = 0.02  # cooler grain takes up less: 3.8 at 75, 6.6 g/g at 95 °C (Briffaz 2014)
SWELLING_SHARE = 0.56  # swelling slows down less than cooking: 40 against 71 kJ/mol


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a schedule is expected to do.

    phase_s: the length of each phase, s (a wait of unknown length is 0). ready_s: from the end of
    the wait to the beginning of keep-warm. cooked_s: time at the dish's cooking temperature or
    above. lukewarm_s: time between the temperatures where germs grow, before the food was cooked.
    """

    phase_s: tuple[int, ...]
    ready_s: int
    cooked_s: int
    lukewarm_s: int
    food_max_c: float
    evaporated_g: float
    free_water_g: float


@dataclass(slots=True)
class _Pot:
    """The state of the forecast: food temperature, free water, water in the grain (per g dry)."""

    food_c: float
    water_g: float
    uptake: float = 0.0
    evaporated_g: float = 0.0
    t_s: float = 0.0


def cooking_c(product: Product, dish: Dish, tb_c: float) -> float:
    """The temperature from which the dish counts as cooking, °C: its food-safety class's, or 3 K
    below the boiling point where that is lower."""
    return min(product.appliance.food_safety.classes[dish.safety_class].cook_c, tb_c - 3)


def forecast(
    product: Product,
    conditions: Conditions,
    schedule: Schedule,
    *,
    ambient_c: float = 20.0,
    water_g: float | None = None,
) -> Forecast:
    """Run the schedule on the lump. water_g: None = the menu's amount for the load.

    Raises BoardDataError for a dish that the menu lacks.
    """
    cooking = tuple(phase for phase in schedule if phase.kind not in _STANDING)
    seen = _forecast(_Same(product), conditions, cooking, ambient_c, water_g)
    lengths = iter(seen.phase_s)
    return replace(
        seen,
        phase_s=tuple(p.duration_s if p.kind in _STANDING else next(lengths) for p in schedule),
    )


class _Same:
    """A product as a key: by identity, since its data cannot be hashed."""

    def __init__(self, product: Product) -> None:
        self.product = product

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.product is self.product

    def __hash__(self) -> int:
        return id(self.product)


@lru_cache(maxsize=4)  # a turn asks for the same one when it times a schedule and when it checks it
def _forecast(
    same: _Same,
    conditions: Conditions,
    cooking: Schedule,
    ambient_c: float,
    water_g: float | None,
) -> Forecast:
    model = _Model(same.product, conditions, ambient_c)
    pot = _Pot(
        food_c=float(conditions.start_c),
        water_g=model.dish.water_g(conditions.dry_g, conditions.texture)
        if water_g is None
        else water_g,
    )
    lengths: list[int] = []
    for phase in cooking:
        begun_s = pot.t_s
        model.run(pot, phase)
        lengths.append(round(pot.t_s - begun_s))
    return Forecast(
        phase_s=tuple(lengths),
        ready_s=round(pot.t_s),
        cooked_s=round(model.cooked_s),
        lukewarm_s=round(model.lukewarm_s),
        food_max_c=model.food_max_c,
        evaporated_g=pot.evaporated_g,
        free_water_g=pot.water_g,
    )


def time_to_ready_s(schedule: Schedule, product: Product, conditions: Conditions) -> float:
    """Seconds from the end of the wait until the dish is ready (the start of keep-warm)."""
    return float(forecast(product, conditions, schedule).ready_s)


class _Model:
    """The lump's equations for one cook, and what is counted on the way."""

    def __init__(self, product: Product, conditions: Conditions, ambient_c: float) -> None:
        self.dish = product.dish(conditions.dish)
        self._heat = product.appliance.heat
        self._pot_j_per_k = product.appliance.pot.heat_capacity_j_per_k + self._heat.plate_j_per_k
        volts = conditions.mains_pct / 100
        self._full_w = product.heater.rated_w * volts**2 * product.calibration.heater_gain
        self._dry_g = conditions.dry_g
        self._tb_c = float(conditions.tb_c)
        self._ambient_c = ambient_c
        self._cook_c = cooking_c(product, self.dish, self._tb_c)
        self._lukewarm_c = (
            product.appliance.food_safety.lukewarm_from_c,
            product.appliance.food_safety.lukewarm_to_c,
        )
        self.cooked_s = 0.0
        self.lukewarm_s = 0.0
        self.food_max_c = float(conditions.start_c)

    def run(self, pot: _Pot, phase: Phase) -> None:
        """Advance the pot to the phase's end.

        A cook has a thousand steps and each turn waits for it, so the step stands here in one
        piece, over local names.
        """
        heat, dry_g, tb_c, target_c = self._heat, self._dry_g, self._tb_c, phase.target_c
        cook_c, (from_c, to_c) = self._cook_c, self._lukewarm_c
        most_w = heat.efficiency * self._full_w * phase.power_pct / 100
        dry_j_per_k = self.dish.food.heat_j_per_g_k * dry_g
        food_c, water_g, uptake, t_s = pot.food_c, pot.water_g, pot.uptake, pot.t_s
        end_s = t_s + phase.duration_s
        hottest_c = self.food_max_c
        awaits_event = phase.until is not Until.TIME
        noticed_s = math.inf  # when the event happened, plus the board's delay
        known_c = math.nan  # the temperature that `most` and `per_min` are for
        most = per_min = 0.0
        while t_s < end_s and t_s < noticed_s:
            dt = min(STEP_S, end_s - t_s)
            wet = heat.water_w_per_k if water_g > 0 else heat.bed_w_per_k
            power_w = 0.0
            if target_c is not None and target_c > food_c:
                power_w = min(most_w, wet * (target_c - food_c))
            j_per_k = dry_j_per_k + WATER_J_PER_G_K * (water_g + uptake * dry_g) + self._pot_j_per_k
            rise_c_per_s = (power_w - heat.loss_w_per_k * (food_c - self._ambient_c)) / j_per_k
            food_c += rise_c_per_s * dt
            if food_c > tb_c and water_g > 0:
                over_j = (food_c - tb_c) * j_per_k
                steam_g = max(0.0, over_j - heat.boiling_loss_w * dt) / LATENT_J_PER_G
                pot.evaporated_g += min(steam_g, water_g)
                water_g = max(0.0, water_g - steam_g)
                food_c = tb_c
            if food_c != known_c:  # it stands still while it boils
                known_c, (most, per_min) = food_c, self._absorbs(food_c)
            if water_g:
                more = (most - uptake) * per_min * dt / 60 if most > uptake else 0.0
                more = min(more, water_g / dry_g)
                uptake += more
                water_g -= more * dry_g
            t_s += dt
            if awaits_event and noticed_s == math.inf:
                pot.food_c, pot.water_g, pot.t_s = food_c, water_g, t_s
                noticed_s = self._noticed_s(pot, phase, rise_c_per_s, power_w / wet)
            hottest_c = food_c if food_c > hottest_c else hottest_c
            if food_c >= cook_c:
                self.cooked_s += dt
            elif from_c <= food_c <= to_c and not self.cooked_s:
                self.lukewarm_s += dt
        pot.food_c, pot.water_g, pot.uptake, pot.t_s = food_c, water_g, uptake, t_s
        self.food_max_c = hottest_c

    def _noticed_s(
        self, pot: _Pot, phase: Phase, rise_c_per_s: float, bottom_over_k: float
    ) -> float:
        """When the board will end the phase because of what it measures, or never (inf).

        bottom_over_k: by how much the pot's bottom is hotter than the food.
        """
        if phase.until is Until.BOIL:
            soon_c = pot.food_c + rise_c_per_s * self.dish.food.boil_lead_s
            return pot.t_s + self._heat.boil_delay_s if soon_c >= self._tb_c - 0.5 else math.inf
        if phase.until is Until.DRY and pot.water_g <= 0:
            return pot.t_s + self._heat.dry_delay_s
        if phase.until is Until.TEMP and phase.target_c is not None:
            return pot.t_s if pot.food_c + bottom_over_k >= phase.target_c - 1 else math.inf
        return math.inf

    def _absorbs(self, food_c: float) -> tuple[float, float]:
        """How much free water the grain takes up in the end, g/g, and how fast, 1/min."""
        most, per_min = self.dish.food.absorbs_g_per_g, self.dish.food.absorbs_per_min
        if food_c < GELATINIZES_C:
            return min(most, SOAKED_G_PER_G), SOAK_PER_MIN
        per_min /= cooking_slowdown(food_c) ** SWELLING_SHARE
        return most * (1 - SWELLING_LESS_PER_K * (100 - food_c)), per_min
