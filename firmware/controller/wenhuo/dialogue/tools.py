"""The tools: everything the cooker can do because somebody spoke, each with typed arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from wenhuo.memory.likes import Value


@dataclass(frozen=True, slots=True)
class Tool:
    """A call of a tool. name: as it is recorded."""

    name: ClassVar[str]

    def arguments(self) -> dict[str, Any]:
        """The arguments, for the record."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CookIt(Tool):
    """Begin a cook; in place of `replaces`, a cook's id. Moments in ISO 8601, as in the plan."""

    name = "cook"
    dish: str
    servings: int | None
    dry_g: int | None
    texture: str | None
    ready_at: str | None
    start_at: str | None
    keep_warm_min: int | None
    late_s: int | None
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Adjust(Tool):
    """Change the cook that is on."""

    name = "adjust"
    texture: str | None
    power: str | None
    extra_min: int | None
    ready_at: str | None


@dataclass(frozen=True, slots=True)
class KeepWarm(Tool):
    """Keep warm what is in the pot."""

    name = "keep_warm"
    target_c: float | None
    keep_warm_min: int | None


@dataclass(frozen=True, slots=True)
class Pause(Tool):
    """Heater off until resumed."""

    name = "pause"


@dataclass(frozen=True, slots=True)
class Resume(Tool):
    """Go on after a pause."""

    name = "resume"


@dataclass(frozen=True, slots=True)
class Cancel(Tool):
    """Drop what is on, or what was asked about."""

    name = "cancel"


@dataclass(frozen=True, slots=True)
class Status(Tool):
    """Tell how it stands."""

    name = "status"


@dataclass(frozen=True, slots=True)
class Remember(Tool):
    """Keep likes of a dish."""

    name = "remember"
    dish: str
    likes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Forget(Tool):
    """Erase the likes of a dish, or of all."""

    name = "forget"
    dish: str | None


@dataclass(frozen=True, slots=True)
class Recall(Tool):
    """Tell what is remembered, of a dish or of all."""

    name = "recall"
    dish: str | None


@dataclass(frozen=True, slots=True)
class Outcome(Tool):
    """Keep how a cook turned out. verdict: what it should have been, or "good"."""

    name = "outcome"
    dish: str
    verdict: str
    likes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class SetTimer(Tool):
    """Say something then."""

    name = "timer"
    due_at: str


@dataclass(frozen=True, slots=True)
class StopTimer(Tool):
    """Take the timers back."""

    name = "timer_off"
    count: int


@dataclass(frozen=True, slots=True)
class Ask(Tool):
    """Ask back. topic: thread.Topic, or "" where nothing is waited for."""

    name = "ask"
    topic: str


@dataclass(frozen=True, slots=True)
class Tell(Tool):
    """Answer a question about cooking."""

    name = "answer"
    topic: str | None
    dish: str | None


@dataclass(frozen=True, slots=True)
class Refuse(Tool):
    """Not to do it."""

    name = "refuse"
    reason: str | None


def of_plan(plan: Mapping[str, Any], replaces: int | None = None) -> Tool:
    """The tool that a plan calls (plan.schema.json); asking back is the dialogue's own."""
    action = plan["action"]
    simple: dict[str, type[Tool]] = {
        "pause": Pause,
        "resume": Resume,
        "cancel": Cancel,
        "status": Status,
    }
    if action in simple:
        return simple[action]()
    if action == "cook":
        names = ("dish", "servings", "dry_g", "texture", "ready_at", "start_at")
        values = {name: plan[name] for name in (*names, "keep_warm_min", "late_s")}
        return CookIt(**values, replaces=replaces)
    if action == "adjust":
        return Adjust(**plan["adjust"])
    if action == "keep_warm":
        return KeepWarm(plan["target_c"], plan["keep_warm_min"])
    if action == "answer":
        return Tell(plan["topic"], plan["dish"])
    return Refuse(plan["reason"])
