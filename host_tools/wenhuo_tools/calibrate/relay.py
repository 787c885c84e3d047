"""The relay test: the heater goes fully on below a temperature and off above it; what swings then
tells how far a controller may go (Åström and Hägglund 1984; Klipper's PID_CALIBRATE is the same).

The test wants the heater's need near half its power, or up and down are not alike. A pot needs
that while its water is still some kelvins below, so the cycles nearest to half are taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wenhuo.boards.product import SWING_PERIOD_RANGE_S, ULTIMATE_RANGE_W_PER_K
from wenhuo.errors import CalibrationError
from wenhuo_tools.image import CONTROL_TAU_S

CYCLES = 3
_DUTY = (0.3, 0.7)


@dataclass(frozen=True, slots=True)
class Cycle:
    """From one switching-on to the next. swing_k: from the lowest to the highest reading."""

    period_s: float
    duty: float
    swing_k: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """ultimate_w_per_k, period_s: where the loop would just swing by itself; from these the board's
    control gets its times and its greatest gain. kp_w_per_k, ti_s, td_s: a PID's by Ziegler and
    Nichols, to compare. margin: how often an uncalibrated board's gain fits into the ultimate one,
    with this much water; below 2 the calibrated board keeps to less."""

    ultimate_w_per_k: float
    period_s: float
    kp_w_per_k: float
    ti_s: float
    td_s: float
    margin: float


def tune(cycles: Sequence[Cycle], power_w: float, capacity: float) -> Tuning:
    """From a relay test with a heater of power_w on a pot of `capacity`, J/K.

    Raises CalibrationError where it did not swing evenly.
    """
    even = [cycle for cycle in cycles if _DUTY[0] <= cycle.duty <= _DUTY[1]]
    if len(even) < CYCLES:
        raise CalibrationError(
            f"the relay test had {len(even)} even swings, {CYCLES} are needed; start colder or "
            "put more water in"
        )
    used = sorted(even, key=lambda cycle: abs(cycle.duty - 0.5))[:CYCLES]
    period_s = sorted(cycle.period_s for cycle in used)[CYCLES // 2]
    swing_k = sorted(cycle.swing_k for cycle in used)[CYCLES // 2]
    ultimate = 4 * (power_w / 2) / (math.pi * swing_k / 2)
    (least_s, most_s), (low, high) = SWING_PERIOD_RANGE_S, ULTIMATE_RANGE_W_PER_K
    if not (least_s <= period_s <= most_s and low <= ultimate <= high):
        raise CalibrationError(
            f"the relay test swings by {swing_k:.1f} K in {period_s:.0f} s, as no cooker of this "
            "kind does; is the sensor pressed to the pot?"
        )
    return Tuning(
        ultimate_w_per_k=round(ultimate, 1),
        period_s=round(period_s, 1),
        kp_w_per_k=round(0.6 * ultimate, 1),
        ti_s=round(period_s / 2, 1),
        td_s=round(period_s / 8, 1),
        margin=round(ultimate / (capacity / CONTROL_TAU_S), 2),
    )
