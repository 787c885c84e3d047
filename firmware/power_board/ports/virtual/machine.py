"""`machine` for a board whose pins end in the twin: the names that the firmware uses."""

import limits
from plant import PLANT

PWRON_RESET = 1
WDT_RESET = 3


class Pin:
    """A pin, known by the number that the board's data give it."""

    OUT = 1
    IN = 0
    PULL_UP = 1

    def __init__(self, number: int, mode: int = 0, pull: int = -1, value: int = 0) -> None:
        self._number = number
        if mode == Pin.OUT:
            self.value(value)

    def value(self, level: "int | None" = None) -> int:
        """Set, or read. The switches close to ground."""
        number = self._number
        if level is not None:
            if number == limits.PIN_HEATER:
                PLANT.heater = level
            elif number == limits.PIN_SAFETY_RELAY:
                PLANT.relay = level
            return level
        bit = 1 if number == limits.PIN_LID_SWITCH else 2
        return 0 if PLANT.bits & bit else 1


class ADC:
    """An analog input."""

    def __init__(self, pin: Pin) -> None:
        self._number = pin._number

    def read_u16(self) -> int:
        """0..65535 of the ADC's supply."""
        number = self._number
        if number == limits.PIN_NTC_BOTTOM:
            return PLANT.bottom_u16
        if number == limits.PIN_NTC_LID:
            return PLANT.lid_u16
        if number == limits.PIN_MAINS_SENSE:
            return (PLANT.mains_dv << 16) // limits.MAINS_FULL_DV + 1
        return (PLANT.heater_ma << 16) // limits.CURRENT_FULL_MA + 1


class WDT:
    """A watchdog that counts the plant's time."""

    def __init__(self, timeout: int) -> None:
        PLANT.watchdog_ms = timeout
        PLANT.fed_ms = PLANT.now_ms

    def feed(self) -> None:
        """Not hung."""
        PLANT.fed_ms = PLANT.now_ms
