"""Time-proportioning: in each window the heater is on for its share of the time, then off.

What a window could not give exactly (a tick is 100 ms) is carried over, so that the mean is exact.
"""


class Heater:
    """Decides once a tick whether the heater is on."""

    def __init__(self, window_ms: int) -> None:
        self.on = False
        self.on_ms = 0  # in all; wraps with the integer, used by difference
        self._window_ms = window_ms
        self._at_ms = window_ms
        self._due_ms = 0

    def off(self) -> None:
        """Off now; the next demand starts a fresh window."""
        self.on = False
        self._at_ms = self._window_ms
        self._due_ms = 0

    def tick(self, dt_ms: int, duty_permille: int) -> bool:
        """The heater's state for the next dt_ms at this demand."""
        if duty_permille <= 0:
            if self.on or self._due_ms:
                self.off()
            return False
        if self._at_ms >= self._window_ms:
            self._at_ms = 0
            self._due_ms += self._window_ms * duty_permille // 1000
        self._at_ms += dt_ms
        # On while at least half a tick is due: rounds to the nearest tick.
        self.on = self._due_ms * 2 >= dt_ms
        if self.on:
            self._due_ms -= dt_ms
            self.on_ms += dt_ms
        return self.on
