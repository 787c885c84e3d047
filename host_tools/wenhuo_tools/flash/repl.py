"""A board's prompt: run code on it and write files through it, over mpremote's serial transport.

The wire is mpremote's own (raw REPL and raw paste): the protocol's details and its quirks on real
boards are kept up there. What is here: errors in one line, a reset that comes back, checked writes.
"""

from __future__ import annotations

import binascii
import json
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

from wenhuo.errors import LinkError, NoDeviceError

_BAUD = 115200
_BYTE_TIMEOUT_S = 2.0
_PROMPT_S, _PROMPT_TRIES, _QUIET_S = 2.0, 3, 0.05
_BANNER = b"raw REPL; CTRL-B to exit\r\n"
_BACK_S, _BACK_TRY_S = 10.0, 0.1
_CHUNK = 1024  # a Pico has room for it as source and as bytes
_MARK = "wenhuo_before_reset"  # a name that a fresh interpreter does not know
_RESET = """
try:
 from machine import reset
except ImportError:
 import sys
 def reset():
  sys.exit(79)
reset()
"""


class Repl:
    """An open prompt. Use as a context manager.

    Raises NoDeviceError on construction where the port cannot be opened, LinkError where what is
    there has no prompt or goes away.
    """

    def __init__(self, port: str) -> None:
        self.port = port
        self.bytes_sent = 0
        self._wire: Any = None
        self._open()
        self._enter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the board at its friendly prompt and close the port."""
        with suppress(OSError):  # it may be gone already
            self._wire.exit_raw_repl()
        self._drop()

    def run(self, code: str) -> str:
        """Run code on the board and return what it printed. Raises LinkError."""
        try:
            printed: bytes = self._wire.exec(code)
        except TransportExecError as error:
            told = str(error).strip().splitlines()
            raise LinkError(f"{self.port}: the board says {told[-1] if told else error}") from None
        except (TransportError, OSError, ValueError, IndexError, struct.error) as error:
            raise LinkError(f"{self.port} broke off: {error}; check cable and power") from None
        return printed.decode("utf-8", "replace")

    def ask(self, code: str) -> Any:  # noqa: ANN401 - any JSON value
        """Run code whose last line printed is JSON. Raises LinkError."""
        lines = self.run(code).strip().splitlines()
        try:
            return json.loads(lines[-1])
        except (IndexError, ValueError):
            raise LinkError(f"{self.port}: not an answer: {lines[-1:]!r}") from None

    def write(self, path: str, data: bytes, sent: Callable[[int], None]) -> None:
        """Write a file. `sent` is told the bytes of each piece. Raises LinkError."""
        self.run(f"from binascii import a2b_base64 as d\nf=open({path!r},'wb')\nw=f.write")
        for start in range(0, len(data), _CHUNK):
            piece = data[start : start + _CHUNK]
            text = binascii.b2a_base64(piece, newline=False).decode()
            wrote = self.run(f"print(w(d({text!r})))").strip()
            if wrote != str(len(piece)):
                raise LinkError(f"{self.port}: only {wrote} of {len(piece)} bytes fit in {path}")
            self.bytes_sent += len(piece)
            sent(len(piece))
        self.run("f.close()")

    def reset(self, *, reopen: bool = True) -> None:
        """Reset the chip; with `reopen`, be at its prompt again. Raises LinkError."""
        self.run(f"{_MARK} = 1")
        until_s = time.monotonic() + _BACK_S
        while True:
            with suppress(TransportError, OSError):  # it may be gone before it has said so
                self._wire.exec_raw_no_follow(_RESET)
            time.sleep(_BACK_TRY_S)
            if not reopen:
                return
            self._reopen(until_s)
            # A slow board may have taken our Ctrl-C while it still was on its way into the reset.
            if self.run(f"print({_MARK!r} in globals())").strip() == "False":
                return
            if time.monotonic() > until_s:
                raise LinkError(f"{self.port} does not reset; unplug the board and try again")

    def _reopen(self, until_s: float) -> None:
        """Close the port and try until it is there again, at a prompt. Raises LinkError."""
        self._drop()
        while True:
            try:
                self._open()
                self._enter()
            except (LinkError, NoDeviceError):
                if time.monotonic() > until_s:
                    raise
                time.sleep(_BACK_TRY_S)
            else:
                return

    def _open(self) -> None:
        try:
            self._wire = SerialTransport(self.port, _BAUD, timeout=_BYTE_TIMEOUT_S)
        except (TransportError, OSError, serial.SerialException) as error:
            raise NoDeviceError(
                f"cannot open {self.port} ({error}); it may be in use by another program, or "
                "gone: see `wenhuo ports`"
            ) from None

    def _enter(self) -> None:
        """To the raw prompt, whatever runs. Raises LinkError."""
        try:
            # A board on its way up loses the first Ctrl-C.
            entered = any(self._interrupt() for _ in range(_PROMPT_TRIES))
        except OSError as error:
            self._drop()
            raise LinkError(f"{self.port} broke off: {error}; check cable and power") from None
        if not entered:
            self._drop()
            raise LinkError(
                f"{self.port} shows no MicroPython prompt; is MicroPython on the board, and is it "
                "idle? A board that cooks does not listen here"
            )
        self._wire.in_raw_repl = True

    def _interrupt(self) -> bool:
        """Stop what runs and ask for the raw prompt; whether it came, with nothing behind it."""
        wire = self._wire
        wire.serial.write(b"\r\x03\r\x01")
        said = wire.read_until(1, _BANNER, timeout=_PROMPT_S, timeout_overall=_PROMPT_S)
        if not said.endswith(_BANNER):
            return False
        time.sleep(_QUIET_S)  # for the answers to earlier tries
        wire.serial.reset_input_buffer()
        wire.serial.write(b"\x01")
        again: bytes = wire.read_until(1, _BANNER, timeout=_PROMPT_S, timeout_overall=_PROMPT_S)
        return again.endswith(_BANNER)

    def _drop(self) -> None:
        with suppress(OSError):
            self._wire.close()
