"""A virtual microcontroller: MicroPython with a flash of its own, a console and a link.

Unlike the rig's BoardProcess, whose image is a folder, this one starts empty and is flashed the way
a real board is: through its prompt. Two ptys stand for its two cables:

    console   USB of a real board: the REPL. mpremote and `wenhuo flash power` talk to it
    link      the UART to the controller

Where a chip would reset, its process ends and is started again, with the same cables.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import termios
import threading
import tty
from pathlib import Path

from wenhuo.errors import RigError
from wenhuo_link.messages import RESET_CAUSES
from wenhuo_tools.image import firmware_root
from wenhuo_tools.rig.processes import HEAP, RESET_EXIT_CODE, micropython

_UNKNOWN = RESET_CAUSES.index("unknown")
_SOFT = RESET_CAUSES.index("soft")
_POWER_ON = RESET_CAUSES.index("power_on")
_PUMP_S = 0.2
# The interpreter is a module of CPython's, whose own answer to SIGINT would end it as it starts.
_START = 'trap "" INT; exec "$0" "$@"'
_RAW, _FRIENDLY, _INTERRUPT, _PROMPT = 0x01, 0x02, b"\x03", b">>> "
_READ = 4096


class VirtualMcu:
    """One board. Its flash is a file, so it outlives this object.

    plant: where its pins end; without one an application cannot start, the prompt can. cut_after:
    the power goes after so many bytes on the console. taken: bytes that have come on it so far.
    """

    def __init__(self, flash: Path, plant: tuple[str, int] | None = None) -> None:
        self.flash = flash
        self.plant = plant
        self.cut_after: int | None = None
        self.taken = 0
        self._outer, self._console_slave = os.openpty()
        self._link, self._link_slave = os.openpty()
        os.set_blocking(self._link, False)  # an UART loses what nobody reads; it does not wait
        for slave in (self._console_slave, self._link_slave):
            tty.setraw(slave)
        self.console = os.ttyname(self._console_slave)
        self.link = os.ttyname(self._link_slave)
        self._process: subprocess.Popen[bytes] | None = None
        self._inner = -1
        self._stopping = threading.Event()
        self._raw = False
        self._pump: threading.Thread | None = None

    def power_on(self, *, safe: bool = False, reset_cause: int = _POWER_ON) -> None:
        """Start it; safe: to the prompt, without /main.py. Raises RigError."""
        self._stopping.clear()
        self._boot(reset_cause, safe=safe)
        self._pump = threading.Thread(target=self._run, name="virtual-mcu", daemon=True)
        self._pump.start()

    def power_off(self) -> None:
        """Cut the power; the cables stay, what was on them is lost."""
        self._stopping.set()
        if self._pump is not None and self._pump is not threading.current_thread():
            self._pump.join()
        self._kill()
        for fd in (self._link, self._link_slave):
            termios.tcflush(fd, termios.TCIOFLUSH)

    def close(self) -> None:
        """Cut the power and pull both cables."""
        if self._link >= 0:
            self.power_off()
        for fd in (self._outer, self._console_slave, self._link, self._link_slave):
            if fd >= 0:
                os.close(fd)
        self._outer = self._console_slave = self._link = self._link_slave = -1

    @property
    def is_on(self) -> bool:
        """Whether it has power."""
        return self._process is not None

    def _boot(self, cause: int, *, safe: bool) -> None:
        self._inner, slave = os.openpty()
        tty.setraw(slave)
        environment = {
            **os.environ,
            "WENHUO_FLASH_FILE": str(self.flash),
            "WENHUO_FLASH": "/",  # an application's own files lie beside its slots, not in one
            "WENHUO_SAFE_BOOT": "1" if safe else "",
            "WENHUO_UART_FD": str(self._link),
            "WENHUO_RESET_CAUSE": str(cause),
            "MICROPYINSPECT": "1",
            "HOME": str(self.flash.parent),  # the prompt's history stays out of the user's home
        }
        if self.plant:
            environment["WENHUO_PLANT"] = f"{self.plant[0]}:{self.plant[1]}"
        else:
            environment["WENHUO_PLANT"] = "127.0.0.1:1"  # nobody listens there
        rom = firmware_root() / "boot" / "virtual_rom.py"
        try:
            self._process = subprocess.Popen(
                ["sh", "-c", _START, str(micropython()), "-X", f"heapsize={HEAP}", str(rom)],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=environment,
                pass_fds=(self._link,),
                start_new_session=True,
            )
        except OSError as error:
            raise RigError(f"cannot start MicroPython: {error.strerror}") from None
        finally:
            os.close(slave)

    def _run(self) -> None:
        """Carry bytes between the outer cable and the process, over its resets."""
        while not self._stopping.is_set():
            try:
                ready, _, _ = select.select([self._outer, self._inner], [], [], _PUMP_S)
                if self._inner in ready and not self._from_board():
                    self._ended()
                elif self._outer in ready:
                    self._to_board()
            except OSError:
                return  # the power was cut, or close() took the cables away
            if self._process is None:
                return

    def _from_board(self) -> bool:
        """Carry what the board says; False where its process has ended."""
        try:
            data = os.read(self._inner, _READ)
        except OSError:  # Linux: EIO when the last holder of the slave is gone
            data = b""
        if data:
            os.write(self._outer, data)
        return bool(data)

    def _to_board(self) -> None:
        data = os.read(self._outer, _READ)
        if self.cut_after is not None and self.taken + len(data) >= self.cut_after:
            os.write(self._inner, data[: self.cut_after - self.taken])
            self._cut()
            return
        self.taken += len(data)
        for byte in data:
            if byte in (_RAW, _FRIENDLY):
                self._raw = byte == _RAW
        assert self._process is not None
        if _INTERRUPT in data and _takes_interrupts(self._process.pid):
            data = data[data.rindex(_INTERRUPT) + 1 :]
            os.kill(self._process.pid, signal.SIGINT)
        os.write(self._inner, data)

    def _cut(self) -> None:
        """Power gone, and with it the USB device: whoever holds the port sees it vanish."""
        self._kill()
        os.close(self._outer)
        self._outer = -1

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            os.close(self._inner)

    def _ended(self) -> None:
        """A reset: of the chip (exit code) or of the interpreter (Ctrl-D at the prompt)."""
        assert self._process is not None
        code = self._process.wait()
        os.close(self._inner)
        self._process = None
        if code != 0:  # whatever else ends the interpreter is a crash, after which a chip resets
            known = RESET_EXIT_CODE < code < RESET_EXIT_CODE + len(RESET_CAUSES)
            self._boot(code - RESET_EXIT_CODE if known else _UNKNOWN, safe=False)
            return
        os.write(self._outer, b"MPY: soft reboot\r\n")
        raw = self._raw
        self._boot(_SOFT, safe=raw)  # MicroPython runs no main.py when it was in raw mode
        if raw:
            self._await_prompt()
            os.write(self._inner, bytes([_RAW]))

    def _await_prompt(self) -> None:
        said = b""
        while not said.endswith(_PROMPT) and not self._stopping.is_set():
            if select.select([self._inner], [], [], _PUMP_S)[0]:
                said += os.read(self._inner, _READ)


def _takes_interrupts(pid: int) -> bool:
    """Whether the interpreter runs something: only then does it catch SIGINT, and else Ctrl-C is a
    byte for its prompt. (Its terminal modes are no help: after a raw paste they stay raw.)"""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1)
