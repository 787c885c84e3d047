"""A frame on the wire: COBS(type, sequence, payload, CRC-16 low byte first), then one zero byte.

The reader takes bytes in any portions. Whatever does not unstuff to a whole frame with the right
CRC is dropped and counted; the next zero byte starts afresh.
"""

from .cobs import decode_in_place, encode_into
from .crc16 import crc16

try:
    from typing import Callable
except ImportError:  # MicroPython has no typing and never evaluates annotations
    pass

MAX_PAYLOAD = 64
_OVERHEAD = 4  # type, sequence, CRC
_MAX_RAW = MAX_PAYLOAD + _OVERHEAD
MAX_FRAME = _MAX_RAW + 2  # one stuffing byte (raw < 254) and the delimiter


class FrameWriter:
    """Builds frames in one buffer that is used again for each."""

    def __init__(self) -> None:
        self.raw = bytearray(_MAX_RAW)
        self.payload = memoryview(self.raw)[2:]
        self._wire = bytearray(MAX_FRAME)
        self._view = memoryview(self._wire)

    def build(self, kind: int, seq: int, length: int) -> memoryview:
        """The frame of the `length` bytes put into `payload` before; valid until the next call."""
        raw = self.raw
        raw[0] = kind
        raw[1] = seq
        crc = crc16(raw, length + 2)
        raw[length + 2] = crc & 0xFF
        raw[length + 3] = crc >> 8
        size = encode_into(self._wire, raw, length + _OVERHEAD)
        self._wire[size] = 0
        return self._view[: size + 1]


class FrameReader:
    """Finds frames in a stream of bytes and hands each to `on_frame(type, seq, payload, length)`.

    `payload` is a view of the reader's own buffer, at least `length` bytes, valid during the call.
    """

    def __init__(self, on_frame: "Callable[[int, int, memoryview, int], None]") -> None:
        self.bad_frames = 0
        self._on_frame = on_frame
        self._buf = bytearray(MAX_FRAME)
        self._payload = memoryview(self._buf)[2:]
        self._fill = 0

    def feed(self, data: "bytes | bytearray | memoryview", length: int) -> None:
        """Take the first `length` bytes of `data`."""
        buf = self._buf
        fill = self._fill
        for i in range(length):
            byte = data[i]
            if byte:
                if fill < MAX_FRAME:
                    buf[fill] = byte
                fill += 1
            else:
                self._fill = 0
                if fill:
                    self._finish(fill)
                fill = 0
        self._fill = fill

    def _finish(self, fill: int) -> None:
        buf = self._buf
        size = decode_in_place(buf, fill) if fill < MAX_FRAME else -1
        if size < _OVERHEAD or crc16(buf, size - 2) != buf[size - 2] | (buf[size - 1] << 8):
            self.bad_frames += 1
            return
        self._on_frame(buf[0], buf[1], self._payload, size - _OVERHEAD)
