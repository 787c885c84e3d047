"""What the board checks of itself, at start and then all the time, a piece every second.

In the spirit of IEC 60730 class B as far as bytecode can; README.md has the table of what is tested
how and how often, and what is out of its reach. Each check has a number, the fault's `value`.
"""

import hashlib
import json
import os

import limits
from phases import Runner
from safety import Safety
from sensors import Thermistor, bottom_sensor, lid_sensor
from wenhuo_link import faults as f
from wenhuo_link.crc16 import crc16

FILES, MEMORY, TABLES, LIMITS = 1, 2, 3, 4

CHIP_MAX_C = 85
CHIP_MIN_C = -20

_MANIFEST = "image.json"
_DIRECTORY = 0x4000
_RAM_BYTES = 2048
_PROBE_CC = 100


class FileCheck:
    """SHA-256 over all source files, a block at a time; wenhuo_tools.image computes the same."""

    def __init__(self) -> None:
        self.rounds = 0
        self._wanted = _manifest_digest()
        self._paths = sorted(_sources(""))
        self._block = bytearray(512)
        self._restart()

    def _restart(self) -> None:
        self._at = 0
        self._offset = 0
        self._total = hashlib.sha256()
        self._file = hashlib.sha256()

    def whole_round(self) -> bool:
        """All files, from the first."""
        self._restart()
        wanted = self.rounds + 1
        while self.rounds < wanted:
            if not self.step():
                return False
        return True

    def step(self) -> bool:
        """The next block. False: the files are not those that were built."""
        path = self._paths[self._at]
        try:
            with open(path, "rb") as stream:
                stream.seek(self._offset)
                size = stream.readinto(self._block) or 0
        except OSError:
            return False
        if size:
            self._file.update(memoryview(self._block)[:size])
            self._offset += size
        if size == len(self._block):
            return True
        self._total.update(path.encode() + b"\0")
        self._total.update(self._file.digest())
        self._file = hashlib.sha256()
        self._offset = 0
        self._at += 1
        if self._at < len(self._paths):
            return True
        right = "".join(["%02x" % byte for byte in self._total.digest()]) == self._wanted
        self.rounds += 1
        self._restart()
        return right


class SelfTest:
    """`at_start` once, `second` every second; both return the number of what failed, 0 for none."""

    def __init__(self, run: Runner, safety: Safety, bottom: Thermistor, lid: Thermistor) -> None:
        self.files = FileCheck()
        self.chip_c = 0
        self._run = run
        self._safety = safety
        self._bottom = bottom
        self._lid = lid
        self._table_sum = bottom.table_sum() + lid.table_sum()
        self._turn = 0

    def at_start(self) -> int:
        """Everything; also before a fault of the self-test is cleared."""
        if not self.files.whole_round():
            return FILES
        if not _memory_works():
            return MEMORY
        if not (_tables_right() and self._tables_kept()):
            return TABLES
        return 0 if self._safety.intact else LIMITS

    def _tables_kept(self) -> bool:
        return self._bottom.table_sum() + self._lid.table_sum() == self._table_sum

    def second(self, chip_c: int) -> int:
        """One block of flash, one phase's memory, the limits' copies; the tables every 16th."""
        self.chip_c = chip_c
        self._turn += 1
        if not self.files.step():
            return FILES
        if not self._run.memory_works(self._turn):
            return MEMORY
        if not self._safety.intact:
            return LIMITS
        return TABLES if self._turn % 16 == 0 and not self._tables_kept() else 0

    def chip_fault(self) -> int:
        """A fault code where the board is too hot, or its converter reads what cannot be."""
        return 0 if CHIP_MIN_C <= self.chip_c <= CHIP_MAX_C else f.BOARD_HOT


def _manifest_digest() -> str:
    """The SHA-256 that the image was built with; empty where the manifest is damaged."""
    try:
        with open(_MANIFEST) as stream:
            wanted = json.load(stream)
    except (OSError, ValueError):
        return ""
    return str(wanted.get("sha256")) if wanted.get("limits") == limits.CRC else ""


def _sources(folder: str) -> "list[str]":
    found = []
    for entry in os.ilistdir(folder or "."):  # type: ignore[attr-defined,unused-ignore]
        if entry[1] == _DIRECTORY:
            found += _sources(folder + entry[0] + "/")
        elif entry[0].endswith("py"):  # .py, .mpy
            found.append(folder + entry[0])
    return found


def _memory_works() -> bool:
    """Alternating patterns in a block of the heap, and a CRC with a known answer."""
    block = bytearray(_RAM_BYTES)
    for pattern in (0x55, 0xAA):
        for i in range(_RAM_BYTES):
            block[i] = pattern ^ (i & 0xFF)
        for i in range(_RAM_BYTES):
            if block[i] != pattern ^ (i & 0xFF):
                return False
    return crc16(b"123456789", 9) == 0x29B1


def _tables_right() -> bool:
    """The reading at the absolute maximum must mean that temperature: limits and tables agree."""
    for sensor, raw, wanted_cc in (
        (bottom_sensor(), limits.BOTTOM_MAX_RAW, limits.BOTTOM_MAX_CC),
        (lid_sensor(), limits.LID_MAX_RAW, limits.LID_MAX_CC),
    ):
        sensor.add(raw)
        sensor.second()
        if abs(sensor.cc - wanted_cc) > _PROBE_CC:
            return False
    return True
