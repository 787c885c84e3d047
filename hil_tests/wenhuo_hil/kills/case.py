"""One cook of a household whose daemon is killed while it cooks."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from wenhuo.memory import Memory
from wenhuo_hil.kills.household import Household

DONENESS_MIN, SCORCH_MAX = 0.95, 0.1  # as in the fault matrix
SERVED_SLACK_S = 120.0  # against the same cook that nobody disturbed
LATER_S = 300.0  # when the household wants it otherwise
_LONGEST_S = 16 * 3600.0
_STEP_S = 120.0
_PLANNING_S = 1.5  # real: within this the words are understood, planned and sent to the board
_DUE_S = 0.03  # real: within this a look at the board is taken and written down
_DOWN_S = 60.0  # rig time without a daemon, at most
_MOST_KILLS = 3


@dataclass(frozen=True, slots=True)
class Order:
    """What is ordered and what is in the pot. later: said at LATER_S, None for nothing."""

    say: str
    pot: Mapping[str, Any]
    later: str | None = None


@dataclass(slots=True)
class Ended:
    """How a cook ended. wrong: what was not right. kills: when, or while it worked on what."""

    order: str
    served_s: float | None = None
    doneness: float = 0.0
    kills: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to come. words: said; None: the daemon is killed. after_s: real time until the
    kill, from the words or from the moment on; None: no kill."""

    at_s: float
    words: str | None
    after_s: float | None
    message: str = ""
    down_s: float = 0.0


ORDERS = (
    Order("煮两个人的米饭", {"dish": "white_rice", "dry_g": 150, "water_g": 230}, "软一点"),
    Order(
        "white rice for four in three hours", {"dish": "white_rice", "dry_g": 300, "water_g": 430}
    ),
    Order("煮四个人的白粥", {"dish": "congee", "dry_g": 200, "water_g": 1860}, "稠一点"),
    Order("millet congee for two", {"dish": "millet_congee", "dry_g": 100, "water_g": 1000}),
)


def undisturbed(home: Household, order: Order, seed: int) -> Ended:
    """The cook as it is without a kill."""
    return _cook(home, order, seed, _said(order, f"reference-{seed}-{order.say}", None))


def disturbed(home: Household, order: Order, number: int, served_s: float, seed: int) -> Ended:
    """The same with one to three kills at random moments: while words are worked on, or while it
    cooks. served_s: of the undisturbed one."""
    dice = random.Random(number)
    count = dice.randint(1, _MOST_KILLS)
    in_words = dice.random() < 0.5
    steps = _said(order, f"cook-{number}", dice if in_words else None)
    steps += [
        Step(dice.uniform(1, served_s), None, dice.uniform(0, _DUE_S), "", dice.uniform(0, _DOWN_S))
        for _ in range(count - in_words)
    ]
    ended = _cook(home, order, seed, sorted(steps, key=lambda step: step.at_s))
    if ended.served_s is not None and abs(ended.served_s - served_s) > SERVED_SLACK_S:
        ended.wrong.append(f"served after {ended.served_s:.0f} s, undisturbed {served_s:.0f}")
    return ended


def _said(order: Order, name: str, dice: random.Random | None) -> list[Step]:
    """The words of a cook; with dice, a kill while the daemon works on some of them."""
    words = [(0.0, order.say), *([(LATER_S, order.later)] if order.later else [])]
    killed = dice.randrange(len(words)) if dice else None
    after_s = dice.uniform(0, _PLANNING_S) if dice else 0.0
    return [
        Step(at_s, say, after_s if i == killed else None, f"{name}-{i}")
        for i, (at_s, say) in enumerate(words)
    ]


def _cook(home: Household, order: Order, seed: int, steps: list[Step]) -> Ended:
    ended = Ended(order.say)
    home.fill(order.pot, seed)
    home.start()
    began_s = home.now_s
    with home.memory() as memory:
        cooks, calls = memory.cooks.recent(1), memory.calls.count(said=True)
    cook = cooks[0].id + 1 if cooks else 1
    for step in steps:
        wait_s = began_s + step.at_s - home.now_s
        if step.words is None:
            home.pass_time(max(0.1, wait_s), kill_after_s=step.after_s)
            home.pass_time(step.down_s)
            home.start()
            ended.kills.append(f"at {step.at_s:.0f} s")
            continue
        if wait_s > 0:
            home.pass_time(wait_s)
        if step.after_s is not None:
            home.say_and_kill(step.words, step.message, step.after_s)
            home.start()
            ended.kills.append(f"{step.after_s:.2f} s after {step.words!r}")
        home.say(step.words, step.message)
    _wait_until_served(home, cook)
    home.say("停", f"stop-{cook}")
    said = sum(step.words is not None for step in steps)
    _judge(home, ended, cook, calls + said + 1)
    return ended


def _wait_until_served(home: Household, cook: int) -> None:
    while home.now_s < _LONGEST_S:
        home.pass_time(_STEP_S)
        with home.memory() as memory, suppress(KeyError):
            row = memory.cooks.get(cook)
            if row.served_s is not None or row.ended_at is not None:
                return


def _judge(home: Household, ended: Ended, cook: int, calls: int) -> None:
    truth = home.rig.truth()
    ended.doneness = truth["doneness"]
    if ended.doneness < DONENESS_MIN:
        ended.wrong.append(f"doneness {ended.doneness:.2f}")
    if truth["scorch"] > SCORCH_MAX:
        ended.wrong.append(f"scorch {truth['scorch']:.2f}")
    with home.memory() as memory:
        ended.wrong += _memory_problems(memory, ended, cook, calls)


def _memory_problems(memory: Memory, ended: Ended, cook: int, calls: int) -> list[str]:
    """Nothing lost, nothing doubled."""
    wrong = []
    latest = memory.cooks.recent(1)[0]
    if latest.id != cook:
        return [f"{latest.id - cook + 1} cooks for one order"]
    ended.served_s = latest.served_s
    if latest.served_s is None:
        wrong.append(f"not served, {latest.outcome}")
    if memory.cooks.open():
        wrong.append("not ended")
    kept = memory.calls.count(said=True)
    if kept != calls:
        wrong.append(f"{kept} calls kept, {calls} made")
    started = [note for note in memory.cooks.notes(cook) if note[1] == "started"]
    if len(started) != 1:
        wrong.append(f"{len(started)} starts told by the board")
    return wrong
