"""Plays sessions and compares every turn with what it should have been."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from wenhuo.agent.planner import Planner
from wenhuo.dialogue.dialogue import Dialogue
from wenhuo.dialogue.ports import Answer, Said
from wenhuo.memory import Memory
from wenhuo.memory.likes import Like, read_value
from wenhuo_models.eval.sessions.pretend import DirectMind, PretendPot
from wenhuo_models.eval.sessions.script import Session, Step

# Arguments that must be null unless a turn names them; the others are not looked at.
_STRICT = (
    "dish", "servings", "dry_g", "texture", "ready_at", "start_at", "keep_warm_min", "extra_min",
    "power",
)  # fmt: skip
_MOMENT_SLACK = timedelta(seconds=60)


@dataclass(slots=True)
class Played:
    """A session as it went. wrong: (turn, what was said, what was wrong with the answer)."""

    session: Session
    answers: list[Answer] = field(default_factory=list)
    wrong: list[tuple[int, str, str]] = field(default_factory=list)


def play(session: Session, planner: Planner) -> Played:
    """Play a session with a memory of its own."""
    played = Played(session)
    with (
        tempfile.TemporaryDirectory(prefix="wenhuo-") as folder,
        Memory.open(Path(folder)) as memory,
    ):
        for dish, likes in session.likes.items():
            for key, value in likes.items():
                memory.likes.put(Like(dish, key, read_value(key, str(value))), 0.0)
        asyncio.run(_talk(session, planner, memory, played))
    return played


async def _talk(session: Session, planner: Planner, memory: Memory, played: Played) -> None:
    pot = PretendPot(memory, session.now)
    dialogue = Dialogue(memory, DirectMind(planner), pot)
    for number, step in enumerate(session.steps):
        if number:
            pot.pass_time(step.after_s)
        said = Said(step.say, pot.now, step.by, f"m{number}")
        answer = await dialogue.hear(said)
        played.answers.append(answer)
        for problem in problems(step, answer, memory):
            played.wrong.append((number, step.say, problem))


def problems(step: Step, answer: Answer, memory: Memory) -> list[str]:
    """What is wrong with an answer."""
    if answer.tool != step.tool:
        return [f"{answer.tool} {dict(answer.arguments)}, not {step.tool}"]
    found = [
        f"{key} {got!r}, not {wanted!r}"
        for key in {*step.expect, *_STRICT}
        if key in answer.arguments or key in step.expect
        if not _same(got := answer.arguments.get(key), wanted := _wanted(step, answer, key))
    ]
    dish = step.likes_none or answer.arguments.get("dish")
    if (step.likes is not None or step.likes_none) and isinstance(dish, str):
        found += _likes_problem(dish, step.likes or {}, memory)
    return found


def _wanted(step: Step, answer: Answer, key: str) -> object:
    """What must be; the dish is free where a turn of talk about a meal does not name it."""
    if key not in step.expect and answer.tool in ("recall", "remember", "forget", "outcome"):
        return answer.arguments.get(key)
    return step.expect.get(key)


def _likes_problem(dish: str, wanted: Mapping[str, Any], memory: Memory) -> list[str]:
    likes = memory.likes.of(dish)
    return [] if likes == wanted else [f"remembered of {dish}: {likes}, not {dict(wanted)}"]


def _same(got: object, wanted: object) -> bool:
    if isinstance(wanted, datetime) and isinstance(got, str):
        return abs(datetime.fromisoformat(got) - wanted) < _MOMENT_SLACK
    return got == wanted
