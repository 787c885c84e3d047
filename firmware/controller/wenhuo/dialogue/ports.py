"""What a dialogue needs of the rest of the cooker, and what it is given and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from wenhuo.agent.planner import Planned, Understood
from wenhuo.boards import Product
from wenhuo.dialogue.cues import Cues
from wenhuo.dialogue.thread import Thread
from wenhuo.intent import Intent
from wenhuo.memory.cooks import Cook


class Mind(Protocol):
    """The planner, asked without holding up the rest (wenhuo.agent.Planner has the meanings)."""

    @property
    def product(self) -> Product:
        """What it plans for."""

    async def understand(self, request: Mapping[str, Any]) -> Understood:
        """What words mean by themselves."""

    async def carry_out(self, request: Mapping[str, Any], intent: Intent) -> Planned:
        """A plan for what was meant."""


class Pot(Protocol):
    """The cooker. What it should do stands in the memory (cooks.wanted, schedule)."""

    def state(self) -> dict[str, Any]:
        """What it is doing, as a request says it (request.schema.json, state)."""

    def sensors(self) -> dict[str, Any]:
        """The latest readings, as a request says them."""

    async def stop(self) -> str:
        """Stop whatever the board does and acknowledge its fault, where no cook of ours is on."""

    async def settle(self) -> str:
        """Bring the power board to what the memory wants; "ok", or why it could not be done."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said. at: with its time zone. speaker: "" where nobody knows who. message: an
    id of the sender's; the same one twice is done once."""

    text: str
    at: datetime
    speaker: str = ""
    message: str | None = None

    @property
    def now_s(self) -> float:
        """The moment in s since 1970."""
        return self.at.timestamp()

    @property
    def lang(self) -> str:
        """zh where any Chinese character was said, en otherwise."""
        return "zh" if any("\u4e00" <= c <= "\u9fff" for c in self.text) else "en"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said back, and the tool that was called (see tools.py)."""

    reply: str
    tool: str
    arguments: dict[str, Any]
    call: int | None = None


@dataclass(slots=True)
class Exchange:
    """One turn on its way. cook: the one that has not ended. requests, lines: what the model was
    asked and what it wrote. epoch: how often somebody had stopped the cooker when it began. mode:
    of the cooker (request.schema.json); early: the cook has hardly begun, so that its order may
    still be corrected by beginning anew."""

    said: Said
    thread: Thread
    cues: Cues
    cook: Cook | None
    epoch: int
    mode: str = "idle"
    early: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
