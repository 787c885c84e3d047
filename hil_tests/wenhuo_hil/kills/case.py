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
_LONGEST_S = 16 * 3600.0
_STEP_S = 120.0
_PLANNING_S = 1.5  # real: within this the words are understood, planned and sent to the board
_DUE_S = 0.03  # real: within this a look at the board is taken and written down
_DOWN_S = 180.0  # rig time without a daemon, at most
_MOST_KILLS = 3


@dataclass(frozen=True, slots=True)
class Order:
    """What is ordered and what is in the pot. later: said while it cooks, None for nothing."""

    say: str
    pot: Mapping[str, Any]
    later: str | None = None


@dataclass(slots=True)
class Ended:
    """How a cook ended. wrong: what was not right. kills: (when, s of rig time or "planning")."""

    order: str
    served_s: float | None = None
    doneness: float = 0.0
    kills: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


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
    return _cook(home, order, seed, f"reference-{seed}", [], 0.0)


def disturbed(home: Household, order: Order, number: int, served_s: float, seed: int) -> Ended:
    """The same with one to three kills at random moments: while the order is worked on, or while
    it cooks. served_s: of the undisturbed one."""
    dice = random.Random(number)
    count = dice.randint(1, _MOST_KILLS)
    in_planning = dice.random() < 1 / 3
    moments = sorted(dice.uniform(0, served_s) for _ in range(count - in_planning))
    ended = _cook(
        home,
        order,
        seed,
        f"cook-{number}",
        moments,
        dice.uniform(0, _PLANNING_S) if in_planning else 0.0,
        dice,
    )
    if ended.served_s is not None and abs(ended.served_s - served_s) > SERVED_SLACK_S:
        ended.wrong.append(f"served after {ended.served_s:.0f} s, undisturbed {served_s:.0f}")
    return ended


def _cook(
    home: Household,
    order: Order,
    seed: int,
    name: str,
    moments: list[float],
    planning_s: float,
    dice: random.Random | None = None,
) -> Ended:
    dice = dice or random.Random(0)
    ended = Ended(order.say)
    home.fill(order.pot, seed)
    home.start()
    began_s = home.now_s
    with home.memory() as memory:
        cooks, calls = memory.cooks.recent(1), memory.calls.count()
    before = cooks[0].id if cooks else 0
    if planning_s:
        home.say_and_kill(order.say, name, planning_s)
        ended.kills.append(f"planning, after {planning_s:.2f} s")
        home.start()
    home.say(order.say, name)
    said = 1
    for moment_s in moments:
        home.pass_time(
            max(0.1, began_s + moment_s - home.now_s), kill_after_s=dice.uniform(0, _DUE_S)
        )
        ended.kills.append(f"{moment_s:.0f} s")
        home.pass_time(dice.uniform(0, _DOWN_S))
        home.start()
        if order.later is not None and said == 1:
            home.say(order.later, f"{name}-later")
            said += 1
    if order.later is not None and said == 1:
        home.pass_time(60.0)
        home.say(order.later, f"{name}-later")
        said += 1
    _wait_until_served(home, before + 1)
    home.say("停", f"{name}-stop")
    _judge(home, ended, before + 1, calls + said + 1)
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
        wrong.append(f"{latest.id - cook + 1} cooks for one order")
        return wrong
    ended.served_s = latest.served_s
    if latest.served_s is None:
        wrong.append(f"not served, {latest.outcome}")
    if memory.cooks.open():
        wrong.append("not ended")
    if memory.calls.count() != calls:
        wrong.append(f"{memory.calls.count()} calls kept, {calls} made")
    times = [sample.t_s for sample in memory.cooks.samples(cook)]
    if times != sorted(set(times)):
        wrong.append("readings out of order")
    started = [note for note in memory.cooks.notes(cook) if note[1] == "started"]
    if len(started) != 1:
        wrong.append(f"{len(started)} starts told by the board")
    return wrong
