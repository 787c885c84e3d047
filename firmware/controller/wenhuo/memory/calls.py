"""The record of every call of a tool: the words, what the model made of them, what came of it.

It is enough to ask the model again (`wenhuo why --replay`) and to tell what was decided and why.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

_JSON = ("arguments", "requests", "lines", "plan")


@dataclass(frozen=True, slots=True)
class Call:
    """One call. message: the id that its words came with, None where nobody said them.

    requests, lines: what the model was asked and what it answered, in order. envelope: passed, not
    asked, or why it refused. board: ok, not asked, or what it answered instead. cook: the cook it
    was about.
    """

    at: float
    speaker: str
    words: str
    tool: str
    arguments: dict[str, Any]
    reply: str
    message: str | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
    plan: dict[str, Any] | None = None
    envelope: str = "not asked"
    board: str = "not asked"
    cook: int | None = None
    id: int | None = None


class Calls:
    """The table `calls`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, call: Call) -> int:
        """Keep a call; returns its id. A message that was kept before is not kept twice."""
        row = self._db.execute(
            "INSERT INTO calls (message, at, speaker, words, tool, arguments, requests, lines, "
            "plan, envelope, board, reply, cook) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (message) DO UPDATE SET message = message RETURNING id",
            (
                call.message,
                call.at,
                call.speaker,
                call.words,
                call.tool,
                _text(call.arguments),
                _text(call.requests),
                _text(call.lines),
                _text(call.plan) if call.plan is not None else None,
                call.envelope,
                call.board,
                call.reply,
                call.cook,
            ),
        ).fetchone()
        return int(row["id"])

    def answered(self, call: int, board: str, reply: str) -> None:
        """What the board answered, and what is said about it."""
        self._db.execute("UPDATE calls SET board = ?, reply = ? WHERE id = ?", (board, reply, call))

    def by_message(self, message: str) -> Call | None:
        """The call that a message led to, None where it led to none yet."""
        row = self._db.execute("SELECT * FROM calls WHERE message = ?", (message,)).fetchone()
        return _call(row) if row else None

    def of_cook(self, cook: int) -> list[Call]:
        """All calls about a cook, in order."""
        rows = self._db.execute("SELECT * FROM calls WHERE cook = ? ORDER BY id", (cook,))
        return [_call(row) for row in rows]

    def count(self, *, said: bool = False) -> int:
        """How many there are; said: of those that somebody's words led to."""
        row = self._db.execute("SELECT count(*) FROM calls WHERE NOT ? OR words != ''", (said,))
        return int(row.fetchone()[0])


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _call(row: sqlite3.Row) -> Call:
    values = dict(row)
    for name in _JSON:
        values[name] = json.loads(values[name]) if values[name] is not None else None
    return Call(**values)
