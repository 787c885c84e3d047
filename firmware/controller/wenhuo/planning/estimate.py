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
from wenhuo.conditions import Conditions, Known
from wenhuo.intent import Texture
from wenhuo.planning.programme import cooking_slowdown
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

STEP_S = 5.0
# Where the food's temperature hardly moves and the clock alone ends the phase. Against 5 s always,
# 300 sampled schedules: ready within 5 s, free water within 3.3 g; 1.1 ms instead of 5.2.
LONG_STEP_S = 20.0
STEADY_K_PER_S = 0.005
ROOM_C = 20.0  # where nothing is measured
_STANDING = frozenset({PhaseKind.WAIT, PhaseKind.KEEP_WARM})  # nothing happens that is forecast
WATER_J_PER_G_K = 4.186
LATENT_J_PER_G = 2257.0
SOAK_PER_MIN = 0.08  # at 58 °C; 0.038 at 25 °C (90 % in 60 min) with 24 kJ/mol
GELATINIZES_C = 65.0
# Both fitted on the twin (wenhuo_models.factory.expert.timing). Cooler grain takes up less, 0.021
# by 3.8 g/g at 75, 6.6 at 95 °C (Briffaz 2014); swelling slows down less than cooking, 0.56 by 40
# against 71 kJ/mol.
SWELLING_LESS_PER_K = 0.029
SWELLING_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a schedule is expected to do.

    phase_s: the length of each phase, s (a wait of unknown length is 0). ready_s: from the end of
    the wait to the beginning of keep-warm. cooked_s: time at the dish's cooking temperature or
    above. lukewarm_s: time between the temperatures where germs grow, before the food was cooked.
    softened_s: what the food has had, in seconds at 100 °C. absorbed_g: water in the grain.
    """

    phase_s: tuple[int, ...]
    ready_s: int
    cooked_s: int
    lukewarm_s: int
    food_max_c: float
    evaporated_g: float
    free_water_g: float
    softened_s: float
    absorbed_g: float


@dataclass(slots=True)
class PotState:
    """The state of the forecast: food temperature, free water, water in the grain (per g dry), and
    what is counted on the way (see Forecast)."""

    food_c: float
    water_g: float
    uptake: float = 0.0
    evaporated_g: float = 0.0
    rise_c_per_s: float = 0.0
    t_s: float = 0.0
    cooked_s: float = 0.0
    lukewarm_s: float = 0.0
    softened_s: float = 0.0
    food_max_c: float = 0.0


def cooking_c(product: Product, dish: Dish, tb_c: float) -> float:
    """The temperature from which the dish counts as cooking, °C: its food-safety class's, or 3 K
    below the boiling point where that is lower."""
    return min(product.appliance.food_safety.classes[dish.safety_class].cook_c, tb_c - 3)


def forecast(
    product: Product,
    conditions: Conditions,
    schedule: Schedule,
    *,
    known: Known | None = None,
    water_g: float | None = None,
) -> Forecast:
    """Run the schedule on the lump. known: the conditions as measured; None = in their steps, in a
    room of 20 °C. water_g: None = the menu's amount for the load.

    Raises BoardDataError for a dish that the menu lacks.
    """
    cooking = tuple(phase for phase in schedule if phase.kind not in _STANDING)
    seen = _forecast(_Same(product), conditions, cooking, known, water_g)
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
    known: Known | None,
    water_g: float | None,
) -> Forecast:
    lump = Lump.of(same.product, conditions, known)
    start_c = known.start_c if known else float(conditions.start_c)
    return forecast_from(lump, lump.filled(start_c, water_g), cooking)


def forecast_from(lump: Lump, pot: PotState, schedule: Schedule) -> Forecast:
    """Run a schedule on from the state of a pot, which stays as it is; waits and keep-warm stand
    still. Times count from now, what was counted before goes on."""
    pot = replace(pot, t_s=0.0)
    lengths: list[int] = []
    for phase in schedule:
        begun_s = pot.t_s
        if phase.kind not in _STANDING:
            lump.run(pot, phase)
        lengths.append(phase.duration_s if phase.kind in _STANDING else round(pot.t_s - begun_s))
    return Forecast(
        phase_s=tuple(lengths),
        ready_s=round(pot.t_s),
        cooked_s=round(pot.cooked_s),
        lukewarm_s=round(pot.lukewarm_s),
        food_max_c=pot.food_max_c,
        evaporated_g=pot.evaporated_g,
        free_water_g=pot.water_g,
        softened_s=pot.softened_s,
        absorbed_g=pot.uptake * lump.dry_g,
    )


def time_to_ready_s(
    schedule: Schedule, product: Product, conditions: Conditions, known: Known | None = None
) -> float:
    """Seconds from the end of the wait until the dish is ready (the start of keep-warm)."""
    return float(forecast(product, conditions, schedule, known=known).ready_s)


class Lump:
    """The lump's equations for one cook. full_w: what the heater gives at full duty, W; dry_g,
    tb_c: dry food, g, and boiling point, °C; they may be set anew while a cook runs. step_s: of a
    forecast, s; rest_loss_w_per_k: what a resting pot loses beside the usual."""

    def __init__(
        self,
        product: Product,
        dish: Dish,
        *,
        dry_g: float,
        tb_c: float,
        full_w: float,
        ambient_c: float = ROOM_C,
        texture: Texture | None = None,
    ) -> None:
        self.dish = dish
        self.dry_g = dry_g
        self.tb_c = tb_c
        self.full_w = full_w
        self.step_s = STEP_S
        self.rest_loss_w_per_k = 0.0
        self._texture = texture
        self._heat = product.appliance.heat
        self._pot_j_per_k = product.appliance.pot.heat_capacity_j_per_k + self._heat.plate_j_per_k
        self.ambient_c = ambient_c
        self._cook_c = cooking_c(product, dish, tb_c)
        self._known_c = math.nan
        self._slowdown = self._most = self._per_min = 0.0
        self._lukewarm_c = (
            product.appliance.food_safety.lukewarm_from_c,
            product.appliance.food_safety.lukewarm_to_c,
        )

    @classmethod
    def of(cls, product: Product, conditions: Conditions, known: Known | None = None) -> Lump:
        """For what the kitchen knows. Raises BoardDataError for a dish that the menu lacks."""
        c = conditions
        exact = known or Known(c.dry_g, c.tb_c, c.mains_pct, c.start_c, ROOM_C)
        volts = exact.mains_pct / 100
        return cls(
            product,
            product.dish(c.dish),
            dry_g=float(exact.dry_g),
            tb_c=float(exact.tb_c),
            full_w=product.heater.rated_w * volts**2 * product.calibration.heater_gain,
            ambient_c=exact.ambient_c,
            texture=c.texture,
        )

    def filled(self, food_c: float, water_g: float | None = None) -> PotState:
        """A pot before the cook. water_g: None = the menu's amount for the load."""
        menu_g = self.dish.water_g(self.dry_g, self._texture) if water_g is None else water_g
        return PotState(food_c=food_c, water_g=menu_g, food_max_c=food_c)

    def run(self, pot: PotState, phase: Phase) -> None:
        """Advance the pot to the phase's end."""
        end_s = pot.t_s + phase.duration_s
        noticed_s = math.inf  # when the event happened, plus the board's delay
        timed = phase.until is Until.TIME
        steady = False
        while pot.t_s < min(end_s, noticed_s):
            step_s = max(self.step_s, LONG_STEP_S) if steady else self.step_s
            dt, before_c = min(step_s, end_s - pot.t_s), pot.food_c
            bottom_c = self._step(pot, phase, dt)
            steady = timed and abs(pot.food_c - before_c) < STEADY_K_PER_S * dt
            if not timed and noticed_s == math.inf:
                noticed_s = self._noticed_s(pot, phase, bottom_c)

    def _noticed_s(self, pot: PotState, phase: Phase, bottom_c: float) -> float:
        """When the board will end the phase because of what it measures, or never (inf)."""
        if phase.until is Until.BOIL:
            soon_c = pot.food_c + pot.rise_c_per_s * self.dish.food.boil_lead_s
            return pot.t_s + self._heat.boil_delay_s if soon_c >= self.tb_c - 0.5 else math.inf
        if phase.until is Until.DRY and pot.water_g <= 0:
            return pot.t_s + self._heat.dry_delay_s
        if phase.until is Until.TEMP and phase.target_c is not None:
            return pot.t_s if bottom_c >= phase.target_c - 1 else math.inf
        return math.inf

    def _step(self, pot: PotState, phase: Phase, dt: float) -> float:
        """One step of dt seconds; the pot bottom's temperature, °C."""
        heat = self._heat
        wet = heat.water_w_per_k if pot.water_g > 0 else heat.bed_w_per_k
        power_w = 0.0
        if phase.target_c is not None:
            most_w = heat.efficiency * self.full_w * phase.power_pct / 100
            power_w = min(most_w, wet * max(0.0, phase.target_c - pot.food_c))
        rest_w = 0.0
        if phase.kind is PhaseKind.REST:
            rest_w = self.rest_loss_w_per_k * (pot.food_c - self.ambient_c)
        self.heated(pot, power_w, dt, rest_w)
        return pot.food_c + power_w / wet

    def heated(self, pot: PotState, power_w: float, dt: float, loss_w: float = 0.0) -> None:
        """Let the pot have that much heat for dt seconds; loss_w: what it loses besides."""
        heat = self._heat
        food_j_per_k = self.dish.food.heat_j_per_g_k * self.dry_g + WATER_J_PER_G_K * (
            pot.water_g + pot.uptake * self.dry_g
        )
        net_w = power_w - loss_w - heat.loss_w_per_k * (pot.food_c - self.ambient_c)
        pot.rise_c_per_s = net_w / (food_j_per_k + self._pot_j_per_k)
        pot.food_c += pot.rise_c_per_s * dt
        if pot.food_c > self.tb_c and pot.water_g > 0:
            over_j = (pot.food_c - self.tb_c) * (food_j_per_k + self._pot_j_per_k)
            steam_g = max(0.0, over_j - heat.boiling_loss_w * dt) / LATENT_J_PER_G
            pot.evaporated_g += min(steam_g, pot.water_g)
            pot.water_g = max(0.0, pot.water_g - steam_g)
            pot.food_c = self.tb_c
        self.absorb(pot, dt)
        pot.t_s += dt
        self._count(pot, dt)

    def absorb(self, pot: PotState, dt: float) -> None:
        """Move free water into the grain."""
        if pot.food_c != self._known_c:
            self._know(pot.food_c)
        if pot.water_g <= 0 or pot.uptake >= self._most:
            return
        more = min((self._most - pot.uptake) * self._per_min * dt / 60, pot.water_g / self.dry_g)
        pot.uptake += more
        pot.water_g = max(0.0, pot.water_g - more * self.dry_g)

    def _know(self, food_c: float) -> None:
        """What depends on the food's temperature alone, which stands still while it boils: how
        slowly it cooks; how much water the grain takes up in the end, g/g, and how fast, 1/min."""
        self._known_c, self._slowdown = food_c, cooking_slowdown(food_c)
        food = self.dish.food
        most, per_min = food.absorbs_g_per_g, food.absorbs_per_min
        if food_c < GELATINIZES_C:
            self._most, self._per_min = food.soaks_g_per_g, SOAK_PER_MIN
        else:
            self._most = most * (1 - SWELLING_LESS_PER_K * (100 - food_c))
            self._per_min = per_min / self._slowdown**SWELLING_SHARE

    def _count(self, pot: PotState, dt: float) -> None:
        pot.food_max_c = max(pot.food_max_c, pot.food_c)
        pot.softened_s += dt / self._slowdown
        if pot.food_c >= self._cook_c:
            pot.cooked_s += dt
        elif pot.cooked_s == 0 and self._lukewarm_c[0] <= pot.food_c <= self._lukewarm_c[1]:
            pot.lukewarm_s += dt
