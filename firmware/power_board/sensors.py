"""Two thermistors: from averaged ADC readings to centi-degrees, by a table built once at start.

An ADC reading is 16 bit, 65535 being the ADC's supply; the thermistor lies between input and
ground, so that a hot sensor reads low, a broken wire reads full scale and a short circuit reads
zero.
"""

from array import array
from math import log

import limits
from wenhuo_link.protocol import OFF_CC

SEGMENT_BITS = 6
_ENTRIES = (65536 >> SEGMENT_BITS) + 1
RAIL_OPEN = (
    65000  # less than 0.8 % of the supply over the pull-up: below -30 °C, that is: no sensor
)
RAIL_SHORT = 700  # about 1 % of the supply over the sensor: beyond 220 °C, that is: a short circuit
HISTORY = 64  # seconds


def celsius(raw: int, r25_ohm: int, beta_k: int, pull_up_ohm: int) -> float:
    """Temperature of a thermistor by the beta equation (1-2 K off at 150 °C, less below)."""
    ohm = pull_up_ohm * raw / (65536 - raw)
    return 1.0 / (1.0 / 298.15 + log(ohm / r25_ohm) / beta_k) - 273.15


def build_table(r25_ohm: int, beta_k: int, pull_up_ohm: int, offset_cc: int) -> "array[int]":
    """Centi-degrees at every 64th reading; a straight line between them is < 0.03 K off."""
    table = array("h", [0] * _ENTRIES)
    for i in range(_ENTRIES):
        raw = min(max(i << SEGMENT_BITS, 100), 65436)
        cc = int(celsius(raw, r25_ohm, beta_k, pull_up_ohm) * 100.0) + offset_cc
        table[i] = min(max(cc, -5000), 32000)
    return table


class Thermistor:
    """One sensor: `add` each reading, `second` once a second; then `cc` and the slopes are new.

    Readings at a rail are left out of the mean; `rail` counts them in a row.
    """

    def __init__(self, r25_ohm: int, beta_k: int, pull_up_ohm: int, offset_cc: int) -> None:
        self.cc = OFF_CC  # OFF_CC: nothing known
        self.rail = 0
        self.seconds = 0  # of history, since the sensor last came back
        self.spread = 0  # between the highest and the lowest reading of the last second
        self._low = 65535
        self._high = 0
        self._table = build_table(r25_ohm, beta_k, pull_up_ohm, offset_cc)
        self._sum = 0
        self._count = 0
        self._history = array("h", [0] * HISTORY)
        self._at = 0

    def add(self, raw: int) -> None:
        """Take one reading."""
        if RAIL_SHORT < raw < RAIL_OPEN:
            self.rail = 0
            self._sum += raw
            self._count += 1
            self._low = min(self._low, raw)
            self._high = max(self._high, raw)
        else:
            self.rail += 1

    def second(self) -> None:
        """Turn the readings since the last call into a temperature."""
        if self._count == 0:
            self.cc = OFF_CC
            self.seconds = 0
            return
        mean = self._sum // self._count
        self.spread = self._high - self._low
        self._low = 65535
        self._high = 0
        self._sum = 0
        self._count = 0
        i = mean >> SEGMENT_BITS
        low = self._table[i]
        part = mean & ((1 << SEGMENT_BITS) - 1)
        self.cc = low + (((self._table[i + 1] - low) * part) >> SEGMENT_BITS)
        self._at = (self._at + 1) % HISTORY
        self._history[self._at] = self.cc
        self.seconds += 1

    def table_sum(self) -> int:
        """Sum of the conversion table: it must stay what it was at start."""
        return sum(self._table)

    def rise(self, seconds: int) -> int:
        """Rise of temperature in the last so many seconds (< 64), cc; 0 while too few are known."""
        if self.seconds <= seconds:
            return 0
        return self.cc - self._history[(self._at - seconds) % HISTORY]


def bottom_sensor() -> Thermistor:
    """The sensor under the pot."""
    return Thermistor(
        limits.BOTTOM_R25_OHM,
        limits.BOTTOM_BETA_K,
        limits.BOTTOM_PULL_UP_OHM,
        limits.BOTTOM_OFFSET_CC,
    )


def lid_sensor() -> Thermistor:
    """The sensor in the lid."""
    return Thermistor(
        limits.LID_R25_OHM, limits.LID_BETA_K, limits.LID_PULL_UP_OHM, limits.LID_OFFSET_CC
    )
