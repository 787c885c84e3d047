"""A bad cable: a serial stream whose bytes are flipped while the noise is on."""

from __future__ import annotations

import random

import serial


class NoisyStream:
    """A pyserial stream with a switch for noise, in both directions.

    share_of_bytes: how many bytes get one bit flipped while `on`. Seeded, so that a run repeats.
    """

    def __init__(self, inner: serial.SerialBase, seed: int, share_of_bytes: float = 0.02) -> None:
        self.inner = inner
        self.on = False
        self._random = random.Random(seed)
        self._share = share_of_bytes

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes, as the cable delivers them."""
        return self._spoilt(self.inner.read(size))

    def write(self, data: bytes) -> int:
        """Send bytes through the cable; returns how many."""
        return int(self.inner.write(self._spoilt(data)) or 0)

    @property
    def in_waiting(self) -> int:
        """Bytes that have arrived."""
        return int(self.inner.in_waiting)

    def close(self) -> None:
        """Close the stream beneath."""
        self.inner.close()

    def _spoilt(self, data: bytes) -> bytes:
        if not self.on:
            return data
        return bytes(
            byte ^ (1 << self._random.randrange(8)) if self._random.random() < self._share else byte
            for byte in data
        )
