"""CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF), by table: one look-up a byte."""

from array import array


def _table() -> "array[int]":
    table = array("H", [0] * 256)
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        table[byte] = crc & 0xFFFF
    return table


_TABLE = _table()


def crc16(data: "bytes | bytearray | memoryview", length: int, crc: int = 0xFFFF) -> int:
    """The CRC of the first `length` bytes. `crc16(b"123456789", 9)` is 0x29B1."""
    table = _TABLE
    for i in range(length):
        crc = ((crc << 8) & 0xFF00) ^ table[(crc >> 8) ^ data[i]]
    return crc
