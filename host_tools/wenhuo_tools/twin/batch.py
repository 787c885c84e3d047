"""Many cooks fast: a schedule on the kernel with an idealized copy of the power board's control.

The same physics as the plant, in steps of half a second and without ADC or noise. The control holds
the bottom NTC at the set-point under the phase's duty cap and ends phases by time, temperature,
boil or dry-out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wenhuo.schedule import PhaseKind, Schedule, Until
from wenhuo_tools.twin.dishes import Dish, dish_by_id
from wenhuo_tools.twin.food import Outcome, initial_state, outcome
from wenhuo_tools.twin.jit import compiled
from wenhuo_tools.twin.kernel import STATE_DTYPE, Record, clip, step
from wenhuo_tools.twin.params import Cooker, Load, Site, kernel_params

STEP_S = 0.5
BAND_K = 4.0  # full duty further than this below the set-point
RESET_S = 150.0  # integral time of the hold
TEMP_REACHED_K = 0.5
BOIL_STEAM_KG_S_M2 = 0.0006  # steam that shows on the lid: 20 mg/s from a 21 cm pot
BOIL_CONFIRM_S = 20.0
DRY_RISE_K = 12.0  # the bottom has left its plateau

TRACE_FIELDS = (
    *("t_s", "phase", "duty", "target_c", "ntc_bottom_c", "ntc_lid_c"),
    *("pot_c", "bottom_c", "core_c", "lid_c", "plate_c", "free_kg", "head_c"),
)
TRACE_DTYPE = np.dtype([(name, np.float64) for name in TRACE_FIELDS])
_PHASE_DTYPE = np.dtype(
    [(name, np.float64) for name in ("target_c", "cap", "duration_s")] + [("until", np.int64)]
)
_UNTIL_TIME, _UNTIL_TEMP, _UNTIL_BOIL, _UNTIL_DRY = range(4)
_UNTIL_CODE = {Until.TIME: 0, Until.TEMP: 1, Until.BOIL: 2, Until.DRY: 3}
_CONTROL_DTYPE = np.dtype([(name, np.float64) for name in ("integral", "plateau_c", "steam_s")])


@compiled
def held_duty(ntc_c: float, phase: Record, control: Record, dt: float) -> float:
    """Duty 0..1 of a proportional-integral hold under the phase's cap; off without a target."""
    if np.isnan(phase.target_c):
        return 0.0
    error = (phase.target_c - ntc_c) / BAND_K
    if abs(error) < 1.0:
        control.integral = clip(control.integral + error * dt / RESET_S, 0.0, 1.0)
    return float(min(phase.cap, clip(error + control.integral, 0.0, 1.0)))


@compiled
def phase_over(s: Record, p: Record, phase: Record, control: Record, dt: float) -> bool:
    """Has the phase's own condition come true?"""
    if phase.until == _UNTIL_TEMP:
        return bool(s.ntc_bottom_c >= phase.target_c - TEMP_REACHED_K)
    if phase.until == _UNTIL_BOIL:
        steaming = s.steam_kg_s > BOIL_STEAM_KG_S_M2 * p.pot_area_m2
        control.steam_s = control.steam_s + dt if steaming else 0.0
        return bool(control.steam_s >= BOIL_CONFIRM_S)
    if phase.until == _UNTIL_DRY:
        control.plateau_c = min(control.plateau_c, s.ntc_bottom_c)
        level_c = max(control.plateau_c, p.boil_c)
        return bool(s.ntc_bottom_c >= min(level_c + DRY_RISE_K, phase.target_c - 1.0))
    return False


@compiled
def log_row(row: Record, s: Record, phase_index: int, phase: Record, duty: float) -> None:
    """One row of the trace."""
    row.t_s, row.phase, row.duty, row.target_c = s.t_s, phase_index, duty, phase.target_c
    row.ntc_bottom_c, row.ntc_lid_c = s.ntc_bottom_c, s.ntc_lid_c
    row.pot_c, row.bottom_c, row.core_c = s.pot_c, s.bottom_c, s.core_c
    row.lid_c, row.plate_c, row.free_kg, row.head_c = s.lid_c, s.plate_c, s.free_kg, s.head_c


@compiled
def run_phases(  # noqa: PLR0917 (numba calls by position)
    state: Record,
    params: Record,
    phases: Record,
    ends: Record,
    by_condition: Record,
    control: Record,
    trace: Record,
    trace_every: int,
    dt: float,
) -> int:
    """Run all phases; ends[i] is the state after phase i. Returns the number of trace rows."""
    s, p, c = state[0], params[0], control[0]
    rows, tick = 0, 0
    for i in range(len(phases)):
        phase = phases[i]
        c.integral, c.plateau_c, c.steam_s = 0.0, 1000.0, 0.0
        for _ in range(int(phase.duration_s / dt + 0.5)):
            duty = held_duty(s.ntc_bottom_c, phase, c, dt)
            step(s, p, duty, True, dt)
            if trace_every > 0 and tick % trace_every == 0 and rows < len(trace):
                log_row(trace[rows], s, i, phase, duty)
                rows += 1
            tick += 1
            if phase_over(s, p, phase, c, dt):
                by_condition[i] = True
                break
        ends[i] = s
    return rows


@dataclass(frozen=True, slots=True)
class CookResult:
    """A schedule cooked in the twin.

    phase_end_s: when each phase ended. by_condition: whether it ended by its own `until` (False: by
    its longest time). served: the food at served_s, before keep-warm; final: at the end of all.
    trace: array of TRACE_DTYPE rows, or None.
    """

    phase_end_s: tuple[float, ...]
    by_condition: tuple[bool, ...]
    served_s: float
    served: Outcome
    final: Outcome
    trace: np.ndarray[Any, Any] | None = None


def _phase_rows(schedule: Schedule) -> np.ndarray[Any, Any]:
    rows = np.zeros(len(schedule), _PHASE_DTYPE)
    for row, phase in zip(rows, schedule, strict=True):
        target = np.nan if phase.target_c is None else phase.target_c
        row["target_c"], row["cap"] = target, phase.power_pct / 100.0
        row["duration_s"], row["until"] = phase.duration_s, _UNTIL_CODE[phase.until]
    return rows


def _served_index(schedule: Schedule) -> int:
    """The last phase before keep-warm."""
    for i, phase in enumerate(schedule):
        if phase.kind is PhaseKind.KEEP_WARM and i > 0:
            return i - 1
    return len(schedule) - 1


def run_schedule(
    cooker: Cooker,
    dish: Dish | str,
    load: Load,
    site: Site,
    phases: Schedule,
    *,
    trace_s: float | None = None,
    dt_s: float = STEP_S,
) -> CookResult:
    """Cook a schedule. trace_s: seconds between trace rows, None for no trace.

    Raises:
        BoardDataError: a dish that the twin does not know.
        ValueError: no phases.
    """
    if not phases:
        raise ValueError("a schedule of no phases cannot be run")
    dish = dish_by_id(dish) if isinstance(dish, str) else dish
    state = initial_state(dish, load, site)
    rows = _phase_rows(phases)
    ends = np.zeros(len(rows), STATE_DTYPE)
    by_condition = np.zeros(len(rows), np.bool_)
    every = 0 if trace_s is None else max(1, round(trace_s / dt_s))
    most = int(rows["duration_s"].sum() / dt_s / every) + len(rows) + 1 if every else 0
    trace = np.zeros(most, TRACE_DTYPE)
    used = run_phases(
        state, kernel_params(cooker, dish, site), rows, ends, by_condition,
        np.zeros(1, _CONTROL_DTYPE), trace, every, dt_s,
    )  # fmt: skip
    served = _served_index(phases)
    return CookResult(
        phase_end_s=tuple(ends["t_s"].tolist()),
        by_condition=tuple(by_condition.tolist()),
        served_s=float(ends["t_s"][served]),
        served=outcome(ends[served : served + 1], dish),
        final=outcome(ends[-1:], dish),
        trace=trace[:used] if every else None,
    )
