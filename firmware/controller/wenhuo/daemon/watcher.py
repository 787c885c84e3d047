"""Who watches the pot and may want another schedule while it cooks: the seam for re-planning.

The daemon asks after every look at the board. What comes back is written down, sent to the board
from the current phase on, and told; where nothing comes back the cook goes on as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from wenhuo.executive.executive import Executive
from wenhuo.executive.records import Sample
from wenhuo.memory import Memory
from wenhuo.memory.calls import Call
from wenhuo.memory.cooks import Cook
from wenhuo.schedule import Schedule

REPLAN = "replan"  # the tool's name in the record


@dataclass(frozen=True, slots=True)
class Change:
    """Another schedule, which the envelope has passed. why: one sentence in the cook's language;
    spoken: whether it is said unasked, not only written down. about: what else is now known of the
    cook (Cook.about); arguments, envelope, line: for the record."""

    schedule: Schedule
    phase_s: tuple[int, ...]
    why: str
    spoken: bool = True
    about: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    envelope: str = "passed"
    line: tuple[str, ...] = ()


class Watcher(Protocol):
    """Sees every sample of a cook."""

    async def consider(self, cook: Cook, executive: Executive, sample: Sample) -> Change | None:
        """Another schedule from the running phase on, or None to let it be."""

    def undelivered(self) -> None:
        """The Change given last is not what the board runs: it did not arrive, or was overtaken."""


class LetItBe:
    """Nobody watches."""

    async def consider(self, cook: Cook, executive: Executive, sample: Sample) -> Change | None:
        """Let it be."""
        return None

    def undelivered(self) -> None:
        """There is none."""


class ChangeRecord:
    """A Change on its way through the memory to the board. cook: as it was when the watcher looked
    at it."""

    def __init__(self, memory: Memory, cook: Cook) -> None:
        self._memory, self._cook = memory, cook
        self._call = 0
        self._asked_at = 0.0

    def is_overtaken(self) -> bool:
        """Whether somebody has wanted something else of the cook meanwhile."""
        now, then = self._memory.cooks.get(self._cook.id), self._cook
        return (now.schedule, now.about, now.wanted, now.ended_at) != (
            then.schedule,
            then.about,
            then.wanted,
            then.ended_at,
        )

    def ask(self, change: Change, at: float) -> None:
        """Write down what the board is to run now."""
        self._asked_at = at
        with self._memory.transaction():
            self._memory.cooks.revise(
                self._cook.id,
                schedule=change.schedule,
                phase_s=change.phase_s,
                about={**self._cook.about, **change.about},
                at=at,
            )
            self._call = self._memory.calls.add(
                Call(
                    at=at,
                    speaker="",
                    words="",
                    tool=REPLAN,
                    arguments=dict(change.arguments),
                    reply=change.why,
                    lines=[list(change.line)] if change.line else [],
                    envelope=change.envelope,
                    board="asked",
                    cook=self._cook.id,
                )
            )

    def answered(self, change: Change, board: str, *, ok: bool) -> None:
        """Write down what the board answered; a schedule that it never got is wanted no more."""
        with self._memory.transaction():
            self._memory.calls.answered(self._call, board, change.why)
            if not ok and self._memory.cooks.get(self._cook.id).revised_at == self._asked_at:
                self._memory.cooks.revise(
                    self._cook.id,
                    schedule=self._cook.schedule,
                    phase_s=self._cook.phase_s,
                    about=self._cook.about,
                    at=None,
                )
