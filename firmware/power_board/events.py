"""The last events, packed as they go over the wire; the host asks for them by number."""

import struct
import time

from wenhuo_link.protocol import EVENT, FORMATS, SIZES

KEEP = 32
_STAMP_MASK = (1 << 30) - 1


def stamp() -> int:
    """Now, as it goes over the wire: ms since start, modulo 2^30."""
    return time.ticks_ms() & _STAMP_MASK  # type: ignore[operator,unused-ignore]


class EventLog:
    """A ring of packed EVENT messages."""

    def __init__(self) -> None:
        self.count = 0  # events so far
        self._size = SIZES[EVENT]
        self._ring = bytearray(KEEP * self._size)
        self._view = memoryview(self._ring)

    def add(
        self, t_ms: int, kind: int, phase: int, reason: int, bottom: int, lid: int, elapsed_s: int
    ) -> None:
        """Note an event; temperatures in centi-degrees."""
        struct.pack_into(
            FORMATS[EVENT],
            self._ring,
            (self.count % KEEP) * self._size,
            self.count & 0xFFFF,
            t_ms,
            kind,
            phase,
            reason,
            bottom,
            lid,
            elapsed_s,
        )
        self.count += 1

    def get(self, index: int) -> "memoryview | None":
        """The packed event of that number; None where it is too old or not yet there."""
        newest = self.count - 1
        if self.count == 0 or (newest - index) & 0xFFFF >= min(KEEP, self.count):
            return None
        slot = (newest - ((newest - index) & 0xFFFF)) % KEEP
        return self._view[slot * self._size : (slot + 1) * self._size]
