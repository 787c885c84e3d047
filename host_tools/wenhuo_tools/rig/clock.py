"""Plant time as a Clock: sleeping grants the plant that much time, in lockstep with the board."""

from __future__ import annotations

import time
from collections.abc import Callable


class PlantClock:
    """A wenhuo.executive Clock whose seconds are the plant's.

    run: grants time up to a moment, ms, and returns the time reached. speed: plant seconds per real
    second, None for as fast as it goes.
    """

    def __init__(self, run: Callable[[int], int], speed: float | None = None) -> None:
        self._run = run
        self._speed = speed
        self._now_ms = 0
        self._wanted_ms = 0.0
        self._real_start_s = time.monotonic()

    def restart(self, now_ms: int = 0) -> None:
        """A new scenario, or time that passed without a board: it is now `now_ms`."""
        self._now_ms = now_ms
        self._wanted_ms = float(now_ms)
        self._real_start_s = time.monotonic() - self._ahead_s()

    def now_s(self) -> float:
        """Plant time, s."""
        return self._wanted_ms / 1000

    def sleep(self, duration_s: float) -> None:
        """Let the plant and the board run on."""
        self._wanted_ms += max(0.0, duration_s) * 1000
        if self._wanted_ms - self._now_ms >= 1:
            self._now_ms = self._run(int(self._wanted_ms))
        if self._speed is not None:
            time.sleep(max(0.0, self._real_start_s + self._ahead_s() - time.monotonic()))

    def _ahead_s(self) -> float:
        """Real seconds from the start to now at the wanted speed."""
        return self._now_ms / 1000 / self._speed if self._speed else 0.0
