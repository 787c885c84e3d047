"""What a model gives back, and what it may ask the host for while it writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

Interject = Callable[[list[str]], list[str] | None]


@dataclass(slots=True)
class Generation:
    """A line and what it cost.

    tokens: names, those that the host wrote included. generated: tokens that model and grammar
    wrote; forced: those of them that the grammar alone decided. cached: prompt tokens that were
    still there from the call before. decode_ms leaves out what the host's callback took.
    """

    tokens: list[str] = field(default_factory=list)
    prompt_tokens: int = 0
    cached: int = 0
    generated: int = 0
    forced: int = 0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class About:
    """What a loaded model runs on. load_s: how long its process took to import and load it."""

    library: str
    load_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second without grammar and host: many at once, and one by one after them."""

    prefill_per_s: float
    decode_per_s: float


class Generator(Protocol):
    """A model as the agent uses it: in this process (Engine) or in one of its own (Guard)."""

    def generate(self, prompt: str, interject: Interject | None = None) -> Generation:
        """The line for a prompt. Raises ModelError where no model answers."""

    def about(self) -> About:
        """What it runs on. Raises ModelError where it does not load."""

    def speed(self, prefill: int, decode: int) -> Speed:
        """Time a prompt of `prefill` tokens and `decode` single tokens after it."""


class Scheduler(Protocol):
    """A model that writes a schedule from its conditions alone."""

    def schedule(self, conditions: Sequence[str]) -> Generation:
        """The line from <|plan|> on. Raises ModelError where no model answers."""


@runtime_checkable
class Writer(Generator, Scheduler, Protocol):
    """A model that writes whole lines and schedules alone: what the planner needs."""
