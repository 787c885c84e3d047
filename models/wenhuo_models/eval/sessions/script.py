"""Reading the sessions, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from wenhuo.boards.table import Table

FOLDER = Path(__file__).parent
_NOW = "2026-11-23T18:00:00+08:00"
_AFTER_S = 20.0
_MOMENTS = ("ready_at", "start_at", "due_at")


@dataclass(frozen=True, slots=True)
class Step:
    """One turn. expect: the tool's arguments that must be; likes: of the dish named, afterwards.
    likes_none: a dish of which nothing may be remembered afterwards."""

    say: str
    by: str
    after_s: float
    tool: str
    expect: Mapping[str, Any]
    likes: Mapping[str, Any] | None = None
    likes_none: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A session. likes: dish -> what is remembered before it."""

    name: str
    now: datetime
    steps: tuple[Step, ...]
    likes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_sessions() -> list[Session]:
    """All sessions, in the order of the files. Raises BoardDataError, which names file and key."""
    found = []
    for path in sorted(FOLDER.glob("sessions_*.toml")):
        table = Table.read(path, FOLDER)
        found += [_session(one) for one in table.tables("session")]
        table.finish()
    return found


def _session(table: Table) -> Session:
    likes = dict(_plain(table.table("likes"))) if table.has("likes") else {}
    now = datetime.fromisoformat(table.text("now") if table.has("now") else _NOW)
    steps = tuple(_step(turn, now) for turn in table.tables("turns"))
    session = Session(table.text("name"), now, steps, likes)
    table.finish()
    return session


def _step(table: Table, now: datetime) -> Step:
    values = _plain(table)
    own = {key: values.pop(key, None) for key in ("say", "by", "after_s", "tool", "likes")}
    none = values.pop("likes_none", None)
    expect = {k: _moment(v, now) if k in _MOMENTS else v for k, v in values.items()}
    return Step(
        str(own["say"]),
        own["by"] or "",
        _AFTER_S if own["after_s"] is None else float(own["after_s"]),
        str(own["tool"]),
        expect,
        own["likes"],
        none,
    )


def _plain(table: Table) -> dict[str, Any]:
    return {key: table.value(key) for key in table}


def _moment(text: str, now: datetime) -> datetime:
    """ "HH:MM" of the session's first day, "+1 HH:MM" of the next."""
    days, _, clock = text.rpartition(" ")
    hour, minute, *second = map(int, clock.split(":"))
    moment = now.replace(hour=hour, minute=minute, second=second[0] if second else 0)
    return moment + timedelta(days=int(days or 0))
