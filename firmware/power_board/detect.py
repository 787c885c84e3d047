"""Boiling and dry-out from two temperatures; thresholds hang on the plateau measured in this cook.

While water boils the bottom stays where it is and steam heats the lid. When the free water is gone
the bottom leaves its plateau. The plateau lies some kelvins above the boiling point, more of them
at more power, so it is measured anew after each change of power, of the heater or of the mains.
"""

import limits
from sensors import Thermistor
from wenhuo_link.protocol import OFF_CC

BOIL_HOLD_S = 8
DRY_HOLD_S = 3
SETTLE_S = 90  # after a change of power the bottom needs as long to find its new plateau
BLIND_HOLD_S = 90  # with the lid open only the bottom tells: then it must be steady this long
CREEP_CC = 1  # a second; the plateau may move as slowly as this and still be the plateau
LEAVING_CC = 150  # in 20 s
LEFT_CC = 300
COLD_CC = 300  # below the plateau at steady power: cold water was poured in
COLD_SETTLING_CC = 1300  # the plateaus of full and least power lie 10 K apart


class Detector:
    """Fed once a second while heat is on."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A new cook."""
        self.boiling = False
        self.dry = False
        self.plateau_cc = OFF_CC
        self._steady_s = 0
        self._leaving_s = 0
        self._settle_s = 0
        self._settle_from_cc = 0
        self._heat_w = 0

    def rest(self) -> None:
        """The heater is off on purpose: nothing boils for long."""
        self.boiling = False
        self._steady_s = 0

    def disturbed(self) -> None:
        """The pot was moved: what the sensors say now is of another plateau, or of none."""
        self._settle_s = SETTLE_S
        self._settle_from_cc = self.plateau_cc
        self._steady_s = 0

    def second(self, bottom: Thermistor, lid_cc: int, lid_closed: bool, heat_w: int) -> None:
        """Take the readings of this second; heat_w is what the heater gives in the mean."""
        change_w = heat_w - self._heat_w
        if change_w > limits.POWER_STEP_W or change_w < -limits.POWER_STEP_W:
            self._heat_w = heat_w
            self.disturbed()
        elif self._settle_s:
            self._settle_s -= 1
        if self.dry and bottom.cc < self.plateau_cc:
            self.dry = False  # somebody poured water in
        if self.boiling:
            self._while_boiling(bottom.cc, bottom.rise(20), heat_w)
        elif not self.dry:
            self._before_boiling(bottom, lid_cc, lid_closed, heat_w)

    def _before_boiling(
        self, bottom: Thermistor, lid_cc: int, lid_closed: bool, heat_w: int
    ) -> None:
        # Flat over 30 s and over its last 10 s: else the turn after cold water looks like boiling.
        most_cc = limits.BOIL_RISE_CC
        flat = -most_cc <= bottom.rise(30) <= most_cc and -most_cc <= bottom.rise(10) * 3 <= most_cc
        possible = limits.BOIL_MIN_CC <= bottom.cc <= limits.BOIL_MAX_CC
        if not flat or heat_w < limits.BOIL_MIN_W or not possible:
            self._steady_s = 0
            return
        self._steady_s += 1
        hot = lid_closed and lid_cc >= limits.BOIL_LID_CC
        if self._steady_s >= (BOIL_HOLD_S if hot else BLIND_HOLD_S) and (hot or not lid_closed):
            self.boiling = True
            self.plateau_cc = bottom.cc
            self._settle_s = 0
            self._leaving_s = 0

    def _while_boiling(self, cc: int, rise20: int, heat_w: int) -> None:
        above = cc - self.plateau_cc
        if self._settle_s:
            if cc < self._settle_from_cc - COLD_SETTLING_CC:
                self.rest()
            # A low after heating stopped is cooling, not a plateau.
            elif heat_w >= limits.BOIL_MIN_W or above > 0:
                self.plateau_cc = cc
            return
        if above < -COLD_CC:
            self.rest()
            return
        self.plateau_cc += min(max(above, -CREEP_CC), CREEP_CC)
        if above >= limits.DRY_MARGIN_CC or (above >= LEFT_CC and rise20 >= LEAVING_CC):
            self._leaving_s += 1
            if self._leaving_s >= DRY_HOLD_S:
                self.boiling = False
                self.dry = True
        else:
            self._leaving_s = 0
