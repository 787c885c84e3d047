"""All that is remembered, over one connection."""

from __future__ import annotations

import json
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from wenhuo.memory.calls import Calls
from wenhuo.memory.cooks import Cooks
from wenhuo.memory.database import open_database, transaction
from wenhuo.memory.likes import Likes

FILE = "memory.db"


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that somebody set. Moments in s since 1970."""

    id: int
    speaker: str
    lang: str
    set_at: float
    due_at: float


class Memory:
    """The household's memory. Use as a context manager, from one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self.likes = Likes(connection)
        self.cooks = Cooks(connection)
        self.calls = Calls(connection)

    @classmethod
    def open(cls, state_dir: Path) -> Self:
        """The memory in a folder, made new where there is none. Raises MemoryFileError."""
        return cls(open_database(state_dir / FILE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """What is written inside is written as a whole or not at all."""
        return transaction(self._db)

    def erase(self) -> None:
        """Forget everything: likes, cooks, calls, timers, and the bytes they lay in."""
        tables = ("wishes", "calls", "notes", "samples", "cooks", "likes", "timers", "threads")
        with self.transaction():
            for table in tables:
                self._db.execute(f"DELETE FROM {table}")
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def set_timer(self, speaker: str, lang: str, at: float, due_at: float) -> int:
        """A timer; returns its id."""
        row = self._db.execute(
            "INSERT INTO timers (speaker, lang, set_at, due_at) VALUES (?, ?, ?, ?) RETURNING id",
            (speaker, lang, at, due_at),
        ).fetchone()
        return int(row["id"])

    def timers(self) -> list[Timer]:
        """Those that have not rung, the next one first."""
        rows = self._db.execute(
            "SELECT id, speaker, lang, set_at, due_at FROM timers WHERE rung_at IS NULL "
            "ORDER BY due_at"
        )
        return [Timer(**dict(row)) for row in rows]

    def timer_rung(self, timer: int, at: float) -> None:
        """It rang, or was taken back."""
        self._db.execute("UPDATE timers SET rung_at = ? WHERE id = ?", (at, timer))

    def thread(self, speaker: str) -> dict[str, Any] | None:
        """What a speaker is in the middle of."""
        row = self._db.execute(
            "SELECT thread FROM threads WHERE speaker = ?", (speaker,)
        ).fetchone()
        found: dict[str, Any] | None = json.loads(row["thread"]) if row else None
        return found

    def keep_thread(self, speaker: str, thread: dict[str, Any], at: float) -> None:
        """Keep what a speaker is in the middle of."""
        self._db.execute(
            "INSERT OR REPLACE INTO threads VALUES (?, ?, ?)",
            (speaker, at, json.dumps(thread, ensure_ascii=False)),
        )
