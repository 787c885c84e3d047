"""What the board checks of itself before it may heat: its files, its memory, its arithmetic.

In the spirit of IEC 60730 class B as far as bytecode can: a processor's registers and the RAM
beneath the interpreter are out of its reach.
"""

import hashlib
import json
import os

import limits
from sensors import bottom_sensor, lid_sensor
from wenhuo_link.crc16 import crc16

_MANIFEST = "image.json"
_DIRECTORY = 0x4000
_RAM_BYTES = 2048
_PROBE_CC = 100


def passed() -> bool:
    """Whether all checks are well."""
    return _files_intact() and _memory_works() and _tables_right()


def _files_intact() -> bool:
    """The SHA-256 of the files is that of the image which was built (wenhuo_tools.image)."""
    try:
        with open(_MANIFEST) as stream:
            wanted = json.load(stream)
    except (OSError, ValueError):
        return False
    total = hashlib.sha256()
    for path in sorted(_sources("")):
        total.update(path.encode() + b"\0")
        total.update(_file_digest(path))
    digest = "".join(["%02x" % byte for byte in total.digest()])
    return digest == wanted.get("sha256") and wanted.get("limits") == limits.CRC


def _sources(folder: str) -> "list[str]":
    found = []
    for entry in os.ilistdir(folder or "."):  # type: ignore[attr-defined,unused-ignore]
        if entry[1] == _DIRECTORY:
            found += _sources(folder + entry[0] + "/")
        elif entry[0].endswith("py"):  # .py, .mpy
            found.append(folder + entry[0])
    return found


def _file_digest(path: str) -> bytes:
    digest = hashlib.sha256()
    block = bytearray(512)
    with open(path, "rb") as stream:
        size = stream.readinto(block)
        while size:
            digest.update(memoryview(block)[:size])
            size = stream.readinto(block)
    return digest.digest()


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
