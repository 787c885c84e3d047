"""Plays a cooker's sensors to the board under test and reads its heater and safety relay.

Lines over USB, each answered by one:
    I                                        F wenhuo-fixture 1
    S bottom_mv lid_mv bits mains_mv ma_mv   H heater_permille relay   (mean since the last S)
    P 0|1   power of the board under test    F ok
    R       reset of the board under test    F ok
    anything else                            E what is wrong
bits: 1 lid closed, 2 pot present. With no S for two seconds the sensors read open, as a torn cable.
"""

import select
import sys
import time

from machine import I2C, Pin
from mcp4728 import Dac

SDA, SCL = 4, 5
HEATER, RELAY = 10, 11
LID_SWITCH, POT_SWITCH = 12, 13
POWER, RESET = 14, 15
SILENT_MS = 2000
_OPEN_MV = 3300
_RESET_MS = 50


class Fixture:
    """The pins. Switches and reset pull to ground or let go (open drain)."""

    def __init__(self) -> None:
        self._dac = Dac(I2C(0, sda=Pin(SDA), scl=Pin(SCL), freq=400000))
        self._heater = Pin(HEATER, Pin.IN)
        self._relay = Pin(RELAY, Pin.IN)
        self._lid = Pin(LID_SWITCH, Pin.OPEN_DRAIN, value=1)
        self._pot = Pin(POT_SWITCH, Pin.OPEN_DRAIN, value=1)
        self._power = Pin(POWER, Pin.OUT, value=0)
        self._reset = Pin(RESET, Pin.OPEN_DRAIN, value=1)
        self._on = 0
        self._samples = 0
        self._heard_ms = time.ticks_ms()
        self.let_go()

    def let_go(self) -> None:
        """Sensors as if their wires were torn."""
        self._dac.set(_OPEN_MV, _OPEN_MV, 0, 0)

    def sample(self) -> None:
        """Look at the heater pin; call it every millisecond."""
        self._on += self._heater.value()
        self._samples += 1
        if time.ticks_diff(time.ticks_ms(), self._heard_ms) > SILENT_MS:
            self.let_go()
            self._heard_ms = time.ticks_ms()

    def answer(self, line: str) -> str:
        """Act on one line."""
        words = line.split()
        if not words:
            return "E empty line"
        if words[0] == "I":
            return "F wenhuo-fixture 1"
        try:
            numbers = [int(word) for word in words[1:]]
        except ValueError:
            return "E not a whole number: " + line[:40]
        if words[0] == "S" and len(numbers) == 5:
            return self._play(numbers)
        if words[0] == "P" and len(numbers) == 1:
            self._power.value(1 if numbers[0] else 0)
            return "F ok"
        if words[0] == "R" and not numbers:
            self._reset.value(0)
            time.sleep_ms(_RESET_MS)
            self._reset.value(1)
            return "F ok"
        return "E unknown: " + line[:40]

    def _play(self, numbers: "list[int]") -> str:
        bottom_mv, lid_mv, bits, mains_mv, current_mv = numbers
        self._dac.set(bottom_mv, lid_mv, mains_mv, current_mv)
        self._lid.value(0 if bits & 1 else 1)
        self._pot.value(0 if bits & 2 else 1)
        permille = 1000 * self._on // self._samples if self._samples else 0
        self._on = 0
        self._samples = 0
        self._heard_ms = time.ticks_ms()
        return "H {} {}".format(permille, self._relay.value())


def run() -> None:
    """Serve lines for ever."""
    fixture = Fixture()
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    while True:
        fixture.sample()
        if poll.poll(1):
            line = sys.stdin.readline()
            if not line:
                return
            sys.stdout.write(fixture.answer(line.strip()) + "\n")
