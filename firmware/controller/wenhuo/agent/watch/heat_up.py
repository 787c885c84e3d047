"""How much is in the pot: a heat balance over the heat-up.

Plate, pot and two layers of food are heated with the energy that the board has counted; the water
is the amount for which the bottom sensor would have read what it did. Where the food began is
fitted too, since the sensor reads the room until the pot has warmed it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from wenhuo.boards import Product
from wenhuo.boards.watching import HeatPath, load_watching
from wenhuo.executive.records import Sample
from wenhuo.planning.estimate import WATER_J_PER_G_K, Lump, PotState
from wenhuo.schedule import PhaseKind

_SETTLED_S = 40.0  # the sensor follows the food that late
_LEAST_RISE_K = 12.0  # less says nothing
_LEAST_ROWS = 8
_HELD_S = 180.0  # a set-point held so long has evened out where the food began
_BELOW_BOILING_K = 4.0  # of the lower layer: nearer to it steam carries heat that is not counted
_FAR = 4.0  # the water is looked for within so many times what is thought, either way
_ROUNDS = 5
_CLOSE = 0.003
_WATER_STEP, _START_STEP_K = 0.05, 1.0
_FLOOR_J_PER_K = 150.0  # metal and film of an almost empty layer
_STEP_S = 2.0


@dataclass(frozen=True, slots=True)
class _Row:
    t_s: float
    bottom_c: float
    lid_c: float
    heat_w: float
    open: bool
    held: bool  # at a set-point that the soak holds


@dataclass(frozen=True, slots=True)
class HeatBalance:
    """water_g: in the pot, the grain's included. start_c: the food when the rows began. food_c: its
    mean now. rise_k: over what rise it was seen."""

    water_g: float
    start_c: float
    food_c: float
    rise_k: float


class HeatUp:
    """Collects what the board told while the food got hot, and weighs it."""

    def __init__(self, product: Product, lump: Lump) -> None:
        self._path: HeatPath = load_watching(product).path
        self._pot_j_per_k = product.appliance.pot.heat_capacity_j_per_k
        self._gain = product.calibration.heater_gain
        self._lump = lump
        self._rows: list[_Row] = []
        self._last: Sample | None = None
        self._from_cold = True
        self._over_water = lump.dish.on_rack

    def restart(self) -> None:
        """The pot was moved or something was added: what was seen before counts no more."""
        self._rows = []
        self._from_cold = False

    def see(self, sample: Sample) -> None:
        """Take one look at the board. A pot that is out tells nothing."""
        last, self._last = self._last, sample
        if last is None or sample.bottom_c is None or sample.t_s <= last.t_s:
            return
        if not sample.pot_present:
            self.restart()
            return
        heat_w = self._gain * max(0, sample.energy_j - last.energy_j) / (sample.t_s - last.t_s)
        lid_c = self._lump.ambient_c if sample.lid_c is None else sample.lid_c
        held = sample.kind is PhaseKind.SOAK and sample.phase_elapsed_s >= _HELD_S
        row = _Row(sample.t_s, sample.bottom_c, lid_c, heat_w, not sample.lid_closed, held)
        self._rows.append(row)

    def balance(self, dry_g: float, water_g: float, start_c: float) -> HeatBalance | None:
        """The water for that much dry food; water_g, start_c: where to begin the search. None where
        too little was seen, or there should be no water."""
        if water_g <= 0:
            return None
        rows = self._below_boiling()
        anchor = max((i for i, row in enumerate(rows) if row.held), default=0)
        seen = rows[anchor:]
        if len(seen) < _LEAST_ROWS or seen[-1].bottom_c - seen[0].bottom_c < _LEAST_RISE_K:
            return None
        start_c = start_c if self._from_cold else rows[0].bottom_c
        fitted, least_g, most_g = _Fit(self, rows, dry_g, anchor), water_g / _FAR, water_g * _FAR
        for _ in range(_ROUNDS):
            before_g = water_g
            water_g, start_c = fitted.better(water_g, start_c)
            water_g = min(max(water_g, least_g), most_g)
            start_c = min(max(start_c, 0.0), self._lump.tb_c)
            if abs(water_g - before_g) < _CLOSE * water_g:
                break
        food_c = fitted.run(water_g, start_c)[2]
        return HeatBalance(water_g, start_c, food_c, food_c - start_c)

    def _below_boiling(self) -> list[_Row]:
        """The rows up to shortly before the lower layer boils."""
        rows = self._rows
        for end in range(len(rows), 1, -1):
            recent = rows[max(0, end - 5) : end]
            heat_w = sum(r.heat_w for r in recent) / len(recent)
            above_k = self._path.plateau_k_per_w * heat_w
            if rows[end - 1].bottom_c - above_k < self._lump.tb_c - _BELOW_BOILING_K:
                return rows[:end]
        return []

    def simulate(
        self, rows: list[_Row], dry_g: float, water_g: float, start_c: float, anchor: int
    ) -> tuple[list[float], float]:
        """The bottom readings there would have been, and the food's mean temperature at the end.

        At the anchor, where a held temperature is known, all of the pot is moved to it.
        """
        path, lump = self._path, self._lump
        room_c = lump.ambient_c
        plate = rows[0].bottom_c if self._from_cold else start_c
        pot = bottom = core = start_c
        sensor = rows[0].bottom_c
        food = PotState(food_c=start_c, water_g=water_g)
        share = 1.0 if self._over_water else path.bottom_share
        read, lid_c = [sensor], rows[0].lid_c
        for before, row in pairwise(rows):
            span_s = row.t_s - before.t_s
            layer, upper = self._capacities(share, dry_g, water_g)
            mixing = self._mixing(food, dry_g)
            lid_w = max(0.0, path.lid_j_per_k * (row.lid_c - lid_c) / span_s)
            lid_w += path.lid_air_w_per_k * max(0.0, row.lid_c - room_c)
            lid_c = row.lid_c
            quickest = max((path.pot_food_w_per_k + mixing) / layer, mixing / upper)
            steps = math.ceil(span_s / min(_STEP_S, 1 / quickest))  # longer ones would swing up
            dt = span_s / steps
            for _ in range(steps):
                if row.open:
                    lid_w = path.open_w_per_k * (core - room_c)
                to_pot = path.plate_pot_w_per_k * (plate - pot)
                to_food = path.pot_food_w_per_k * (pot - bottom)
                up = mixing * (bottom - core) if share < 1.0 else lid_w
                plate_w = row.heat_w - to_pot - path.plate_air_w_per_k * (plate - room_c)
                plate += dt * plate_w / path.plate_j_per_k
                pot_w = to_pot - to_food - path.pot_air_w_per_k * (pot - room_c)
                pot += dt * pot_w / self._pot_j_per_k
                bottom += dt * (to_food - up) / layer
                if share < 1.0:
                    core += dt * (up - lid_w) / upper
                seen = path.sensor_pot_share * pot + (1 - path.sensor_pot_share) * plate
                sensor += (seen - sensor) * min(1.0, dt / path.sensor_lag_s)
            if len(read) == anchor:
                off = row.bottom_c - sensor
                plate, pot, bottom, core = plate + off, pot + off, bottom + off, core + off
                sensor += off
            food.food_c = share * bottom + (1 - share) * core
            lump.absorb(food, span_s)
            read.append(sensor)
        return read, food.food_c

    def _capacities(self, share: float, dry_g: float, water_g: float) -> tuple[float, float]:
        """Heat capacities of the lower and the upper layer, J/K."""
        dry = 0.0 if self._over_water else self._lump.dish.food.heat_j_per_g_k * dry_g
        food = dry + WATER_J_PER_G_K * water_g
        return max(_FLOOR_J_PER_K, share * food), max(_FLOOR_J_PER_K, (1 - share) * food)

    def _mixing(self, food: PotState, dry_g: float) -> float:
        """Between the layers, W/K: as far as water stands between the grains."""
        path = self._path
        if self._lump.dish.food.absorbs_g_per_g <= 0:
            return path.layers_w_per_k
        void_ml = path.void_ml_per_g * dry_g * (1 + 1.45 * food.uptake)
        level = min(1.0, food.water_g / void_ml)
        return path.bed_w_per_k + (path.layers_w_per_k - path.bed_w_per_k) * level


class _Fit:
    """The water, and where no held temperature anchors the pot also its start, fitted to the mean
    misreading late and early."""

    def __init__(self, heat_up: HeatUp, rows: list[_Row], dry_g: float, anchor: int) -> None:
        self._heat_up, self._rows, self._dry_g, self._anchor = heat_up, rows, dry_g, anchor
        settled_s = rows[anchor].t_s + _SETTLED_S
        last = len(rows) - 4
        self._first = next(i for i, r in enumerate(rows) if r.t_s >= settled_s or i == last)
        self._third = max(1, (len(rows) - self._first) // 3)

    def run(self, water_g: float, start_c: float) -> tuple[float, float, float]:
        """Mean misreading early and late, K, and the food's temperature at the end."""
        read, food_c = self._heat_up.simulate(
            self._rows, self._dry_g, water_g, start_c, self._anchor
        )
        off = [row.bottom_c - c for row, c in zip(self._rows, read, strict=True)]
        early, late = off[self._first : self._first + self._third], off[-self._third :]
        return sum(early) / len(early), sum(late) / len(late), food_c

    def better(self, water_g: float, start_c: float) -> tuple[float, float]:
        """A step of Newton's method, held to half and double the water."""
        early, late, _ = self.run(water_g, start_c)
        more = water_g * _WATER_STEP
        by_water = self.run(water_g + more, start_c)
        a, c = (by_water[0] - early) / more, (by_water[1] - late) / more
        if self._anchor:
            return water_g + _held(-late / c if c else 0.0, water_g), start_c
        by_start = self.run(water_g, start_c + _START_STEP_K)
        b, d = (by_start[0] - early) / _START_STEP_K, (by_start[1] - late) / _START_STEP_K
        det = a * d - b * c
        if abs(det) < 1e-9:
            return water_g, start_c
        water_by = -(d * early - b * late) / det
        start_by = -(a * late - c * early) / det
        return water_g + _held(water_by, water_g), start_c + min(max(start_by, -10.0), 10.0)


def _held(by_g: float, water_g: float) -> float:
    return min(max(by_g, -0.5 * water_g), water_g)
