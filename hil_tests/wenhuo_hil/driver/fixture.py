"""The fixture board at its serial port (hil_tests/fixture_board has its firmware and its lines)."""

from __future__ import annotations

from typing import Any

import attr
import serial
from labgrid.driver.common import Driver
from labgrid.factory import target_factory

from wenhuo.errors import RigError

BANNER = "wenhuo-fixture 1"
_TIMEOUT_S = 1.0
_BOOT_TRIES = 6


@target_factory.reg_driver
@attr.s(eq=False)
class FixtureDriver(Driver):
    """Plays sensor voltages, reads the heater, switches power and reset."""

    bindings = {"port": "SerialPort"}  # noqa: RUF012 (labgrid's way)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._serial: Any = None

    def on_activate(self) -> None:
        """Open the port and see who is there. Raises RigError."""
        try:
            self._serial = serial.serial_for_url(
                self.port.port, self.port.speed, timeout=_TIMEOUT_S
            )
        except (OSError, ValueError) as error:
            raise RigError(f"fixture board: cannot open {self.port.port}: {error}") from None
        self._serial.reset_input_buffer()
        found = self._greet()
        if found != BANNER:
            raise RigError(f"fixture board: {found!r} answers, not {BANNER!r}; copy its firmware")

    def on_deactivate(self) -> None:
        """Close the port; the fixture then lets go of the sensors by itself."""
        self._serial.close()

    @Driver.check_active
    def play(
        self, bottom_mv: int, lid_mv: int, bits: int, mains_mv: int, current_mv: int
    ) -> tuple[float, bool]:
        """Set all inputs of the board under test; (heater's share of time since the last call,
        relay). bits: 1 lid closed, 2 pot present."""
        reply = self._ask(f"S {bottom_mv} {lid_mv} {bits} {mains_mv} {current_mv}", "H")
        permille, relay = reply.split()
        return int(permille) / 1000.0, relay == "1"

    @Driver.check_active
    def power(self, *, on: bool) -> None:
        """Power of the board under test."""
        self._ask(f"P {int(on)}", "F")

    @Driver.check_active
    def reset(self) -> None:
        """Reset pin of the board under test."""
        self._ask("R", "F")

    def _greet(self) -> str:
        """Its banner; a fixture that is still booting is given some tries."""
        for _ in range(_BOOT_TRIES - 1):
            try:
                found = self._ask("I", "F")
            except RigError:
                continue
            while self._serial.in_waiting or self._serial.read(1):  # late answers to earlier tries
                self._serial.reset_input_buffer()
            return found
        return self._ask("I", "F")

    def _ask(self, line: str, expected: str) -> str:
        try:
            self._serial.write(line.encode() + b"\n")
            reply = self._serial.readline().decode("ascii", "replace").strip()
        except OSError as error:
            raise RigError(f"fixture board is gone: {error}; check its cable") from None
        word, _, rest = reply.partition(" ")
        if word != expected:
            told = rest or "nothing"
            raise RigError(f"fixture board answers {line!r} with {told}; press its reset")
        return str(rest)
