"""The virtual board as `wenhuo flash power` left it, in the place of a rig's board."""

from __future__ import annotations

import time
from pathlib import Path

from wenhuo.errors import RigError
from wenhuo_tools.flash.repl import Repl
from wenhuo_tools.flash.slots import Survey
from wenhuo_tools.rig import virtual_board
from wenhuo_tools.rig.mcu import VirtualMcu
from wenhuo_tools.rig.processes import POWER_ON

_BOOT_S, _LOOK_S = 10.0, 0.05
_FORGET = """
import os
for name in os.listdir("/"):
 if name.startswith("progress"):
  os.remove("/" + name)
"""


class FlashedBoard:
    """Like BoardProcess, but what it runs came through its prompt and lies in its own flash.

    Raises RigError where it has no application, or is running elsewhere.
    """

    def __init__(self, plant: tuple[str, int]) -> None:
        """plant: where its pins end."""
        if virtual_board.running() is not None:
            raise RigError("the virtual board runs already; end `wenhuo virtual run` first")
        with virtual_board.console() as cables, Repl(cables.console) as repl:
            if not Survey.of(repl).runs:
                raise RigError("the virtual board is empty; first run `wenhuo flash power`")
            repl.run(_FORGET)  # a cook that was broken off here does not go on in another kitchen
        self._mcu = VirtualMcu(virtual_board.flash_file(), plant)
        self._until_s = 0.0

    @property
    def port(self) -> str:
        """Its link."""
        return self._mcu.link

    @property
    def flash(self) -> Path:
        """Raises RigError: its files lie in a file system of its own."""
        raise RigError("a flashed board's files can only be read through its prompt (mpremote)")

    def erase(self) -> None:
        """Nothing: what it remembers of cooks was forgotten when this began."""

    def power_on(self, reset_cause: int = POWER_ON) -> None:
        """Start it. Raises RigError where MicroPython cannot be started."""
        self._until_s = time.monotonic() + _BOOT_S
        self._mcu.power_on(reset_cause=reset_cause)

    def power_off(self) -> None:
        """Cut the power."""
        self._mcu.power_off()

    def restarted(self) -> bool:
        """Whether it is on its way up, as after power on and after a reset of its own."""
        time.sleep(_LOOK_S)
        return self._mcu.is_on and time.monotonic() < self._until_s

    def obituary(self) -> str | None:
        """Why it does not run, None while it does."""
        return None if self._mcu.is_on else "the virtual board is off"

    def close(self) -> None:
        """Power off and pull the cables."""
        self._mcu.close()
