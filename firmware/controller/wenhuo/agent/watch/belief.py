"""What is truly in the pot, as far as the readings tell: the forecast's lump, led by them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

from wenhuo.agent.watch.heat_up import HeatUp
from wenhuo.boards import Product
from wenhuo.boards.product import GRAIN_ML_PER_G
from wenhuo.boards.watching import load_watching
from wenhuo.conditions import LOAD_STEP_G, Conditions
from wenhuo.executive.records import BoardState, Sample
from wenhuo.planning.estimate import WATER_J_PER_G_K, Lump, PotState
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

DRY_SD_G = LOAD_STEP_G / math.sqrt(12)  # of a load that is known in steps
DRY_SD = 0.02  # of one that was measured
WATER_SD = 0.04  # what people pour, relative to the menu's amount
_AFTER_LID_SD = 0.08  # the same once the lid was open: something may have gone in
_BALANCE_SD, _BALANCE_SD_G = 0.010, 3.0  # of the heat balance's water, on the twin
_FORECAST_STEP_S = 10.0  # many forecasts are made of a cook under watch
_COLD_LID_C = 40.0  # a lid that is warmer has been heated
_LIVE_STEP_S, _STILL_STEP_S = 5.0, 60.0
_TAP_C = 18.0
_RECENT = 6  # looks over which power and readings are meant
_FOLLOW = 0.15  # of the difference that a look takes over
_COLD_SETTLES_S = 52.0
_LEAST_FALL_K = 1.5
_SPLASH = 0.1
_PLATEAU_S = 45.0
_BOILS_C = (84.0, 101.5)  # at 4500 m, and under a high at the sea
_NOT_YET_DRY = 0.015  # of all water: as long as the board sees no dryness there is some
_LID_AGO_S = 90.0


class Belief:
    """Led by one sample after another. pot: the state believed; lump: its equations.

    water_g: all water that came into the pot; water_known: whether it was measured. tb_measured_c:
    the boiling point as the plateau shows it, or None. added_g: what was poured in on the way.
    boiled: since the food was last cold.
    """

    def __init__(
        self,
        product: Product,
        conditions: Conditions,
        dry_g: float | None = None,
        ambient_c: float | None = None,
        water_share: float = 1.0,
    ) -> None:
        """dry_g: dry food as it was said; None where only the conditions' step is known. ambient_c:
        the room; None = what the lid of the cold cooker reads. water_share: of the menu's water,
        where the household likes another amount."""
        self._product = product
        self._heat = product.appliance.heat
        watching = load_watching(product)
        self._path, self._cold_k = watching.path, watching.thresholds.cold_k
        self._room_known = ambient_c is not None
        self.lump = Lump.of(product, conditions)
        if ambient_c is not None:
            self.lump.ambient_c = ambient_c
        self.lump.step_s = _FORECAST_STEP_S
        self.lump.rest_loss_w_per_k = self._path.rest_loss_w_per_k
        self._dry_sd_g = DRY_SD_G if dry_g is None else DRY_SD * dry_g
        self.told_dry_g = self.lump.dry_g = float(conditions.dry_g if dry_g is None else dry_g)
        self._water_share = water_share
        menu_g = self.lump.dish.water_g(self.lump.dry_g, conditions.texture)
        self.pot: PotState = self.lump.filled(float(conditions.start_c), water_share * menu_g)
        self.planned_water_g = self.water_g = self.pot.water_g
        self._poured_for = conditions.texture  # whatever people wish for later
        self.water_known = False
        self.tb_measured_c: float | None = None
        self.added_g = 0.0
        self.boiled = False
        self.power_w = 0.0  # electrical, mean of the last looks
        self.lid_opened_s: float | None = None
        self.lid_open_s = 0.0
        self.pot_out_s = 0.0
        self._heat_up = HeatUp(product, self.lump)
        self._recent: deque[Sample] = deque(maxlen=_RECENT)
        self._phase: Phase | None = None
        self._cold_since_s: float | None = None
        self._before_cold_c = self._cold_power_w = self._cold_open_s = 0.0
        self._cold_energy_j = 0
        self._start_c = float(conditions.start_c)

    @property
    def weighing(self) -> bool:
        """Whether something cold has come in and is not weighed yet."""
        return self._cold_since_s is not None

    @property
    def water_sd(self) -> float:
        """How well the heat balance knows the water: a standard deviation, as a share."""
        return _BALANCE_SD + _BALANCE_SD_G / max(1.0, self.water_g)

    def filled_share(self, product: Product) -> float:
        """How full the pot is; 1 is as full as it may be."""
        grain_ml_per_g = GRAIN_ML_PER_G + self.pot.uptake
        full_ml = self.pot.water_g + self.lump.dry_g * grain_ml_per_g
        return full_ml / product.appliance.pot.max_fill_ml

    def head_share(self, product: Product) -> float:
        """The room above the food, over that of a pot as full as it may be."""
        pot = product.appliance.pot
        full_ml = self.filled_share(product) * pot.max_fill_ml
        return max(0.0, pot.capacity_ml - full_ml) / (pot.capacity_ml - pot.max_fill_ml)

    def see(self, sample: Sample, schedule: Schedule) -> None:
        """Take one look at the board, which runs this schedule."""
        last = self._recent[-1] if self._recent else None
        self._recent.append(sample)
        if last is None:
            self._meet(sample, schedule)
            return
        if sample.t_s <= last.t_s:
            return
        span_s = sample.t_s - last.t_s
        self.power_w = self._mean_power_w()
        if sample.mains_v:
            share = sample.mains_v / self._product.heater.rated_v
            gain = self._product.calibration.heater_gain
            self.lump.full_w = self._product.heater.rated_w * share**2 * gain
        self._live(sample, max(0, sample.energy_j - last.energy_j) / span_s, span_s)
        if sample.state is BoardState.WAITING or sample.kind is None:
            return
        if not self.boiled:
            self._heat_up.see(sample)
        self._note_cold(sample)
        self._follow(sample)
        self._enter(sample, schedule)

    def _meet(self, sample: Sample, schedule: Schedule) -> None:
        """The first look. Where the cook has run for a while (the controller was away), what that
        must have done to the pot is taken from the forecast."""
        if not self._room_known and sample.lid_c is not None and sample.lid_c < _COLD_LID_C:
            self.lump.ambient_c = sample.lid_c
        index = sample.phase_index
        if index is None or index >= len(schedule) or (index == 0 and sample.phase_elapsed_s < 60):
            return
        heated = [p for p in schedule[:index] if p.kind is not PhaseKind.WAIT]
        now = replace(schedule[index], until=Until.TIME, duration_s=round(sample.phase_elapsed_s))
        for phase in (*heated, now) if now.kind is not PhaseKind.WAIT else ():
            self.lump.run(self.pot, phase)
        self._phase = schedule[index]
        boiling_c = self.lump.tb_c - 1.0
        past = any(p.until is Until.BOIL for p in heated)
        cooks = now.kind in (PhaseKind.BOIL, PhaseKind.SIMMER, PhaseKind.STEAM)
        if past or (cooks and (sample.bottom_c or 0.0) >= boiling_c):
            self.boiled = True
            self.pot.food_c = self.lump.tb_c
        self._heat_up.restart()

    def _mean_power_w(self) -> float:
        first, last = self._recent[0], self._recent[-1]
        return max(0, last.energy_j - first.energy_j) / max(1.0, last.t_s - first.t_s)

    def _live(self, sample: Sample, electrical_w: float, span_s: float) -> None:
        """Let the lump have what the heater gave and lose what an open lid or the table took."""
        path, room_c = self._path, self.lump.ambient_c
        loss = path.rest_loss_w_per_k if sample.kind is PhaseKind.REST else 0.0
        if not sample.lid_closed:
            loss += path.open_w_per_k
            self.lid_opened_s = sample.t_s
            self.lid_open_s += span_s
        if not sample.pot_present:
            loss += path.pot_out_w_per_k
            self.pot_out_s += span_s
        heat_w = self._heat.efficiency * electrical_w if sample.pot_present else 0.0
        still = sample.state is BoardState.WAITING
        steps = max(1, math.ceil(span_s / (_STILL_STEP_S if still else _LIVE_STEP_S)))
        for _ in range(steps):
            loss_w = loss * (self.pot.food_c - room_c)
            self.lump.heated(self.pot, heat_w, span_s / steps, loss_w)
        if self.boiled:  # the lump lets a dry pot get hotter than moist food does
            self.pot.food_c = min(self.pot.food_c, self.lump.tb_c)

    def _seen_food_c(self, sample: Sample) -> float | None:
        """The food's temperature by the bottom sensor; None where it tells nothing of it."""
        if sample.bottom_c is None or not sample.pot_present or self.pot.water_g <= 0:
            return None
        if self.boiled:
            return sample.bottom_c - self.power_w * self._path.plateau_k_per_w
        return sample.bottom_c - self.power_w * self._heat.efficiency / self._heat.water_w_per_k

    def _follow(self, sample: Sample) -> None:
        seen_c = self._seen_food_c(sample)
        if seen_c is None or self._cold_since_s is not None or self.power_w <= 0:
            return
        off = min(seen_c, self.lump.tb_c) - self.pot.food_c
        if not self.boiled or off < -2.0:
            self.pot.food_c += _FOLLOW * off

    def _note_cold(self, sample: Sample) -> None:
        """Something cold came in: the bottom fell under heat soon after the lid was opened."""
        if self._cold_since_s is not None:
            if sample.t_s - self._cold_since_s >= _COLD_SETTLES_S:
                self._weigh_cold(sample)
            return
        lid_ago_s = math.inf if self.lid_opened_s is None else sample.t_s - self.lid_opened_s
        if lid_ago_s > _LID_AGO_S or len(self._recent) < _RECENT or self.pot.water_g <= 0:
            return
        earlier = self._recent[0]
        steady = earlier.pot_present and sample.pot_present and earlier.kind is sample.kind
        if not steady or earlier.bottom_c is None or sample.bottom_c is None:
            return
        cooler_k = earlier.bottom_c - sample.bottom_c
        more_w = (sample.duty_pct - earlier.duty_pct) / 100 * self.lump.full_w
        if cooler_k + more_w * self._path.plateau_k_per_w >= self._cold_k:
            self._cold_since_s = earlier.t_s
            self._before_cold_c = self.pot.food_c
            self._cold_energy_j, self._cold_open_s = earlier.energy_j, self.lid_open_s
            self._cold_power_w = earlier.duty_pct / 100 * self.lump.full_w

    def _weigh_cold(self, sample: Sample) -> None:
        """How much cold water it was, by how much it cooled the pot and what the heater gave more
        than before."""
        seen_c = self._seen_food_c(sample)
        if seen_c is None or self._cold_since_s is None:
            self._cold_since_s = None
            return
        food = self.lump.dish.food.heat_j_per_g_k * self.lump.dry_g
        since_s = sample.t_s - self._cold_since_s
        open_w = self._path.open_w_per_k * (self.pot.food_c - self.lump.ambient_c)
        lost_j = open_w * max(0.0, self.lid_open_s - self._cold_open_s)
        given_j = sample.energy_j - self._cold_energy_j - self._cold_power_w * since_s
        given_j = max(0.0, self._heat.efficiency * given_j - lost_j)
        self._cold_since_s = None
        food += WATER_J_PER_G_K * (self.pot.water_g + self.pot.uptake * self.lump.dry_g)
        pot = self._product.appliance.pot.heat_capacity_j_per_k + self._heat.plate_j_per_k
        fell_k = self._before_cold_c - seen_c + given_j / (food + pot)
        if fell_k < _LEAST_FALL_K:
            return
        added_g = (food + pot) * fell_k / (WATER_J_PER_G_K * max(5.0, seen_c - _TAP_C))
        if not self.boiled:  # a first guess: the heat-up will weigh it
            added_g = min(added_g, _SPLASH * self.water_g)
        self.pour(added_g, seen_c)

    def pour(self, added_g: float, food_c: float) -> None:
        """So much water more, and the food that warm since."""
        self.added_g += added_g
        self.water_g += added_g
        self.pot.water_g += added_g
        self.pot.food_c = min(food_c, self.lump.tb_c)
        if not self.boiled:
            self._heat_up.restart()

    def _enter(self, sample: Sample, schedule: Schedule) -> None:
        """Notice the end of a phase that boiling or dryness has ended."""
        index = sample.phase_index
        if index is None or index >= len(schedule):
            return
        before, self._phase = self._phase, schedule[index]
        if self.boiled and self._phase.until is Until.DRY:
            self.pot.water_g = max(self.pot.water_g, _NOT_YET_DRY * self.water_g)
        if before is None or self._phase.kind is before.kind:  # the same one, or its successor
            return
        if before.until is Until.BOIL and not self.boiled:
            self._boils()
        elif before.until is Until.DRY:
            self.pot.water_g = 0.0

    def _boils(self) -> None:
        """The heat-up is over: weigh the pot and read the boiling point from the plateau."""
        self.boiled = True
        self._read_boiling_point()
        self.weigh()
        self.pot.food_c = self.lump.tb_c

    def _read_boiling_point(self) -> None:
        seen = list(self._recent)[:-1]  # the last look is of the next phase
        known_c = [s.bottom_c for s in seen[-2:] if s.bottom_c is not None and s.pot_present]
        if len(seen) < 4 or len(known_c) < 2 or not all(s.lid_closed for s in seen):
            return
        span_s = seen[-1].t_s - seen[0].t_s
        if self._recent[-1].t_s - seen[0].t_s > _PLATEAU_S or max(known_c) - min(known_c) > 1.0:
            return  # looks were missed: what was seen is not the plateau
        power_w = (seen[-1].energy_j - seen[0].energy_j) / max(1.0, span_s)
        tb_c = sum(known_c) / 2 - power_w * self._path.plateau_k_per_w
        if _BOILS_C[0] <= tb_c <= _BOILS_C[1]:
            self.tb_measured_c = tb_c

    def weigh(self) -> bool:
        """Take over what the heat balance says, where it says something."""
        seen = self._heat_up.balance(self.lump.dry_g, self.water_g, self._start_c)
        if seen is None:
            return False
        dry_g, water_g = self._likeliest(seen.water_g)
        self.lump.dry_g, self.water_g, self.water_known = dry_g, water_g, True
        gone_g = self.pot.uptake * dry_g + self.pot.evaporated_g
        self.pot.water_g = max(0.0, water_g - gone_g)
        return True

    def _likeliest(self, water_g: float) -> tuple[float, float]:
        """Dry food and water that the heat balance allows, by how people measure and pour: more dry
        food needs less water for the same heat capacity."""
        if self.added_g > 0:  # no habit tells how much that was
            return self.lump.dry_g, water_g
        per_g = self.lump.dish.food.heat_j_per_g_k / WATER_J_PER_G_K
        habit_sd = _AFTER_LID_SD if self.lid_open_s > 0 else WATER_SD
        best, least = (self.lump.dry_g, water_g), math.inf
        for step in range(-LOAD_STEP_G // 2, LOAD_STEP_G // 2 + 1):
            dry_g = self.told_dry_g + step
            if dry_g <= 0:
                continue
            balanced_g = water_g - (dry_g - self.lump.dry_g) * per_g
            poured_g = self._water_share * self.lump.dish.water_g(dry_g, self._poured_for)
            if poured_g <= 0:
                return self.lump.dry_g, water_g
            # the water between what the balance and the habit say
            sd = _BALANCE_SD + _BALANCE_SD_G / poured_g
            share = habit_sd**2 / (habit_sd**2 + sd**2)
            taken_g = poured_g + share * (balanced_g - poured_g)
            off = ((balanced_g - poured_g) / poured_g) ** 2 / (habit_sd**2 + sd**2)
            off += (step / self._dry_sd_g) ** 2
            if off < least:
                best, least = (dry_g, taken_g), off
        return best
