"""The cooks: what was ordered, what the board has of it, how it ended and how it turned out.

A cook is written down before the board is told (what is `wanted`), and what the board answered is
written after: whenever this program dies, the next start sees what is left to do.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wenhuo.executive.records import BoardState, Note, Sample
from wenhuo.schedule import PhaseKind, Schedule, read_schedule

COOKING, PAUSED, CANCELLED = "cooking", "paused", "cancelled"
KEPT_READINGS = 50  # cooks; some 300 kB each


@dataclass(frozen=True, slots=True)
class Cook:
    """One cook, as the table has it (see schema.sql)."""

    id: int
    board_id: int
    speaker: str
    dish: str | None
    intent: list[str]
    plan: dict[str, Any]
    schedule: Schedule
    phase_s: tuple[int, ...]
    about: dict[str, Any]
    wanted: str
    ordered_at: float
    began_at: float | None
    revised_at: float | None
    seen_s: float | None
    served_s: float | None
    events_told: int
    ended_at: float | None
    outcome: str | None
    verdict: str | None


class Cooks:
    """The tables `cooks`, `notes` and `samples`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def order(
        self,
        *,
        speaker: str,
        intent: Sequence[str],
        plan: Mapping[str, Any],
        schedule: Schedule,
        phase_s: Sequence[int],
        about: Mapping[str, Any],
        at: float,
    ) -> Cook:
        """A new cook, wanted and not begun."""
        row = self._db.execute(
            "INSERT INTO cooks (board_id, speaker, dish, intent, plan, schedule, phase_s, about, "
            "wanted, ordered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
            (
                secrets.randbits(31) | 1,  # a board that is moved here from another cooker has none
                speaker,
                about.get("dish"),
                json.dumps(list(intent)),
                _json(plan),
                _schedule_json(schedule),
                json.dumps(list(phase_s)),
                _json(about),
                COOKING,
                at,
            ),
        ).fetchone()
        return _cook(row)

    def get(self, cook: int) -> Cook:
        """One cook. Raises KeyError."""
        row = self._db.execute("SELECT * FROM cooks WHERE id = ?", (cook,)).fetchone()
        if row is None:
            raise KeyError(cook)
        return _cook(row)

    def open(self) -> list[Cook]:
        """Those that have not ended, oldest first."""
        rows = self._db.execute("SELECT * FROM cooks WHERE ended_at IS NULL ORDER BY id")
        return [_cook(row) for row in rows]

    def last(self, dish: str | None = None, *, eaten: bool = False) -> Cook | None:
        """The latest cook, of a dish; eaten: of those whose food was ready."""
        row = self._db.execute(
            "SELECT * FROM cooks WHERE (?1 IS NULL OR dish = ?1) "
            "AND (NOT ?2 OR served_s IS NOT NULL) ORDER BY id DESC LIMIT 1",
            (dish, eaten),
        ).fetchone()
        return _cook(row) if row else None

    def recent(self, count: int) -> list[Cook]:
        """The latest cooks, newest first."""
        rows = self._db.execute("SELECT * FROM cooks ORDER BY id DESC LIMIT ?", (count,))
        return [_cook(row) for row in rows]

    def all(self) -> list[Cook]:
        """Every cook, oldest first."""
        return [_cook(row) for row in self._db.execute("SELECT * FROM cooks ORDER BY id")]

    def usual_dish(self, of_last: int = 30) -> str | None:
        """The dish cooked most often of late, the later one of equals."""
        row = self._db.execute(
            "SELECT dish FROM (SELECT id, dish FROM cooks WHERE served_s IS NOT NULL "
            "ORDER BY id DESC LIMIT ?) GROUP BY dish ORDER BY count(*) DESC, max(id) DESC LIMIT 1",
            (of_last,),
        ).fetchone()
        return row["dish"] if row else None

    def want(self, cook: int, wanted: str) -> None:
        """What the board is to do with it: cooking, paused, cancelled."""
        self._db.execute("UPDATE cooks SET wanted = ? WHERE id = ?", (wanted, cook))

    def begun(self, cook: int, at: float) -> None:
        """The board has it and has started."""
        self._db.execute(
            "UPDATE cooks SET began_at = ?, seen_s = ? - ordered_at WHERE id = ?", (at, at, cook)
        )

    def revise(
        self,
        cook: int,
        *,
        schedule: Schedule,
        phase_s: Sequence[int],
        about: Mapping[str, Any],
        at: float | None,
    ) -> None:
        """Another schedule for the running cook. at: it is still to be sent; None: the board has
        it."""
        self._db.execute(
            "UPDATE cooks SET schedule = ?, phase_s = ?, about = ?, revised_at = ? WHERE id = ?",
            (_schedule_json(schedule), json.dumps(list(phase_s)), _json(about), at, cook),
        )

    def revised(self, cook: int) -> None:
        """The board has the schedule written last."""
        self._db.execute("UPDATE cooks SET revised_at = NULL WHERE id = ?", (cook,))

    def seen(
        self,
        cook: int,
        samples: Sequence[Sample],
        notes: Sequence[Note],
        *,
        served_s: float | None,
        events_told: int,
    ) -> None:
        """What was seen since the last time; call it inside a transaction."""
        self._db.executemany(
            "INSERT OR REPLACE INTO samples VALUES (?, ?, ?)",
            [(cook, s.t_s, _json(asdict(s))) for s in samples],
        )
        self._db.executemany(
            "INSERT INTO notes VALUES (?, ?, ?, ?)",
            [(cook, n.t_s, n.what, n.detail) for n in notes],
        )
        self._db.execute(
            "UPDATE cooks SET served_s = ?, events_told = ?, seen_s = ifnull(?, seen_s) "
            "WHERE id = ?",
            (served_s, events_told, samples[-1].t_s if samples else None, cook),
        )

    def end(self, cook: int, outcome: str, at: float) -> None:
        """It is over: done, cancelled or fault. The readings of old cooks are dropped; what was
        decided and how they ended stays."""
        self._db.execute("DELETE FROM samples WHERE cook <= ?", (cook - KEPT_READINGS,))
        self._db.execute(
            "UPDATE cooks SET ended_at = ?, outcome = ?, revised_at = NULL "
            "WHERE id = ? AND ended_at IS NULL",
            (at, outcome, cook),
        )

    def judge(self, cook: int, verdict: str) -> None:
        """How it turned out, as people say."""
        self._db.execute("UPDATE cooks SET verdict = ? WHERE id = ?", (verdict, cook))

    def notes(self, cook: int) -> list[tuple[float, str, str]]:
        """What happened: (t_s, what, detail), in order."""
        rows = self._db.execute(
            "SELECT t_s, what, detail FROM notes WHERE cook = ? ORDER BY t_s", (cook,)
        )
        return [(r["t_s"], r["what"], r["detail"]) for r in rows]

    def samples(self, cook: int) -> list[Sample]:
        """The readings, in order."""
        rows = self._db.execute("SELECT sample FROM samples WHERE cook = ? ORDER BY t_s", (cook,))
        return [_sample(json.loads(row["sample"])) for row in rows]

    def last_sample(self, cook: int) -> Sample | None:
        """The latest reading."""
        row = self._db.execute(
            "SELECT sample FROM samples WHERE cook = ? ORDER BY t_s DESC LIMIT 1", (cook,)
        ).fetchone()
        return _sample(json.loads(row["sample"])) if row else None


def _schedule_json(schedule: Schedule) -> str:
    return json.dumps([phase.as_json() for phase in schedule])


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False)


def _sample(values: dict[str, Any]) -> Sample:
    kind = values.pop("kind")
    state = BoardState(values.pop("state"))
    return Sample(state=state, kind=PhaseKind(kind) if kind else None, **values)


def _cook(row: sqlite3.Row) -> Cook:
    values = dict(row)
    for name in ("intent", "plan", "about"):
        values[name] = json.loads(values[name])
    values["schedule"] = read_schedule(json.loads(values["schedule"]))
    values["phase_s"] = tuple(json.loads(values["phase_s"]))
    return Cook(**values)
