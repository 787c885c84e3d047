"""The time a cook runs by: the wall's, or the plant's in a virtual rig."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that only go forward, and a way to let some of them pass."""

    def now_s(self) -> float:
        """Seconds since this clock began."""

    def sleep(self, duration_s: float) -> None:
        """Let `duration_s` seconds pass."""


class RealClock:
    """The machine's own monotonic clock, from zero at construction."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()

    def now_s(self) -> float:
        """Seconds since construction."""
        return time.monotonic() - self._start_s

    def sleep(self, duration_s: float) -> None:
        """Block for `duration_s`."""
        time.sleep(max(0.0, duration_s))
