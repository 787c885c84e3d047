"""What is told but does not stop a cook. Each `second` returns a warning's code once, else 0."""

import limits
from wenhuo_link import faults as f
from wenhuo_link.protocol import KIND_KEEP_WARM, OFF_CC

WEAK_PERMILLE = 700  # of the current that heater and mains should give
WEAK_TICKS = 50
COLD_CC = 6000  # kept-warm food grows germs below (New York City health code; UK: 63 °C)
COLD_S = 600


class Watch:
    """What it remembers; a warning is given once in a cook."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A new cook."""
        self._weak = 0
        self._cold_s = 0
        self._told_weak = False
        self._told_cold = False

    def current(self, on: bool, ma: int, mains_dv: int) -> None:
        """A tick: whether the heater was on in it, and its current, mA (-1: not measured)."""
        if on and ma >= 0:
            full_ma = limits.RATED_W * 10000 // limits.RATED_DV * mains_dv // limits.RATED_DV
            self._weak = self._weak + 1 if ma * 1000 < full_ma * WEAK_PERMILLE else 0

    def second(self, kind: int, target_cc: int, bottom_cc: int) -> int:
        """A second of cooking in a phase of that kind."""
        if self._weak >= WEAK_TICKS and not self._told_weak:
            self._told_weak = True
            return f.HEATER_WEAK
        keeps = kind == KIND_KEEP_WARM and COLD_CC < target_cc < OFF_CC
        cold = keeps and bottom_cc < COLD_CC
        self._cold_s = self._cold_s + 1 if cold else max(self._cold_s - 1, 0)
        if self._cold_s >= COLD_S and not self._told_cold:
            self._told_cold = True
            return f.KEEP_WARM_COLD
        return 0
