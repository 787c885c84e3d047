"""The board's end of the link: answers each command once, a repeated one with the same answer.

A command counts as repeated when sequence number, type and payload's CRC are those of the last
one; GET_IDENT is always answered afresh, since it is how a host begins.
"""

import struct

from .crc16 import crc16
from .frame import FrameReader, FrameWriter
from .protocol import ACK, BAD_VALUE, FORMATS, GET_IDENT, SIZES, UNKNOWN, is_command

try:
    from typing import Callable
except ImportError:
    pass


class BoardEndpoint:
    """Frames in, `handle(type, payload)` for each new command, one answer out.

    `handle` returns an ACK status, or -1 after it answered by itself through `answer`.
    """

    def __init__(
        self,
        write: "Callable[[memoryview], object]",
        handle: "Callable[[int, memoryview], int]",
    ) -> None:
        self._write = write
        self._handle = handle
        self._writer = FrameWriter()
        self._reader = FrameReader(self._on_frame)
        self._last_seq = 0
        self._last_key = -1
        self._answer = memoryview(b"")

    @property
    def bad_frames(self) -> int:
        """Frames dropped because of noise so far."""
        return self._reader.bad_frames

    def feed(self, data: "bytes | bytearray | memoryview", length: int) -> None:
        """Take the first `length` received bytes of `data`."""
        self._reader.feed(data, length)

    def answer(self, kind: int, *values: "int | bytes") -> None:
        """Build the answer to the command in hand."""
        struct.pack_into(FORMATS[kind], self._writer.payload, 0, *values)
        self._answer = self._writer.build(kind, self._last_seq, SIZES[kind])

    def answer_packed(self, kind: int, payload: memoryview) -> None:
        """The same, of a payload that is packed already."""
        self._writer.payload[: len(payload)] = payload
        self._answer = self._writer.build(kind, self._last_seq, len(payload))

    def _on_frame(self, kind: int, seq: int, payload: memoryview, length: int) -> None:
        key = (kind << 16) | crc16(payload, length)
        if seq != self._last_seq or key != self._last_key or kind == GET_IDENT:
            self._last_seq = seq
            self._last_key = key
            status = UNKNOWN
            if is_command(kind):
                status = self._handle(kind, payload) if SIZES[kind] == length else BAD_VALUE
            if status >= 0:
                self.answer(ACK, kind, status)
        self._write(self._answer)
