"""Whether the two temperatures can be true at all: each alone, and against each other.

`second` runs once a second and returns a fault code, 0 for none. A lost sensor (open, short) and
the absolute maxima are the business of safety.py.
"""

import limits
from sensors import Thermistor
from wenhuo_link import faults as f
from wenhuo_link.protocol import OFF_CC

RATE_CC = 1500  # a second; the NTC's own lag keeps honest readings below 10 K/s
NOISY_RAW = 900  # spread of a second's readings: 45 mV, seven times a sound ADC's
NOISY_S = 8
DISAGREE_CC = 2500  # lid above bottom while heating
DISAGREE_S = 120
SWAP_BELOW_CC = 7000  # steam warms the lid while the bottom stands still, but not below this
SWAP_LID_CC = 600
SWAP_BOTTOM_CC = 300
SWAP_S = 400  # a full pot on weak mains warms its bottom by far more in this
DEAF_K = 60  # a lid still cold after its load's heat capacity times this, at a flat hot bottom
DEAF_MAX_J = 250000


class Plausible:
    """All checks of this kind and what they remember."""

    def __init__(self) -> None:
        self.value = 0  # the reading that cannot be
        self.restart()

    def restart(self) -> None:
        """A new cook, or a fault cleared: start all accounts afresh."""
        self._last_bottom = OFF_CC
        self._last_lid = OFF_CC
        self._bottom_noisy_s = 0
        self._lid_noisy_s = 0
        self._disagree_s = 0
        self._swap_s = 0
        self._from_bottom = OFF_CC
        self._from_lid = OFF_CC
        self._deaf_j = 0

    def second(
        self, bottom: Thermistor, lid: Thermistor, lid_closed: bool, boiling: bool, heat_w: int,
        heat_capacity: int,
    ) -> int:  # fmt: skip
        """This second's readings. heat_w: mean heater power; heat_capacity: of the load, J/K."""
        code = self._alone(bottom.cc, lid.cc)
        if code == 0:
            code = self._noise(bottom.spread, lid.spread)
        if code:
            return code
        if bottom.cc == OFF_CC or lid.cc == OFF_CC:
            return 0
        code = self._disagree(bottom.cc, lid.cc, heat_w)
        if code == 0:
            code = self._swapped(bottom.cc, lid.cc, heat_w)
        if code == 0 and lid_closed and not boiling:
            code = self._deaf(bottom, lid.cc, heat_w, heat_capacity)
        return code

    def _alone(self, bottom_cc: int, lid_cc: int) -> int:
        last_bottom = self._last_bottom
        last_lid = self._last_lid
        self._last_bottom = bottom_cc
        self._last_lid = lid_cc
        if bottom_cc != OFF_CC:
            self.value = bottom_cc
            if not limits.BOTTOM_MIN_CC <= bottom_cc <= limits.BOTTOM_RANGE_CC:
                return f.BOTTOM_RANGE
            if last_bottom != OFF_CC and abs(bottom_cc - last_bottom) > RATE_CC:
                return f.BOTTOM_RATE
        if lid_cc != OFF_CC:
            self.value = lid_cc
            if not limits.LID_MIN_CC <= lid_cc <= limits.LID_RANGE_CC:
                return f.LID_RANGE
            if last_lid != OFF_CC and abs(lid_cc - last_lid) > RATE_CC:
                return f.LID_RATE
        return 0

    def _noise(self, bottom_spread: int, lid_spread: int) -> int:
        """Readings that jump about: a second too many counts one up, a quiet one one down."""
        up = self._bottom_noisy_s
        self._bottom_noisy_s = up + 1 if bottom_spread > NOISY_RAW else max(up - 1, 0)
        up = self._lid_noisy_s
        self._lid_noisy_s = up + 1 if lid_spread > NOISY_RAW else max(up - 1, 0)
        if self._bottom_noisy_s >= NOISY_S:
            self.value = bottom_spread
            return f.BOTTOM_NOISY
        if self._lid_noisy_s >= NOISY_S:
            self.value = lid_spread
            return f.LID_NOISY
        return 0

    def _disagree(self, bottom_cc: int, lid_cc: int, heat_w: int) -> int:
        if lid_cc - bottom_cc <= DISAGREE_CC or heat_w == 0:
            self._disagree_s = 0
            return 0
        self._disagree_s += 1
        self.value = lid_cc - bottom_cc
        return f.SENSORS_DISAGREE if self._disagree_s >= DISAGREE_S else 0

    def _swapped(self, bottom_cc: int, lid_cc: int, heat_w: int) -> int:
        """From the start of strong heat the bottom must warm before the lid does."""
        if heat_w * 4 < limits.RATED_W or bottom_cc > SWAP_BELOW_CC:
            self._from_bottom = OFF_CC
            return 0
        if self._from_bottom == OFF_CC or bottom_cc < self._from_bottom:
            self._from_bottom = bottom_cc
            self._from_lid = lid_cc
            self._swap_s = 0
        self._swap_s += 1
        if self._swap_s > SWAP_S or bottom_cc - self._from_bottom > SWAP_BOTTOM_CC:
            return 0
        self.value = lid_cc - self._from_lid
        return f.SENSORS_SWAPPED if self.value >= SWAP_LID_CC else 0

    def _deaf(self, bottom: Thermistor, lid_cc: int, heat_w: int, heat_capacity: int) -> int:
        """A bottom that stands still while heat goes in means steam; steam must warm the lid."""
        flat = -limits.BOIL_RISE_CC <= bottom.rise(30) <= limits.BOIL_RISE_CC
        strong = heat_w * 4 >= limits.RATED_W
        hot = bottom.cc >= limits.BOIL_MIN_CC
        if not (flat and strong and hot and lid_cc < limits.BOIL_LID_CC):
            self._deaf_j = 0
            return 0
        self._deaf_j += heat_w
        self.value = lid_cc
        return f.SENSORS_DISAGREE if self._deaf_j >= min(heat_capacity * DEAF_K, DEAF_MAX_J) else 0
