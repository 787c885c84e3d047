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
from wenhuo.memory.cooks import Cook
from wenhuo.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Change:
    """Another schedule, which the envelope has passed. why: one sentence in the cook's language.
    about: what else is now known of the cook (Cook.about); envelope, line: for the record."""

    schedule: Schedule
    phase_s: tuple[int, ...]
    why: str
    about: Mapping[str, Any] = field(default_factory=dict)
    envelope: str = "passed"
    line: tuple[str, ...] = ()


class Watcher(Protocol):
    """Sees every sample of a cook."""

    async def consider(self, cook: Cook, executive: Executive, sample: Sample) -> Change | None:
        """Another schedule from the running phase on, or None to let it be."""


class LetItBe:
    """Nobody watches."""

    async def consider(self, cook: Cook, executive: Executive, sample: Sample) -> Change | None:
        """Let it be."""
        return None
