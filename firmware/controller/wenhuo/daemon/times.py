"""The time that the daemon runs by: the machine's, or a rig's."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, tzinfo
from typing import Protocol


class Time(Protocol):
    """Seconds that only go forward, the wall's clock, and waiting."""

    def now_s(self) -> float:
        """Seconds since some moment before the daemon began; a changed clock does not move it."""

    def wall(self) -> datetime:
        """Now, with the household's time zone."""

    async def wait(self, until_s: float, wake: asyncio.Event) -> None:
        """Wait until then, or until woken."""


class MachineTime:
    """This machine's own clocks. zone: None is the machine's."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone

    def now_s(self) -> float:
        """The monotonic clock."""
        return time.monotonic()

    def wall(self) -> datetime:
        """The wall's clock."""
        return datetime.now(UTC).astimezone(self._zone)

    async def wait(self, until_s: float, wake: asyncio.Event) -> None:
        """Sleep in the event loop."""
        try:
            await asyncio.wait_for(wake.wait(), max(0.0, until_s - time.monotonic()))
        except TimeoutError:
            return


class CookClock:
    """An executive's clock that counts from the moment a cook was ordered, over restarts too.

    The wall's clock says once how long ago that was; from then on time is the monotonic one, so
    that setting the clock in the middle of a cook moves nothing.
    """

    def __init__(self, time: Time, ordered_at: float) -> None:
        self._time = time
        self._offset_s = time.wall().timestamp() - ordered_at - time.now_s()

    def now_s(self) -> float:
        """Seconds since the order."""
        return self._offset_s + self._time.now_s()

    def sleep(self, duration_s: float) -> None:
        """The daemon waits in its own loop, never here."""
        raise AssertionError(f"the executive must not sleep ({duration_s} s) in the daemon")
