"""The power board's control for the batch: firmware/power_board/{control,detect,phases,board}.py.

The same laws once a second, compiled, in °C, W and s instead of integers, without ADC noise, faults
and link. A test drives both with the same readings. Constants carry the firmware's names. The
control's times are those of a cooker that nobody has calibrated, as the twin is one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wenhuo_tools.image import (
    BOIL_LID_CC,
    BOIL_MAX_CC,
    BOIL_MIN_CC,
    BOIL_MIN_SHARE,
    BOIL_RISE_CC,
    CONTROL_HEAT_MAX_J_PER_K,
    CONTROL_INTEGRAL_S,
    CONTROL_LEAD_S,
    CONTROL_TAU_S,
    DRY_MARGIN_CC,
    POWER_STEP_SHARE,
)
from wenhuo_tools.twin.jit import compiled
from wenhuo_tools.twin.kernel import Record, clip

TAU_S, LEAD_S, SLOPE_S = float(CONTROL_TAU_S), float(CONTROL_LEAD_S), 20
INTEGRAL_S, INTEGRAL_BAND_K, INTEGRAL_MAX_W = float(CONTROL_INTEGRAL_S), 5.0, 60.0
C_MIN_J_K, C_MAX_J_K, C_START_J_K = 900.0, float(CONTROL_HEAT_MAX_J_PER_K), 2500.0
LEARN_DUTY, LEARN_AFTER_S, LEARN_RISE_K = 0.3, 45.0, 0.405  # more than 40 of the board's whole cc
ROOM_C = 23.0

BOIL_HOLD_S, BLIND_HOLD_S, DRY_HOLD_S, SETTLE_S = 8.0, 90.0, 3.0, 90.0
CREEP_K, LEAVING_K, LEFT_K = 0.01, 1.5, 3.0
COLD_K, COLD_SETTLING_K = 3.0, 13.0

TEMP_NEAR_K, DRY_AT_TARGET_S, DRY_SURE_C, AT_TARGET_K = 0.5, 30.0, 115.0, 1.0

HISTORY_S = 64
UNTIL_TIME, UNTIL_TEMP, UNTIL_BOIL, UNTIL_DRY = range(4)

PHASE_DTYPE = np.dtype(
    [(name, np.float64) for name in ("target_c", "cap", "duration_s")] + [("until", np.int64)]
)
CONTROL_DTYPE = np.dtype(
    [
        (name, np.float64)
        for name in (
            *("duty", "heat_j_k", "integral_w", "busy_s", "at_target_s"),
            *("boiling", "dry", "plateau_c", "steady_s", "leaving_s", "settle_s"),
            *("settle_from_c", "heat_w"),
            *(
                "boil_rise_k",
                "boil_min_c",
                "boil_max_c",
                "boil_lid_c",
                "boil_min_w",
                "power_step_w",
            ),
            *("dry_margin_k",),
            *("seconds", "loss_w_k"),
        )
    ]
    + [("history_c", np.float64, (HISTORY_S,))]
)


def new_control(assumed_loss_w_k: float, rated_w: float) -> np.ndarray[Any, Any]:
    """An array of one CONTROL_DTYPE record, with the thresholds that go into a board's image."""
    control = np.zeros(1, CONTROL_DTYPE)
    control["boil_rise_k"], control["boil_min_c"] = BOIL_RISE_CC / 100, BOIL_MIN_CC / 100
    control["boil_max_c"] = BOIL_MAX_CC / 100
    control["boil_lid_c"], control["boil_min_w"] = BOIL_LID_CC / 100, rated_w * BOIL_MIN_SHARE
    control["power_step_w"] = rated_w * POWER_STEP_SHARE
    control["dry_margin_k"], control["loss_w_k"] = DRY_MARGIN_CC / 100, assumed_loss_w_k
    return control


@compiled
def start_cook(c: Record) -> None:
    """A new cook: nothing learned, nothing seen."""
    c.duty, c.heat_j_k, c.seconds = 0.0, C_START_J_K, 0.0
    c.boiling, c.dry, c.plateau_c = 0.0, 0.0, np.nan
    c.steady_s, c.leaving_s, c.settle_s = 0.0, 0.0, 0.0
    c.settle_from_c, c.heat_w = 0.0, 0.0


@compiled
def enter_phase(c: Record) -> None:
    """A new phase: a new set-point to hold."""
    c.integral_w, c.busy_s, c.at_target_s = 0.0, 0.0, 0.0


@compiled
def rise_k(c: Record, seconds: int) -> float:
    """The bottom's rise in the last so many seconds; 0 while too few are known."""
    if c.seconds <= seconds:
        return 0.0
    now = int(c.seconds)
    return float(c.history_c[now % HISTORY_S] - c.history_c[(now - seconds) % HISTORY_S])


@compiled
def rest(c: Record) -> None:
    """The heater is off on purpose, or cold water came in: nothing boils for now."""
    c.boiling, c.steady_s = 0.0, 0.0


@compiled
def before_boiling(c: Record, bottom_c: float, lid_c: float, shut: bool, heat_w: float) -> None:
    """Steady bottom and hot lid: it boils; with the lid open only the bottom tells."""
    flat = abs(rise_k(c, 30)) <= c.boil_rise_k and abs(rise_k(c, 10)) * 3.0 <= c.boil_rise_k
    possible = c.boil_min_c <= bottom_c <= c.boil_max_c
    if not flat or heat_w < c.boil_min_w or not possible:
        c.steady_s = 0.0
        return
    c.steady_s += 1.0
    hot = shut and lid_c >= c.boil_lid_c
    if c.steady_s >= (BOIL_HOLD_S if hot else BLIND_HOLD_S) and (hot or not shut):
        c.boiling, c.plateau_c, c.settle_s, c.leaving_s = 1.0, bottom_c, 0.0, 0.0


@compiled
def while_boiling(c: Record, bottom_c: float, heat_w: float) -> None:
    """Follow the plateau; the bottom leaving it means that the free water is gone."""
    above = bottom_c - c.plateau_c
    if c.settle_s > 0.0:
        if bottom_c < c.settle_from_c - COLD_SETTLING_K:
            rest(c)
        elif heat_w >= c.boil_min_w or above > 0.0:
            c.plateau_c = bottom_c
        return
    if above < -COLD_K:
        rest(c)
        return
    c.plateau_c += clip(above, -CREEP_K, CREEP_K)
    if above >= c.dry_margin_k or (above >= LEFT_K and rise_k(c, SLOPE_S) >= LEAVING_K):
        c.leaving_s += 1.0
        if c.leaving_s >= DRY_HOLD_S:
            c.boiling, c.dry = 0.0, 1.0
    else:
        c.leaving_s = 0.0


@compiled
def detect(c: Record, bottom_c: float, lid_c: float, shut: bool, heat_w: float) -> None:
    """Boiling and dry-out from the two sensors; heat_w is what the heater gives in the mean."""
    if abs(heat_w - c.heat_w) > c.power_step_w:
        c.heat_w, c.settle_s, c.settle_from_c, c.steady_s = heat_w, SETTLE_S, c.plateau_c, 0.0
    elif c.settle_s > 0.0:
        c.settle_s -= 1.0
    if c.dry > 0.5 and bottom_c < c.plateau_c:
        c.dry = 0.0  # somebody poured water in
    if c.boiling > 0.5:
        while_boiling(c, bottom_c, heat_w)
    elif c.dry < 0.5:
        before_boiling(c, bottom_c, lid_c, shut, heat_w)


@compiled
def phase_over(c: Record, phase: Record, bottom_c: float) -> bool:
    """Has the phase's own condition come true?"""
    reached = bottom_c >= phase.target_c - TEMP_NEAR_K
    if phase.until == UNTIL_TEMP:
        return bool(reached)
    if phase.until == UNTIL_BOIL:
        if c.boiling > 0.5:
            return True
        reached = reached and phase.target_c >= DRY_SURE_C
    elif phase.until != UNTIL_DRY or c.dry > 0.5:
        return bool(phase.until == UNTIL_DRY)
    c.at_target_s = c.at_target_s + 1.0 if reached else 0.0
    return bool(c.at_target_s >= DRY_AT_TARGET_S)


@compiled
def learn(c: Record, power_w: float) -> None:
    """Learn the load's heat capacity while the heater works hard."""
    if c.duty < LEARN_DUTY:
        c.busy_s = 0.0
        return
    c.busy_s += 1.0
    rise = rise_k(c, SLOPE_S)
    if c.busy_s > LEARN_AFTER_S and rise > LEARN_RISE_K:
        seen = clip(power_w * c.duty * SLOPE_S / rise, C_MIN_J_K, C_MAX_J_K)
        c.heat_j_k += (seen - c.heat_j_k) / 8.0


@compiled
def demand(c: Record, phase: Record, bottom_c: float, power_w: float) -> None:
    """Set the duty (0..1) for the next second."""
    if np.isnan(phase.target_c) or power_w <= 0.0:
        c.duty = 0.0
        return
    error = phase.target_c - bottom_c
    if c.boiling > 0.5 and error > AT_TARGET_K:
        c.duty = phase.cap  # boiling water holds the temperature; the cap is the fire's strength
        return
    if c.boiling < 0.5:
        learn(c, power_w)
    ahead = error - rise_k(c, SLOPE_S) * LEAD_S / SLOPE_S
    hold_w = (phase.target_c - ROOM_C) * c.loss_w_k
    wanted_w = hold_w + c.integral_w + c.heat_j_k * ahead / TAU_S
    if -INTEGRAL_BAND_K < error < INTEGRAL_BAND_K:
        more_w = c.heat_j_k * error / (TAU_S * INTEGRAL_S)
        c.integral_w = clip(c.integral_w + more_w, -INTEGRAL_MAX_W, INTEGRAL_MAX_W)
    c.duty = clip(wanted_w / power_w, 0.0, phase.cap)


@compiled
def sense_second(  # noqa: PLR0917 (numba calls by position)
    c: Record, phase: Record, bottom_c: float, lid_c: float, shut: bool, power_w: float
) -> bool:
    """Take a second's readings; True where the phase's condition has come true.

    power_w: what the heater would give at full duty.
    """
    c.seconds += 1.0
    c.history_c[int(c.seconds) % HISTORY_S] = bottom_c
    if np.isnan(phase.target_c):
        rest(c)
    else:
        detect(c, bottom_c, lid_c, shut, power_w * c.duty)
    return phase_over(c, phase, bottom_c)
