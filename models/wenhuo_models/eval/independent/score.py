"""Reading the hand-written sentences and judging plans by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from wenhuo.language.prompt import normalize

NOW = "2026-11-23T18:00:00"
_SLOTS = (
    "action dish servings dry_g texture ready_at start_at keep_warm_min target_c topic reason"
).split()
_ADJUST = ("extra_min", "power", "texture", "ready_at")


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words, the cooker's state, and the slots expected; those not named are null."""

    text: str
    state: dict[str, str]
    expected: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One sentence judged: wrong holds slot -> (expected, got)."""

    utterance: Utterance
    lang: str
    wrong: dict[str, tuple[str | None, str | None]]


def read_utterances() -> list[Utterance]:
    """All sentences of utterances.tsv."""
    text = files(__package__).joinpath("utterances.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [
        Utterance(words, _state(state), dict(p.split("=", 1) for p in expected.split()))
        for words, state, expected in rows
    ]


def score(plan: Callable[[dict[str, Any]], dict[str, Any]]) -> list[Outcome]:
    """Each sentence planned and compared, slot by slot."""
    outcomes = []
    for number, utterance in enumerate(read_utterances()):
        request = {"id": str(number), "text": utterance.text, "now": NOW, "state": utterance.state}
        made = plan(request)
        got = {slot: _plain(made[slot]) for slot in _SLOTS}
        got |= {f"adjust.{k}": _plain((made["adjust"] or {}).get(k)) for k in _ADJUST}
        wrong = {
            slot: (utterance.expected.get(slot), value)
            for slot, value in got.items()
            if not _same(utterance.expected.get(slot), value)
        }
        outcomes.append(Outcome(utterance, made["lang"], wrong))
    return outcomes


def leaked(texts: Iterable[str]) -> set[str]:
    """The hand-written sentences that occur among training texts, as the model would read them."""
    own = {bare(u.text) for u in read_utterances()}
    return own & {bare(text) for text in texts}


def bare(text: str) -> str:
    """A sentence without what does not tell sentences apart: case, blanks, punctuation."""
    return "".join(c for c in normalize(text) if c.isalnum())


def _state(name: str) -> dict[str, str]:
    mode, *rest = name.split(":")
    return {"mode": mode, **dict(zip(("dish", "phase"), rest, strict=False))}


def _plain(value: object) -> str | None:
    if isinstance(value, float):
        return f"{value:g}"
    return None if value is None else str(value)


def _same(expected: str | None, got: str | None) -> bool:
    if expected is None or got is None or "T" not in expected:
        return expected == got
    return datetime.fromisoformat(expected) == datetime.fromisoformat(got)
