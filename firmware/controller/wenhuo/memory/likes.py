"""What the household likes, per dish; learned from what is asked for again and again."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wenhuo.errors import UsageError
from wenhuo.intent import Texture
from wenhuo.memory.database import transaction

CORRECTED, ASKED = 3, 2  # what a wish weighs: changed afterwards, or said with the order
_OFFERED_FROM = 6  # two corrections on two cooks, or three orders that said so
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_WHOLE = {"servings": (1, 12), "keep_warm_min": (0, 720), "water_pct": (60, 140)}

Value = str | int


class Source(StrEnum):
    """How we came to know."""

    SAID = "said"
    LEARNED = "learned"
    OUTCOME = "outcome"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Like:
    """One thing liked. key: texture, servings, ready (HH:MM), keep_warm_min, or water_pct, the
    share of the menu's water that suits."""

    dish: str
    key: str
    value: Value
    source: Source = Source.SAID


def read_value(key: str, text: str) -> Value:
    """A like's value from its text. Raises UsageError for a key or value that there is not."""
    if key == "texture" and text in set(Texture):
        return text
    if key == "ready" and _CLOCK.fullmatch(text):
        return text
    if key in _WHOLE and text.isdecimal() and _WHOLE[key][0] <= int(text) <= _WHOLE[key][1]:
        return int(text)
    wanted = {"texture": " | ".join(Texture), "ready": "HH:MM"}
    wanted |= {name: f"{low}..{high}" for name, (low, high) in _WHOLE.items()}
    if key not in wanted:
        raise UsageError(f"no such thing to remember: {key!r}; there are {', '.join(wanted)}")
    raise UsageError(f"{key} {text!r}: write {wanted[key]}")


class Likes:
    """The tables `likes` and `wishes`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def all(self) -> list[Like]:
        """Everything remembered, by dish and key."""
        rows = self._db.execute("SELECT dish, key, value, source FROM likes ORDER BY dish, key")
        return [
            Like(r["dish"], r["key"], json.loads(r["value"]), Source(r["source"])) for r in rows
        ]

    def of(self, dish: str) -> dict[str, Value]:
        """What is liked of one dish, by key: a dish's entry in a request's memory."""
        rows = self._db.execute("SELECT key, value FROM likes WHERE dish = ?", (dish,))
        return {r["key"]: json.loads(r["value"]) for r in rows}

    def put(self, like: Like, at: float) -> None:
        """Remember; what was liked before is overwritten."""
        self._db.execute(
            "INSERT OR REPLACE INTO likes VALUES (?, ?, ?, ?, ?)",
            (like.dish, like.key, json.dumps(like.value), like.source, at),
        )

    def forget(self, dish: str | None = None, key: str | None = None) -> int:
        """Erase likes: of a dish, one key of it, or all. Returns how many there were."""
        done = self._db.execute(
            "DELETE FROM likes WHERE (?1 IS NULL OR dish = ?1) AND (?2 IS NULL OR key = ?2)",
            (dish, key),
        )
        return done.rowcount

    def wish(self, cook: int, dish: str, wishes: Mapping[str, Value], weight: int) -> None:
        """Note what was wished for with a cook; said again, the later word holds."""
        with transaction(self._db):
            for key, value in wishes.items():
                self._db.execute(
                    "INSERT OR REPLACE INTO wishes VALUES (?, ?, ?, ?, "
                    "max(?, ifnull((SELECT weight FROM wishes WHERE cook = ? AND key = ?), 0)))",
                    (cook, dish, key, json.dumps(value), weight, cook, key),
                )

    def offered(self, dish: str, cook: int) -> Like | None:
        """What was wished for with this cook so often that one may ask whether to remember it."""
        liked = self.of(dish)
        for key, value in self._wished(cook):
            if liked.get(key) != value and self._weight(dish, key, value) >= _OFFERED_FROM:
                return Like(dish, key, value, Source.LEARNED)
        return None

    def decline(self, like: Like) -> None:
        """Not to be remembered: what was wished so far counts no more."""
        self._db.execute(
            "UPDATE wishes SET weight = 0 WHERE dish = ? AND key = ? AND value = ?",
            (like.dish, like.key, json.dumps(like.value)),
        )

    def _wished(self, cook: int) -> Iterator[tuple[str, Value]]:
        rows = self._db.execute(
            "SELECT key, value FROM wishes WHERE cook = ? ORDER BY key DESC", (cook,)
        )
        return ((row["key"], json.loads(row["value"])) for row in rows.fetchall())

    def _weight(self, dish: str, key: str, value: Value) -> int:
        row = self._db.execute(
            "SELECT total(weight) FROM wishes WHERE dish = ? AND key = ? AND value = ?",
            (dish, key, json.dumps(value)),
        ).fetchone()
        return int(row[0])
