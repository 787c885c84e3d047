"""Many cooks fast: a schedule on the kernel with the power board's control, compiled.

The same physics as the plant, in steps of half a second and without ADC, noise, faults and link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wenhuo.schedule import PhaseKind, Schedule, Until
from wenhuo_tools.twin.control import (
    PHASE_DTYPE,
    UNTIL_BOIL,
    UNTIL_DRY,
    UNTIL_TEMP,
    UNTIL_TIME,
    demand,
    enter_phase,
    new_control,
    sense_second,
    start_cook,
)
from wenhuo_tools.twin.dishes import Dish, dish_by_id
from wenhuo_tools.twin.food import Outcome, initial_state, outcome
from wenhuo_tools.twin.jit import compiled
from wenhuo_tools.twin.kernel import STATE_DTYPE, Record, step
from wenhuo_tools.twin.params import Cooker, Load, Site, kernel_params

TICKS_PER_S = 2  # the kernel is stable up to steps of half a second

TRACE_FIELDS = (
    *("t_s", "phase", "duty", "target_c", "ntc_bottom_c", "ntc_lid_c"),
    *("pot_c", "bottom_c", "core_c", "lid_c", "plate_c", "free_kg", "head_c"),
)
TRACE_DTYPE = np.dtype([(name, np.float64) for name in TRACE_FIELDS])
_UNTIL_CODE = {
    Until.TIME: UNTIL_TIME,
    Until.TEMP: UNTIL_TEMP,
    Until.BOIL: UNTIL_BOIL,
    Until.DRY: UNTIL_DRY,
}


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
    ticks_per_s: int,
) -> int:
    """Run all phases; ends[i] is the state after phase i. Returns the number of trace rows."""
    s, p, c = state[0], params[0], control[0]
    rows, tick = 0, 0
    start_cook(c)
    for i in range(len(phases)):
        phase = phases[i]
        enter_phase(c)
        if i > 0:
            demand(c, phase, s.ntc_bottom_c, p.rated_w * (s.mains_v / p.rated_v) ** 2)
        for second in range(int(phase.duration_s)):
            for _ in range(ticks_per_s):
                step(s, p, c.duty, True, 1.0 / ticks_per_s)
                if trace_every > 0 and tick % trace_every == 0 and rows < len(trace):
                    log_row(trace[rows], s, i, phase, c.duty)
                    rows += 1
                tick += 1
            full_w = p.rated_w * (s.mains_v / p.rated_v) ** 2
            by_condition[i] = sense_second(
                c, phase, s.ntc_bottom_c, s.ntc_lid_c, s.lid_closed > 0.5, full_w
            )
            if by_condition[i] or second + 1 >= int(phase.duration_s):
                break
            demand(c, phase, s.ntc_bottom_c, full_w)
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
    rows = np.zeros(len(schedule), PHASE_DTYPE)
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
    ticks_per_s: int = TICKS_PER_S,
) -> CookResult:
    """Cook a schedule. trace_s: seconds between trace rows, None for no trace; ticks_per_s >= 2.

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
    every = 0 if trace_s is None else max(1, round(trace_s * ticks_per_s))
    most = int(rows["duration_s"].sum() * ticks_per_s / every) + len(rows) + 1 if every else 0
    trace = np.zeros(most, TRACE_DTYPE)
    used = run_phases(
        state,
        kernel_params(cooker, dish, site),
        rows,
        ends,
        by_condition,
        new_control(cooker.assumed_loss_w_k, cooker.rated_w),
        trace,
        every,
        ticks_per_s,
    )
    served = _served_index(phases)
    return CookResult(
        phase_end_s=tuple(ends["t_s"].tolist()),
        by_condition=tuple(by_condition.tolist()),
        served_s=float(ends["t_s"][served]),
        served=outcome(ends[served : served + 1], dish),
        final=outcome(ends[-1:], dish),
        trace=trace[:used] if every else None,
    )
