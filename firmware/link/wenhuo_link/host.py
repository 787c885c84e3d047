"""The host's end of the link: one command at a time, resent until the board answers it.

No clock and no port of its own: the caller gives a `write` function, feeds what it reads and says
what time it is, so the same code runs over a serial port, a pty or a test's lossy wire in simulated
time.
"""

import struct

from .frame import FrameReader, FrameWriter
from .messages import MESSAGES
from .protocol import FORMATS, GET_IDENT, PHASE_FORMAT, SIZES, schedule_crc

try:
    from typing import Callable
except ImportError:
    pass

_FIELDS = {row[0]: tuple([field for field, _ in row[2]]) for row in MESSAGES}


def unpack(kind: int, payload: "bytes | bytearray | memoryview") -> "dict[str, int | str]":
    """The fields of a message by name; byte strings become text without the filling zeros."""
    values = struct.unpack_from(FORMATS[kind], payload, 0)
    fields: "dict[str, int | str]" = {}
    for i, value in enumerate(values):
        fields[_FIELDS[kind][i]] = (
            value.rstrip(b"\0").decode() if isinstance(value, bytes) else value
        )
    return fields


def pack_schedule(phases: "list[tuple[int, int, int, int, int]]") -> "tuple[list[bytes], int]":
    """SCHED_PHASE payloads and the CRC, of (kind, until, target_cc, power_permille, s) rows."""
    records = [struct.pack(PHASE_FORMAT, *phase) for phase in phases]
    payloads = [bytes([index]) + record for index, record in enumerate(records)]
    return payloads, schedule_crc(b"".join(records))


class HostEndpoint:
    """Stop-and-wait: `ask` sends, `poll` resends when it is time, `feed` takes what came in.

    While `busy` is true a question is open. Then `reply` is (type, fields), or None after `tries`
    sendings without an answer.
    """

    def __init__(
        self,
        write: "Callable[[bytes], object]",
        now_ms: "Callable[[], int]",
        retry_ms: int = 250,
        tries: int = 8,
    ) -> None:
        self.busy = False
        self.reply: "tuple[int, dict[str, int | str]] | None" = None
        self.resent = 0
        self._write = write
        self._now_ms = now_ms
        self._retry_ms = retry_ms
        self._tries = tries
        self._left = 0
        self._sent_ms = 0
        self._seq = 0
        self._frame = b""
        self._writer = FrameWriter()
        self._reader = FrameReader(self._on_frame)

    @property
    def bad_frames(self) -> int:
        """Frames dropped because of noise so far."""
        return self._reader.bad_frames

    def ask(self, kind: int, *values: int, once: bool = False) -> None:
        """Send a command. `once`: never resend it (telemetry is asked for anew, not repeated)."""
        self.ask_raw(kind, struct.pack(FORMATS[kind], *values), once)

    def ask_raw(self, kind: int, payload: bytes, once: bool = False) -> None:
        """Send a command whose payload is packed already (see `pack_schedule`)."""
        self._seq = 1 if self._seq >= 255 or kind == GET_IDENT else self._seq + 1
        self._writer.payload[: len(payload)] = payload
        self._frame = bytes(self._writer.build(kind, self._seq, len(payload)))
        self.reply = None
        self.busy = True
        self._left = 1 if once else self._tries
        self._send()

    def feed(self, data: bytes) -> None:
        """Take received bytes, in any portions."""
        self._reader.feed(data, len(data))

    def poll(self) -> None:
        """Resend, or give up, when the answer is late. Call it often while `busy`."""
        if self.busy and self._now_ms() - self._sent_ms >= self._retry_ms:
            if self._left:
                self.resent += 1
                self._send()
            else:
                self.busy = False

    def _send(self) -> None:
        self._left -= 1
        self._sent_ms = self._now_ms()
        self._write(self._frame)

    def _on_frame(self, kind: int, seq: int, payload: memoryview, length: int) -> None:
        if self.busy and seq == self._seq and SIZES.get(kind) == length:
            self.reply = (kind, unpack(kind, payload))
            self.busy = False
