"""MicroPython onto an empty ESP32, by Espressif's own esptool (a program of its own: it is GPL)."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from wenhuo.boards import EsptoolChip
from wenhuo.errors import FlashError

_BAUD = "460800"


def write(chip: EsptoolChip, port: str, image: Path) -> None:
    """Erase the chip, write the image, have it verified. esptool's progress goes to stderr.

    Raises FlashError with esptool's own last line, or where it is not installed.
    """
    if find_spec("esptool") is None:
        raise FlashError("an empty ESP32 needs esptool: pip install 'wenhuo-tools[esp32]'")
    command = [sys.executable, "-m", "esptool", "--chip", chip.chip, "--port", port]
    command += ["--baud", _BAUD, "write-flash", "--erase-all", hex(chip.offset), str(image)]
    show = None if sys.stderr.isatty() else subprocess.PIPE
    done = subprocess.run(
        command, stdout=sys.stderr if show is None else show, stderr=show, text=True, check=False
    )
    if done.returncode:
        told = ((done.stdout or "") + (done.stderr or "")).strip().splitlines()
        said = told[-1].rpartition("occurred: ")[2].rstrip(".") if told else "see above"
        raise FlashError(f"esptool: {said}; hold BOOT while you press RESET, and try again")
