"""Holds the bottom at a set-point: a demand in permille of the heater, once a second.

The pot is an integrator behind a lag (the hot plate). The law asks for the heat flow that closes
the gap to the set-point in CONTROL_TAU_S, seen from where the bottom will be CONTROL_LEAD_S ahead,
plus what the pot loses at that temperature. The load's heat capacity is learned while the heater
works hard, so that one cup and a full pot both arrive without overshoot. These times, and the most
heat capacity that the gain is made from, are the cooker's own (`wenhuo calibrate`).
"""

import limits
from wenhuo_link.protocol import OFF_CC

SLOPE_S = 20
INTEGRAL_BAND_CC = 500
INTEGRAL_MAX_MW = 60000
C_MIN, C_MAX, C_START = 900, 14000, 2500  # J/K: plate and pot alone; a full pot of water
ROOM_CC = 2300


class Controller:
    """One set-point controller."""

    def __init__(self) -> None:
        self.heat_capacity = C_START  # J/K
        self._integral_mw = 0
        self._busy_s = 0

    def restart(self) -> None:
        """A new set-point or a new pot: forget what was integrated."""
        self._integral_mw = 0
        self._busy_s = 0

    def learn(self, duty_permille: int, power_w: int, rise_cc: int) -> None:
        """Watch a second of heating. power_w: the heater's full power; rise_cc: in SLOPE_S."""
        if duty_permille < 300:
            self._busy_s = 0
            return
        self._busy_s += 1
        # The bottom follows the heater some 45 s late; before that the slope says nothing.
        if self._busy_s > 45 and rise_cc > 40:
            seen = power_w * duty_permille * SLOPE_S // (rise_cc * 10)
            seen = min(max(seen, C_MIN), C_MAX)
            self.heat_capacity += (seen - self.heat_capacity) // 8

    def demand(
        self, target_cc: int, cap_permille: int, bottom_cc: int, rise_cc: int, power_w: int
    ) -> int:
        """Duty in permille. rise_cc: the bottom's rise in the last SLOPE_S seconds."""
        if target_cc == OFF_CC or bottom_cc == OFF_CC or power_w <= 0:
            return 0
        error_cc = target_cc - bottom_cc
        ahead_cc = error_cc - rise_cc * limits.CONTROL_LEAD_S // SLOPE_S
        heat = min(self.heat_capacity, limits.CONTROL_HEAT_MAX)
        tau_s = limits.CONTROL_TAU_S
        hold_mw = (target_cc - ROOM_CC) * limits.LOSS_MW_PER_K // 100
        wanted_mw = hold_mw + self._integral_mw + heat * ahead_cc // tau_s * 10
        if -INTEGRAL_BAND_CC < error_cc < INTEGRAL_BAND_CC:
            step_mw = heat * error_cc * 10 // (tau_s * limits.CONTROL_INTEGRAL_S)
            total = self._integral_mw + step_mw
            self._integral_mw = min(max(total, -INTEGRAL_MAX_MW), INTEGRAL_MAX_MW)
        return min(max(wanted_mw // power_w, 0), cap_permille)
