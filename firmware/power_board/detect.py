"""Boiling and dry-out from two temperatures; thresholds hang on the plateau measured in this cook.

While water boils the bottom stays where it is and steam heats the lid. When the free water is gone
the bottom leaves its plateau. The plateau lies some kelvins above the boiling point, more of them
at more power, so it is measured anew after each change of power.
"""

import limits
from wenhuo_link.protocol import OFF_CC

STEADY_S = 30
BOIL_HOLD_S = 8
DRY_HOLD_S = 3
SETTLE_S = 90  # after a change of power the bottom needs as long to find its new plateau
BLIND_HOLD_S = 90  # with the lid open only the bottom tells: then it must be steady this long
CREEP_CC = 1  # a second; the plateau may rise as slowly as this and still be the plateau
LEAVING_CC = 150  # in 20 s
LEFT_CC = 300


class Detector:
    """Fed once a second while cooking."""

    def __init__(self) -> None:
        self.boiling = False
        self.dry = False
        self.plateau_cc = OFF_CC
        self._steady_s = 0
        self._leaving_s = 0
        self._settle_s = 0
        self._duty = 0

    def restart(self) -> None:
        """A new cook."""
        self.boiling = False
        self.dry = False
        self.plateau_cc = OFF_CC
        self._steady_s = 0
        self._leaving_s = 0
        self._settle_s = 0
        self._duty = 0

    def rest(self) -> None:
        """The heater is off on purpose: nothing boils for long."""
        self.boiling = False
        self._steady_s = 0

    def second(
        self, bottom_cc: int, rise20: int, rise30: int, lid_cc: int, lid_closed: bool, duty: int
    ) -> None:
        """Take the readings of this second; rise20 and rise30 in 20 and 30 s, duty in permille."""
        if duty > self._duty + 80 or duty < self._duty - 80:
            self._duty = duty
            self._settle_s = SETTLE_S
        elif self._settle_s:
            self._settle_s -= 1
        if self.dry and bottom_cc < self.plateau_cc:
            self.dry = False  # somebody poured water in
        if self.boiling:
            self._while_boiling(bottom_cc, rise20, duty)
        elif not self.dry:
            self._before_boiling(bottom_cc, rise30, lid_cc, lid_closed, duty)

    def _before_boiling(
        self, bottom_cc: int, rise30: int, lid_cc: int, lid_closed: bool, duty: int
    ) -> None:
        flat = -limits.BOIL_RISE_CC <= rise30 <= limits.BOIL_RISE_CC
        if not flat or duty < limits.BOIL_MIN_PERMILLE or bottom_cc < limits.BOIL_MIN_CC:
            self._steady_s = 0
            return
        self._steady_s += 1
        hot = lid_closed and lid_cc >= limits.BOIL_LID_CC
        if self._steady_s >= (BOIL_HOLD_S if hot else BLIND_HOLD_S) and (hot or not lid_closed):
            self.boiling = True
            self.plateau_cc = bottom_cc
            self._leaving_s = 0

    def _while_boiling(self, bottom_cc: int, rise20: int, duty: int) -> None:
        above = bottom_cc - self.plateau_cc
        if above < 0 or self._settle_s:
            # A low after heating stopped is cooling, not a plateau.
            if duty >= limits.BOIL_MIN_PERMILLE or above > 0:
                self.plateau_cc = bottom_cc
            above = 0
        elif above > 0:
            self.plateau_cc += min(above, CREEP_CC)
        if above >= limits.DRY_MARGIN_CC or (above >= LEFT_CC and rise20 >= LEAVING_CC):
            self._leaving_s += 1
            if self._leaving_s >= DRY_HOLD_S:
                self.boiling = False
                self.dry = True
        else:
            self._leaving_s = 0
