"""Time-proportioning: in each window the heater is on for its share of the time, then off.

What a window cannot give exactly (a tick is 100 ms, a relay must not chatter) is carried over to
the next, so that the mean is exact.
"""

MOST_OWED_MS = 10000


class Heater:
    """Decides once a tick whether the heater is on.

    min_switch_ms: the shortest time on or off that the switch may be given.
    """

    def __init__(self, window_ms: int, min_switch_ms: int) -> None:
        self.on = False
        self._window_ms = window_ms
        self._min_ms = min_switch_ms
        self._at_ms = window_ms
        self._owed_ms = 0  # heat not yet given
        self._left_ms = 0  # of this window's on-time

    def off(self) -> None:
        """Off now; the next demand starts a fresh window."""
        self.on = False
        self._at_ms = self._window_ms
        self._owed_ms = 0
        self._left_ms = 0

    def skip(self, dt_ms: int, duty_permille: int) -> None:
        """Off for dt_ms although heat is wanted; it is given later, as far as full duty allows."""
        self.on = False
        self._owed_ms = min(self._owed_ms + dt_ms * duty_permille // 1000, MOST_OWED_MS)

    def tick(self, dt_ms: int, duty_permille: int) -> bool:
        """The heater's state for the next dt_ms at this demand."""
        if duty_permille <= 0:
            self.off()
            return False
        if self._at_ms >= self._window_ms:
            self._begin(duty_permille)
        self._at_ms += dt_ms
        # On while at least half a tick is left: rounds to the nearest tick.
        self.on = self._left_ms * 2 >= dt_ms
        if self.on:
            self._left_ms -= dt_ms
            self._owed_ms -= dt_ms
        return self.on

    def _begin(self, duty_permille: int) -> None:
        window_ms = self._window_ms
        self._at_ms = 0
        self._owed_ms += window_ms * duty_permille // 1000
        if self._owed_ms < self._min_ms:
            self._left_ms = 0
        elif self._owed_ms > window_ms - self._min_ms:
            self._left_ms = window_ms
        else:
            self._left_ms = self._owed_ms
