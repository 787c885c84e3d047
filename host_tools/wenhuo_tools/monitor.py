"""Watching a board over its link: one reading after the other, the board's events between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from wenhuo.errors import LinkError
from wenhuo.executive.board_client import BoardEvent, PowerBoard, Telemetry
from wenhuo.executive.clock import Clock
from wenhuo_link import messages

_KEPT_EVENTS = 32  # firmware/power_board/events.py


@dataclass(frozen=True, slots=True)
class Look:
    """A reading at t_s of the watching clock, and what has happened since the one before.

    telemetry: None where the board did not answer; lost then says why.
    """

    t_s: float
    telemetry: Telemetry | None
    events: tuple[BoardEvent, ...] = ()
    lost: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the command streams it with --json."""
        seen = asdict(self.telemetry) if self.telemetry else None
        events = [asdict(event) for event in self.events]
        return {"t_s": round(self.t_s, 2), "telemetry": seen, "events": events, "lost": self.lost}


def watch(
    board: PowerBoard, clock: Clock, *, every_s: float, for_s: float | None = None
) -> Iterator[Look]:
    """Read the board again and again; one that is silent is asked again at the next turn.

    The first reading must come: LinkError where it does not.
    """
    began_s = clock.now_s()
    told: int | None = None
    while True:
        t_s = clock.now_s() - began_s
        try:
            seen = board.telemetry()
            told = seen.events if told is None else told
            events = tuple(news(board, told, seen.events))
            told = seen.events
            yield Look(t_s, seen, events)
        except LinkError as error:
            if told is None:
                raise
            yield Look(t_s, None, lost=str(error))
        if for_s is not None and clock.now_s() - began_s >= for_s:
            return
        clock.sleep(max(0.0, every_s - (clock.now_s() - began_s - t_s)))


def news(board: PowerBoard, told: int, count: int) -> list[BoardEvent]:
    """The events from number `told` on; all that are kept where the board began anew."""
    first = told if told <= count else 0
    return board.events(max(first, count - _KEPT_EVENTS), count)


def pull_events(board: PowerBoard) -> list[BoardEvent]:
    """Every event that the board still has, oldest first. Raises LinkError."""
    return news(board, 0, board.telemetry().events)


def phase_name(seen: Telemetry) -> str:
    """What the board does in a word or two: its state, and the number of its phase."""
    at = "" if seen.phase is None else f" {seen.phase + 1}"
    return f"{seen.state}{at if seen.state in messages.STATES[1:3] else ''}"
