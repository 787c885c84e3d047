"""A request as the agent sees it: read strictly from request.schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wenhuo import contracts
from wenhuo.errors import RequestError


@dataclass(frozen=True, slots=True)
class State:
    """What the cooker is doing. texture and dry_g, what the running cook was planned for, go beyond
    the contract, which leaves room for them."""

    mode: str = "idle"
    dish: str | None = None
    phase: str | None = None
    elapsed_s: float | None = None
    remaining_s: float | None = None
    ready_at: datetime | None = None
    texture: str | None = None
    dry_g: float | None = None


@dataclass(frozen=True, slots=True)
class Sensors:
    """Latest readings; None is unknown."""

    bottom_c: float | None = None
    lid_c: float | None = None
    ambient_c: float | None = None
    load_g: float | None = None
    mains_v: float | None = None
    altitude_m: float | None = None
    lid_closed: bool | None = None
    pot_present: bool | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Words, the moment they were said, and what is known around them."""

    id: str
    text: str
    now: datetime
    state: State = State()
    sensors: Sensors = Sensors()
    memory: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    board: str | None = None

    @property
    def lang(self) -> str:
        """zh where any Chinese character was said, en otherwise."""
        return "zh" if any("\u4e00" <= c <= "\u9fff" for c in self.text) else "en"


def read_request(data: Mapping[str, Any]) -> Request:
    """Raises RequestError, in one line, for what request.schema.json does not allow."""
    contracts.check("request", dict(data))
    now = _moment("now", data["now"])
    state = _known(State, data.get("state"))
    if "ready_at" in state:
        state["ready_at"] = _like(now, _moment("state/ready_at", state["ready_at"]))
    return Request(
        id=data["id"],
        text=data["text"],
        now=now,
        state=State(**state),
        sensors=Sensors(**_known(Sensors, data.get("sensors"))),
        memory={d: m for d, m in (data.get("memory") or {}).items() if isinstance(m, dict)},
        board=data.get("board"),
    )


def _moment(where: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise RequestError(f"{where}: {text!r} is no date and time ({error})") from None


def _like(now: datetime, moment: datetime) -> datetime:
    """The moment with or without a zone as `now` has one, so that they can be compared."""
    if now.tzinfo is None:
        return moment.replace(tzinfo=None)
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _known(kind: type[State | Sensors], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The members that the contract names; the schema leaves room for others."""
    return {k: v for k, v in (given or {}).items() if k in kind.__slots__ and v is not None}
