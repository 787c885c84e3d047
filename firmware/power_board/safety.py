"""What stops the heater whatever the schedule says. Each check stands alone and knows of no other.

`fast` runs every tick, `second` and `cooking` once a second; each returns a fault code, 0 for none.
"""

import limits
from proof import STRAY_MA
from wenhuo_link import faults as f
from wenhuo_link.protocol import OFF_CC

RAIL_MS = 500
RAIL_MIN = 2  # one wild reading of a slow tick is no broken wire
MAX_TICKS = 3
STRAY_TICKS = 5
DEAD_TICKS = 20  # of heating without current
MAINS_S = 10
POT_OUT_S = 300
GAIN_CC = 200  # verify-heater: such a rise clears the account
GAIN_MAX_J = 70000  # a full pot (14 kJ/K) takes 28 kJ for it
ERROR_CC = 300


class Safety:
    """All checks and what they remember."""

    def __init__(self) -> None:
        self.value = 0  # the reading that broke the limit
        self._bottom_max_raw = limits.BOTTOM_MAX_RAW
        self._lid_max_raw = limits.LID_MAX_RAW
        self._not_bottom_max_raw = ~limits.BOTTOM_MAX_RAW
        self._not_lid_max_raw = ~limits.LID_MAX_RAW
        self._over = 0
        self._stray = 0
        self._off_ticks = 0
        self._mains_s = 0
        self.restart()

    def restart(self) -> None:
        """A new cook, or a fault cleared: start the cook's accounts afresh.

        What a person could be hurt by is not among them (too hot, heat while off, mains too high):
        a host that starts and stops without end must not keep it from being seen.
        """
        self._dead = 0
        self._pot_out_s = 0
        self._gain_j = 0
        self._gain_from_cc = OFF_CC
        self._heat_s = 0

    @property
    def intact(self) -> bool:
        """Whether the limits in memory still agree with their inverted copies."""
        return (
            self._bottom_max_raw == ~self._not_bottom_max_raw
            and self._lid_max_raw == ~self._not_lid_max_raw
        )

    def fast(
        self, bottom_raw: int, lid_raw: int, bottom_rail: int, lid_rail: int, tick_ms: int
    ) -> int:
        """A tick's raw readings. *_rail: readings at a rail in a row."""
        if bottom_rail >= RAIL_MIN and bottom_rail * tick_ms >= RAIL_MS:
            self.value = bottom_raw
            return f.BOTTOM_SHORT if bottom_raw < 32768 else f.BOTTOM_OPEN
        if lid_rail >= RAIL_MIN and lid_rail * tick_ms >= RAIL_MS:
            self.value = lid_raw
            return f.LID_SHORT if lid_raw < 32768 else f.LID_OPEN_CIRCUIT
        # Hot reads low. Compared as raw readings: a fault of the conversion cannot hide heat.
        if bottom_raw < self._bottom_max_raw or lid_raw < self._lid_max_raw:
            if bottom_rail == 0 and lid_rail == 0:
                self._over += 1
                if self._over >= MAX_TICKS:
                    self.value = bottom_raw
                    return f.BOTTOM_MAX if bottom_raw < self._bottom_max_raw else f.LID_MAX
        elif self._over:
            self._over = 0
        return 0

    def most_duty(self, bottom_cc: int, power_w: int) -> int:
        """The duty, permille, that keeps the plate within its limit; 0 where no bottom is known.

        No sensor sits on the plate. It is hotter than the bottom by what drives the heat flow
        through their contact, so the flow that is left up to the limit is all that may be given.
        """
        if bottom_cc == OFF_CC or power_w <= 0:
            return 0
        flow_mw = (limits.PLATE_MAX_CC - bottom_cc) * limits.PLATE_MW_PER_K // 100
        return min(max(flow_mw // power_w, 0), 1000)

    def current(self, on: bool, ma: int) -> int:
        """The heater's current, mA, in a tick with the heater on or off; -1: not measured."""
        if ma < 0:
            return 0
        if on:
            self._off_ticks = 0
            self._dead = self._dead + 1 if ma < limits.HEATER_MIN_MA else 0
            self.value = ma
            return f.NOT_HEATING if self._dead >= DEAD_TICKS else 0
        # Counted over the windows of the time-proportioning: at high duty each is off but shortly.
        self._off_ticks += 1
        if self._off_ticks > 1:
            self._stray = self._stray + 1 if ma > STRAY_MA else 0
            self.value = ma
        return f.HEATS_WHEN_OFF if self._stray >= STRAY_TICKS else 0

    def mains(self, mains_dv: int) -> int:
        """A second's mains voltage."""
        if limits.MAINS_MIN_DV <= mains_dv <= limits.MAINS_MAX_DV:
            self._mains_s = 0
            return 0
        self._mains_s += 1
        self.value = mains_dv
        if self._mains_s < MAINS_S:
            return 0
        return f.MAINS_LOW if mains_dv < limits.MAINS_MIN_DV else f.MAINS_HIGH

    def cooking(
        self, bottom_cc: int, target_cc: int, joules: int, boiling: bool, counts: bool, pot: bool
    ) -> int:
        """Checks of a running cook, once a second. joules: electric heat of this second.
        counts: the phase is neither wait nor keep-warm."""
        if pot:
            self._pot_out_s = 0
        else:
            self._pot_out_s += 1
            if self._pot_out_s >= POT_OUT_S:
                self.value = self._pot_out_s
                return f.POT_MISSING
        if counts:
            self._heat_s += 1
            if self._heat_s > limits.COOK_MAX_S:
                self.value = self._heat_s
                return f.MAX_HEAT_TIME
        # Boiling that the detector has not seen yet (lid open, high up) must not look like a fault.
        share = 4 if bottom_cc >= limits.BOIL_MIN_CC else 1
        return self._gain(bottom_cc, target_cc, joules, share, boiling)

    def direct(self, bottom_cc: int, joules: int) -> int:
        """Checks of direct heat, once a second: it has no set-point and boils nothing for long, so
        that all of it must warm the bottom."""
        return self._gain(bottom_cc, limits.BOTTOM_MAX_CC, joules, 1, False)

    def _gain(self, bottom_cc: int, target_cc: int, joules: int, share: int, boiling: bool) -> int:
        """Verify-heater: heat beyond the pot's losses must warm the bottom, unless water boils."""
        rising = self._gain_from_cc == OFF_CC or bottom_cc - self._gain_from_cc >= GAIN_CC
        near = target_cc == OFF_CC or target_cc - bottom_cc < ERROR_CC
        if boiling or near or rising or bottom_cc == OFF_CC:
            self._gain_j = 0
            self._gain_from_cc = bottom_cc
            return 0
        lost_j = bottom_cc * limits.LOSS_MW_PER_K * 2 // 100000
        self._gain_j += max(joules - lost_j, 0) // share
        self._gain_from_cc = min(self._gain_from_cc, bottom_cc)
        self.value = bottom_cc
        return f.NOT_HEATING if self._gain_j >= GAIN_MAX_J else 0
