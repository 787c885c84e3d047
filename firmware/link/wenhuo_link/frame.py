"""A frame on the wire: a zero byte, Hamming words of (type, sequence, payload, CRC-16 low byte
first), then two zero bytes. No word is zero.

The reader takes bytes in any portions. Single wrong bits of words are mended. Whatever then is no
whole frame with the right CRC is dropped and counted; the next zero byte starts afresh: the one in
front ends what noise came before, the second at the end stands in for a spoilt first.
"""

from .crc16 import crc16
from .hamming import decode_in_place, encode_into

try:
    from typing import Callable
except ImportError:  # MicroPython has no typing and never evaluates annotations
    pass

MAX_PAYLOAD = 64
_OVERHEAD = 4  # type, sequence, CRC
_MAX_RAW = MAX_PAYLOAD + _OVERHEAD
_MAX_WORDS = 2 * _MAX_RAW
MAX_FRAME = _MAX_WORDS + 3


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
        end = encode_into(self._wire, 1, raw, length + _OVERHEAD)
        self._wire[end] = 0
        self._wire[end + 1] = 0
        return self._view[: end + 2]


class FrameReader:
    """Finds frames in a stream of bytes and hands each to `on_frame(type, seq, payload, length)`.

    `payload` is a view of the reader's own buffer, at least `length` bytes, valid during the call.
    """

    def __init__(self, on_frame: "Callable[[int, int, memoryview, int], None]") -> None:
        self.bad_frames = 0
        self._on_frame = on_frame
        self._buf = bytearray(_MAX_WORDS + 1)
        self._payload = memoryview(self._buf)[2:]
        self._fill = 0

    def feed(self, data: "bytes | bytearray | memoryview", length: int) -> None:
        """Take the first `length` bytes of `data`."""
        buf = self._buf
        fill = self._fill
        for i in range(length):
            byte = data[i]
            if byte:
                if fill <= _MAX_WORDS:
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
        size = decode_in_place(buf, fill) if fill <= _MAX_WORDS + 1 else -1
        if size < _OVERHEAD or crc16(buf, size - 2) != buf[size - 2] | (buf[size - 1] << 8):
            self.bad_frames += 1
            return
        self._on_frame(buf[0], buf[1], self._payload, size - _OVERHEAD)
