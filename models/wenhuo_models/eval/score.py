"""How often the student is right: action and all slots, and the schedule for given conditions."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from wenhuo.intent import Intent
from wenhuo.language.answer import PHASES, PLAN
from wenhuo.language.parse import parse_intent, parse_schedule
from wenhuo.language.prompt import hear
from wenhuo.llm.engine import Engine
from wenhuo.llm.generation import Generation

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row judged. wrong: names of the intent's slots that differ; schedule_right: None where
    the label has no schedule or the model did not come to write one."""

    row: Row
    wrong: tuple[str, ...]
    schedule_right: bool | None
    generation: Generation


def conditions_of(answer: Sequence[str]) -> list[str] | None:
    """What the host wrote in a label: conditions up to <|phases|>, None where no schedule is."""
    if PHASES not in answer:
        return None
    return list(answer[answer.index(PLAN) + 1 : answer.index(PHASES) + 1])


def judge(engine: Engine, rows: Iterable[Row]) -> Iterator[Outcome]:
    """Let the engine answer each row's prompt, under the label's own conditions, and compare."""
    for row in rows:
        conditions = conditions_of(row["answer"])
        made = engine.generate(row["prompt"], lambda _, c=conditions: c)  # type: ignore[misc]
        wrong = _differing(_meant(row, made.tokens), _meant(row, row["answer"]))
        schedule_right = None
        if conditions is not None and PHASES in made.tokens:
            schedule_right = parse_schedule(made.tokens) == parse_schedule(row["answer"])
        yield Outcome(row, wrong, schedule_right, made)


def _meant(row: Row, tokens: Sequence[str]) -> Intent:
    """What a line says of the row's words, references written out."""
    return parse_intent(hear(row["text"]).written_out(tokens))


def _differing(got: Intent, expected: Intent) -> tuple[str, ...]:
    names = [f.name for f in fields(Intent)]
    return tuple(n for n in names if getattr(got, n) != getattr(expected, n))


def wilson(right: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    z, p = 1.96, right / n
    middle = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return (middle - spread) / scale, (middle + spread) / scale


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Shares with n and interval: intents by all / language / action / how the words came through,
    schedules, and each slot.

    A slot's n are the rows whose label has it; invented: how many others got it all the same.
    """
    groups: dict[str, list[bool]] = defaultdict(list)
    for o in outcomes:
        words = "words misheard" if o.row["noisy"] else "words as said"
        for group in ("all", f"lang {o.row['lang']}", f"action {o.row['action']}", words):
            groups[group].append(not o.wrong)
    schedules = [o.schedule_right for o in outcomes if o.schedule_right is not None]
    totals = sorted(o.generation.total_ms for o in outcomes)
    return {
        "intent": {group: _share(right) for group, right in sorted(groups.items())},
        "schedule": _share(schedules),
        "slots": _slots(outcomes),
        "ms": {"p50": totals[len(totals) // 2], "p99": totals[len(totals) * 99 // 100]},
    }


def _slots(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    right: dict[str, list[bool]] = {f.name: [] for f in fields(Intent)}
    invented = Counter[str]()
    for o in outcomes:
        label = _meant(o.row, o.row["answer"])
        for slot, judged in right.items():
            if getattr(label, slot) not in {None, ()}:
                judged.append(slot not in o.wrong)
            elif slot in o.wrong:
                invented[slot] += 1
    return {
        slot: _share(judged) | {"invented": invented[slot]}
        for slot, judged in right.items()
        if judged or invented[slot]
    }


def _share(right: Sequence[bool | None]) -> dict[str, float]:
    n, good = len(right), sum(bool(r) for r in right)
    low, high = wilson(good, n)
    return {"n": n, "right": good, "share": good / max(1, n), "low": low, "high": high}


def write_misses(outcomes: Iterable[Outcome], path: Path) -> None:
    """The rows missed, for reading: words, label, answer, slots that differ."""
    with path.open("w", encoding="utf-8") as file:
        for o in outcomes:
            if o.wrong or o.schedule_right is False:
                miss = {
                    "words": o.row.get("text", o.row["prompt"]),
                    "family": o.row.get("family"),
                    "wrong": o.wrong or ["schedule"],
                    "label": " ".join(o.row["answer"]),
                    "answer": " ".join(o.generation.tokens),
                }
                file.write(json.dumps(miss, ensure_ascii=False) + "\n")
