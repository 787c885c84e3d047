"""A bad cable: a serial stream whose bits are flipped while the noise is on."""

from __future__ import annotations

import random

import serial

_NOISY_TIMEOUT_S = 0.01


class NoisyStream:
    """A pyserial stream with a switch for noise, in both directions.

    share_of_bits: how many bits are flipped while it is on. Seeded: a run repeats.
    """

    def __init__(self, inner: serial.SerialBase, seed: int, share_of_bits: float = 0.01) -> None:
        self._inner = inner
        self._quiet_timeout_s = inner.timeout
        self._on = False
        self._random = random.Random(seed)
        self._share = share_of_bits

    def switch(self, *, on: bool) -> None:
        """Begin or end the noise. Lost answers are not waited for as long as late ones."""
        self._on = on
        self._inner.timeout = _NOISY_TIMEOUT_S if on else self._quiet_timeout_s

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes, as the cable delivers them."""
        return self._spoilt(self._inner.read(size))

    def write(self, data: bytes) -> int:
        """Send bytes through the cable; returns how many."""
        return int(self._inner.write(self._spoilt(data)) or 0)

    @property
    def in_waiting(self) -> int:
        """Bytes that have arrived."""
        return int(self._inner.in_waiting)

    def close(self) -> None:
        """Close the stream beneath."""
        self._inner.close()

    def _spoilt(self, data: bytes) -> bytes:
        if not self._on:
            return data
        return bytes(byte ^ self._flips() for byte in data)

    def _flips(self) -> int:
        """The bits of a byte that the cable turns."""
        return sum((self._random.random() < self._share) << bit for bit in range(8))
