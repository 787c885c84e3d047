"""Judging plans by the hand-written sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wenhuo.intent import Action
from wenhuo.language.prompt import normalize
from wenhuo_models.eval.independent.sentences import Utterance, read_all
from wenhuo_models.eval.score import wilson

_PLAIN = (
    "action dish servings dry_g texture ready_at start_at keep_warm_min target_c topic reason"
).split()
_ADJUST = ("extra_min", "power", "texture", "ready_at")
_NOT_ACTED_ON = (Action.ASK, Action.REFUSE)
SLOTS = (*_PLAIN, *(f"adjust.{name}" for name in _ADJUST))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One sentence judged: wrong holds slot -> (expected, got)."""

    utterance: Utterance
    lang: str
    wrong: dict[str, tuple[str | None, str | None]]


def score(
    plan: Callable[[dict[str, Any]], dict[str, Any]], utterances: Iterable[Utterance]
) -> list[Outcome]:
    """Each sentence planned and compared, slot by slot."""
    outcomes = []
    for number, utterance in enumerate(utterances):
        made = plan({"id": str(number), **utterance.request})
        got = {slot: _plain(made[slot]) for slot in _PLAIN}
        got |= {f"adjust.{k}": _plain((made["adjust"] or {}).get(k)) for k in _ADJUST}
        wrong = {
            slot: (utterance.expected.get(slot), value)
            for slot, value in got.items()
            if not _same(utterance.expected.get(slot), value)
        }
        outcomes.append(Outcome(utterance, utterance.lang or made["lang"], wrong))
    return outcomes


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Shares with n and 95 % interval: whole plans by all / language / action, what was not to be
    acted on (off-topic, unsafe, no dish) and was not, what was and was not refused, and each slot.

    A slot's n are the sentences that expect it; invented: how many others got it all the same.
    """
    plans: dict[str, list[bool]] = defaultdict(list)
    slots: dict[str, list[bool]] = defaultdict(list)
    invented: dict[str, int] = defaultdict(int)
    for o in outcomes:
        meant = o.utterance.expected["action"]
        for group in ("all", f"lang {o.lang}", f"action {meant}"):
            plans[group].append(not o.wrong)
        done = o.wrong["action"][1] if "action" in o.wrong else meant
        if meant in _NOT_ACTED_ON:
            plans["not to be acted on, and was not"].append(done in _NOT_ACTED_ON)
        else:
            plans["to be acted on, and not refused"].append(done != Action.REFUSE)
        for slot in SLOTS:
            if slot in o.utterance.expected:
                slots[slot].append(slot not in o.wrong)
            elif slot in o.wrong:
                invented[slot] += 1
    return {
        "plans": {group: _share(right) for group, right in plans.items()},
        "slots": {
            slot: _share(slots[slot]) | {"invented": invented[slot]}
            for slot in SLOTS
            if slots[slot] or invented[slot]
        },
    }


def leaked(texts: Iterable[str]) -> set[str]:
    """The hand-written sentences, of both sets, that occur among training texts, as the model would
    read them."""
    own = {bare(u.text) for u in read_all()}
    return own & {bare(text) for text in texts}


def bare(text: str) -> str:
    """A sentence without what does not tell sentences apart: case, blanks, punctuation."""
    return "".join(c for c in normalize(text) if c.isalnum())


def _share(right: Sequence[bool]) -> dict[str, float]:
    low, high = wilson(sum(right), len(right))
    share = sum(right) / max(1, len(right))
    return {"n": len(right), "right": sum(right), "share": share, "low": low, "high": high}


def _plain(value: object) -> str | None:
    if isinstance(value, float):
        return f"{value:g}"
    return None if value is None else str(value)


def _same(expected: str | None, got: str | None) -> bool:
    if expected is None or got is None or "T" not in expected:
        return expected == got
    return datetime.fromisoformat(expected) == datetime.fromisoformat(got)
