"""MicroPython onto an empty Pico: a UF2 file copied to the drive that it shows in BOOTSEL mode.

A board that runs goes into that mode when its port is opened at 1200 baud and closed (MicroPython
and the C SDK's USB stack both do it); an empty one does by itself, any other with its BOOTSEL
button held while it is plugged in. Where no drive is mounted, picotool loads the file if it is
installed.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import serial

from wenhuo.errors import AmbiguousDeviceError, FlashError, NoDeviceError

INFO = "INFO_UF2.TXT"
BLOCK = 512
_MAGIC = (0x0A324655, 0x9E5D5157)
_MAGIC_END = 0x0AB16F30
_HAS_FAMILY = 0x2000
_TOUCH_BAUD = 1200
_APPEAR_S, _GO_S, _LOOK_S = 15.0, 15.0, 0.2
_PIECE = 16 * BLOCK


def check_uf2(data: bytes, family: int, name: str) -> None:
    """Raises FlashError for what is no UF2 file, is cut short, or is for another chip."""
    count = len(data) // BLOCK
    if not data or len(data) % BLOCK:
        raise FlashError(f"{name} is no whole UF2 file ({len(data)} bytes); download it again")
    for number in range(count):
        block = data[number * BLOCK : (number + 1) * BLOCK]
        *magic, flags, _address, _size, at, total, is_for = struct.unpack_from("<8I", block)
        if tuple(magic) != _MAGIC or struct.unpack_from("<I", block, BLOCK - 4)[0] != _MAGIC_END:
            raise FlashError(f"{name} is no UF2 file (block {number}); give MicroPython's .uf2")
        if flags & _HAS_FAMILY and is_for != family:
            raise FlashError(
                f"{name} is for another chip (family {is_for:08x}, this board's is {family:08x})"
            )
        if (at, total) != (number, count):
            raise FlashError(f"{name} is cut short (block {at} of {total}); download it again")


def drives(mounts: Path = Path("/proc/self/mounts")) -> list[Path]:
    """Every mounted drive of a board in BOOTSEL mode."""
    rows = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    points = [row.split()[1].replace("\\040", " ") for row in rows if len(row.split()) > 1]
    found = []
    for point in points:
        with suppress(OSError):
            if (Path(point) / INFO).is_file():
                found.append(Path(point))
    return found


def touch(port: str) -> None:
    """Open the port at 1200 baud and close it: the board goes into BOOTSEL mode.

    Raises NoDeviceError where there is no such port.
    """
    try:
        # Not every line has a DTR to let go.
        with serial.Serial(port, _TOUCH_BAUD) as line, suppress(OSError):
            line.dtr = False
    except (OSError, serial.SerialException) as error:
        raise NoDeviceError(f"cannot open {port} ({error}); see `wenhuo ports`") from None


def find_drive(port: str | None, look: Callable[[], list[Path]] = drives) -> Path | None:
    """The one drive that is there, after a touch of the port if none is; None where none comes.

    Raises AmbiguousDeviceError for several, NoDeviceError for no such port.
    """
    found = look()
    if not found and port is not None:
        touch(port)
        until_s = time.monotonic() + _APPEAR_S
        while not found and time.monotonic() < until_s:
            time.sleep(_LOOK_S)
            found = look()
    if len(found) > 1:
        names = ", ".join(map(str, found))
        raise AmbiguousDeviceError(f"{names} are each a board's drive; name one with --drive")
    return found[0] if found else None


def copy(data: bytes, drive: Path, sent: Callable[[int], None]) -> None:
    """Copy the file onto the drive and wait until the board has gone to run it.

    Raises NoDeviceError where there is no such drive, FlashError where it does not take the file.
    """
    if not (drive / INFO).is_file():
        raise NoDeviceError(
            f"{drive} is no board's drive (it has no {INFO}); hold BOOTSEL, plug in"
        )
    try:
        with (drive / "firmware.uf2").open("wb", buffering=0) as stream:
            for start in range(0, len(data), _PIECE):
                stream.write(data[start : start + _PIECE])
                sent(len(data[start : start + _PIECE]))
            with suppress(OSError):  # the board leaves as soon as it has the last block
                os.fsync(stream.fileno())
    except OSError as error:
        raise FlashError(f"{drive} broke off: {error.strerror}; plug the board in again") from None
    until_s = time.monotonic() + _GO_S
    while (drive / INFO).is_file():
        if time.monotonic() > until_s:
            raise FlashError(f"{drive} has the file and does not start it; is it for this board?")
        time.sleep(_LOOK_S)


def load_by_picotool(image: Path) -> None:
    """Load, verify and start the file over USB. Raises NoDeviceError, FlashError."""
    program = shutil.which("picotool")
    if program is None:
        raise NoDeviceError(
            "no board's drive is mounted; hold BOOTSEL while you plug the board in and mount its "
            "drive (--drive names it), or install picotool"
        )
    command = [program, "load", "-f", "-v", "-x", str(image)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = (done.stderr + done.stdout).strip().splitlines() or ["it says nothing"]
        raise FlashError(f"picotool: {told[-1]}; hold BOOTSEL while you plug the board in")
