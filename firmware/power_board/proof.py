"""Tests by doing: what is relied on is tried out, instead of waiting until it is needed.

The outputs, before any heat: each of the two switches must keep the current off alone. The bottom
sensor, while it stands still under heat (boiling water, a held set-point): the heater pauses, and
the reading must fall.
"""

import limits
from wenhuo_link import faults as f
from wenhuo_link.protocol import OFF_CC

STRAY_MA = 300
_STEP_TICKS = 3  # the current seen in a tick is that of the tick before
_STEPS = ((True, False, f.SAFETY_RELAY_WELDED), (False, True, f.HEATS_WHEN_OFF))

# A pot that boils dry unseen climbs from 105 to 150 °C on no less than 45 K times the heat capacity
# of plate and pot (1.1 kJ/K): the sensor is tried before that much heat has gone in.
SENSOR_J = 35000
MOVED_CC = 40  # a sensor that has moved so far needs no trial
FALL_CC = 20  # six times the noise of a second's mean
PAUSE_MAX_S = 30
WEAK_W = 150  # less than this in the mean: a pot kept warm, which cools by 0.3 K a minute
WEAK_PAUSE_MAX_S = 120


class OutputProof:
    """Tries both switches, one after the other; `heater` and `relay` say how to set them."""

    def __init__(self) -> None:
        self.heater = False
        self.relay = False
        self._tick = 0
        self._bad = 0

    def restart(self) -> None:
        """The safety relay opens: it is tried again before it closes."""
        self._tick = 0
        self._bad = 0
        self.heater = False
        self.relay = False

    @property
    def passed(self) -> bool:
        """Whether both have been tried since the relay was last open."""
        return self._tick >= _STEP_TICKS * len(_STEPS)

    def tick(self, ma: int) -> int:
        """The current of the tick that has ended, mA (-1: not measured). Returns a fault code."""
        step = self._tick // _STEP_TICKS
        if self._tick % _STEP_TICKS == 0 or ma <= STRAY_MA:
            self._bad = 0
        else:
            self._bad += 1
            if self._bad == _STEP_TICKS - 1:
                return _STEPS[step][2]
        self._tick = self._tick + 1 if ma >= 0 else _STEP_TICKS * len(_STEPS)
        if self.passed:
            self.heater = False
            self.relay = True
        else:
            row = _STEPS[self._tick // _STEP_TICKS]
            self.heater = row[0]
            self.relay = row[1]
        return 0


class SensorProof:
    """Pauses the heater (`pause`) from time to time and wants to see the bottom cool."""

    def __init__(self) -> None:
        self.pause = False
        self.value = 0
        self.restart()

    def restart(self) -> None:
        """A new cook, or one that was disturbed."""
        self.pause = False
        self._from_cc = OFF_CC
        self._heat_j = 0
        self._heat_s = 0
        self._pause_s = 0

    def second(self, cc: int, joules: int, heat_w: int, still: bool) -> int:
        """A second of cooking. joules: heat given; still: the bottom is meant to stand still."""
        if self.pause:
            return self._pausing(cc)
        moved = cc - self._from_cc
        if self._from_cc == OFF_CC or moved > MOVED_CC or moved < -MOVED_CC:
            self._from_cc = cc
            self._heat_j = 0
            self._heat_s = 0
            return 0
        self._heat_j += joules
        self._heat_s += 1
        if still and self._heat_j >= SENSOR_J and heat_w >= limits.BOIL_MIN_W:
            self.pause = True
            self._pause_s = 0
            self._from_cc = cc
        return 0

    def _pausing(self, cc: int) -> int:
        self._pause_s += 1
        self.value = cc
        if self._from_cc - cc >= FALL_CC:
            self.pause = False
            self._from_cc = cc
            self._heat_j = 0
            self._heat_s = 0
        elif self._pause_s >= (PAUSE_MAX_S if self._strong() else WEAK_PAUSE_MAX_S):
            self.pause = False
            return f.BOTTOM_STUCK
        return 0

    def _strong(self) -> bool:
        """Whether what the pause takes away is enough for the bottom to fall at once."""
        return self._heat_j >= WEAK_W * self._heat_s
