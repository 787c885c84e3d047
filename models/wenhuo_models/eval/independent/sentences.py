"""Reading the hand-written sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from typing import Any

FIRST_NOW = "2026-11-23T18:00:00"  # until a file's first #now line
_NOW = "#now "


class Part(StrEnum):
    """Which set of sentences: the first, on whose misses the model was mended since, or the one
    written later, on which nobody tunes."""

    FIRST = "first"
    FRESH = "fresh"


_CLEAN = {
    Part.FIRST: ("utterances", "utterances_zh", "utterances_en", "utterances_mixed"),
    Part.FRESH: ("fresh_zh", "fresh_en", "fresh_mixed"),
}
_HEARD = {
    Part.FIRST: ("heard_zh", "heard_en"),
    Part.FRESH: ("fresh_heard_zh", "fresh_heard_en"),
}


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words, when and in which state they were said, and the slots expected; those not named are
    null. extra: members merged into the request. lang: None where the words themselves tell."""

    text: str
    state: dict[str, str]
    expected: dict[str, str]
    now: str = FIRST_NOW
    extra: dict[str, Any] = field(default_factory=dict)
    lang: str | None = None

    @property
    def request(self) -> dict[str, Any]:
        """The request (request.schema.json), but for its id."""
        return {"text": self.text, "now": self.now, "state": self.state, **self.extra}


def read_utterances(part: Part = Part.FIRST) -> list[Utterance]:
    """A set's clean sentences: utterances*.tsv, or fresh_zh, fresh_en and fresh_mixed.tsv."""
    return [u for name in _CLEAN[part] for u in read_lines(name, _text(name))]


def read_heard(part: Part = Part.FIRST) -> list[Utterance]:
    """A set's sentences as a recognizer left them: heard_*.tsv, or fresh_heard_*.tsv."""
    return [u for name in _HEARD[part] for u in read_lines(name, _text(name))]


def read_all() -> list[Utterance]:
    """Every sentence of every set: all that must not be in training."""
    return [u for part in Part for u in (*read_utterances(part), *read_heard(part))]


def read_lines(name: str, text: str) -> Iterator[Utterance]:
    """The sentences in a file's text; name: the file's, without .tsv.

    Raises ValueError, naming file and line, for a line that is none of: comment, #now, sentence.
    """
    lang = name.rpartition("_")[2] if "_" in name else None
    now = FIRST_NOW
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(_NOW):
            now = line.removeprefix(_NOW).strip()
        elif line and not line.startswith("#"):
            try:
                yield _sentence(line, now, lang)
            except ValueError as error:
                raise ValueError(f"{name}.tsv line {number}: {error}") from error


def _text(name: str) -> str:
    return files(__package__).joinpath(f"{name}.tsv").read_text(encoding="utf-8")


def _sentence(line: str, now: str, lang: str | None) -> Utterance:
    columns = line.split("\t")
    if not 3 <= len(columns) <= 4:
        raise ValueError(f"{len(columns)} columns; write words, state, expected and, at most, JSON")
    words, state, expected, *extra = columns
    pairs = [pair.split("=", 1) for pair in expected.split()]
    wanted = dict(pairs)
    if len(wanted) < len(pairs):
        raise ValueError("a slot is expected twice")
    return Utterance(words, _state(state), wanted, now, json.loads(extra[0]) if extra else {}, lang)


def _state(name: str) -> dict[str, str]:
    mode, *rest = name.split(":")
    return {"mode": mode, **dict(zip(("dish", "phase"), rest, strict=False))}
