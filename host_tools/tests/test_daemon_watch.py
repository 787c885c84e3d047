"""The daemon's watch: disturbed cooks on the twin's fast board, the shipped model behind its guard,
in simulated time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from wenhuo.agent.planner import Planner
from wenhuo.boards import load_product
from wenhuo.daemon.pot import BoardPot
from wenhuo.daemon.service import ThreadMind
from wenhuo.daemon.watching import Watching
from wenhuo.daemon.wire import Wire
from wenhuo.dialogue.dialogue import Dialogue
from wenhuo.dialogue.ports import Said
from wenhuo.errors import LinkError, ModelError
from wenhuo.executive.records import Happening
from wenhuo.memory import Memory
from wenhuo.planning import envelope
from wenhuo.conditions import Conditions, read_conditions
from wenhuo.schedule import PhaseKind, Until, read_schedule
from wenhuo_tools.report.why import why_lines
from wenhuo_tools.twin.dishes import dish_by_id
from wenhuo_tools.twin.engine import Scenario
from wenhuo_tools.twin.fast import FastBoard
from wenhuo_tools.twin.params import Load, Site
from wenhuo_tools.twin.plant import cooker_of

PRODUCT = load_product()
NOW = datetime.fromisoformat("2026-11-23T17:00:00+08:00")
LONGEST_S = 6 * 3600.0


class DeskBoard(FastBoard):
    """The fast board as a wire opens and closes it."""

    refuses = 0  # so many schedules more are lost on the way

    def close(self) -> None:
        """Nothing to close."""

    def replace(self, schedule, cook_id) -> None:
        if self.refuses:
            self.refuses -= 1
            raise LinkError("the board does not answer")
        super().replace(schedule, cook_id)


class BoardTime:
    """The board's clock is the machine's too."""

    def __init__(self, board: FastBoard) -> None:
        self.board = board

    def now_s(self) -> float:
        return self.board.now_s()

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.board.now_s())

    async def wait(self, until_s: float, wake: asyncio.Event) -> None:
        raise AssertionError("the test looks by itself")


class Daemon:
    """Everything of wenhuod but its socket."""

    def __init__(self, memory: Memory, board: DeskBoard, planner: Planner, model=None) -> None:
        time = BoardTime(board)
        self.news: list = []
        self.wire = Wire(lambda: board, "fast")
        self.pot = BoardPot(
            memory, self.wire, time, finish_alone=True, tell=self.news.append,
            watcher=Watching(PRODUCT, model or planner.model, memory, time),
        )  # fmt: skip
        self.dialogue = Dialogue(memory, ThreadMind(planner), self.pot)
        self.board, self.time = board, time

    async def say(self, text: str) -> str:
        return (await self.dialogue.hear(Said(text, self.time.wall()))).reply

    async def look_until(self, over) -> None:
        while not over() and self.board.now_s() < LONGEST_S:
            await self.pot.look()
            self.board.sleep(max(0.1, self.pot.next_look_s - self.board.now_s()))

    def told(self) -> list[str]:
        return [news.detail for news in self.news if news.kind == "changed"]


@pytest.fixture(scope="module")
def planner():
    made = Planner.load()
    made.about()
    yield made
    made.close()


@pytest.fixture
def memory(tmp_path):
    with Memory.open(tmp_path) as opened:
        yield opened


def filled(dish: str, dry_g: float, water: float = 1.0, *, events=(), **site) -> DeskBoard:
    """A board with a pot on it. water: share of the menu's."""
    board = DeskBoard()
    load = Load(dry_g, water * PRODUCT.dish(dish).water_g(dry_g, None))
    board.load(Scenario(dish_by_id(dish), load, Site(**site), cooker_of(None)))
    for event in events:
        board.play(event)
    return board


def cook_of(memory: Memory):
    return memory.cooks.last()


def replans(memory: Memory):
    return [c for c in memory.calls.of_cook(cook_of(memory).id) if c.tool == "replan"]


def cooked(memory, board, planner, words: str, **options) -> Daemon:
    """Say it, and cook until it is served."""
    daemon = Daemon(memory, board, planner, **options)

    async def run() -> None:
        await daemon.say(words)
        await daemon.look_until(lambda: cook_of(memory).served_s is not None)

    asyncio.run(run())
    assert cook_of(memory).served_s is not None
    return daemon


def replaced(memory) -> int:
    notes = memory.cooks.notes(cook_of(memory).id)
    return sum(what == Happening.REPLACED for _, what, _ in notes)


@pytest.mark.parametrize(
    ("words", "dish", "dry_g"),
    [("煮两个人的白粥", "congee", 100), ("soup for two", "soup", 300)],
)
def test_a_cook_that_goes_as_planned_is_left_alone(memory, planner, words, dish, dry_g):
    daemon = cooked(memory, filled(dish, dry_g), planner, words)
    assert cook_of(memory).dish == dish
    assert replans(memory) == []
    assert daemon.told() == []


if __name__ == "__main__":
    import sys, tempfile
    from pathlib import Path
    pl = Planner.load()
    for words, dish, dry, water, events in [
        ("煮两个人的白粥", "congee", 100, 1.0, ()),
        ("soup for two", "soup", 300, 1.0, ()),
        ("white rice for two", "white_rice", 150, 1.0, ()),
        ("煮四个人的白饭", "white_rice", 300, 1.08, ()),
        ("soup for two", "soup", 300, 1.0, ({"at_s": 1600, "kind": "lid_open", "for_s": 20}, {"at_s": 1608, "kind": "add", "mass_g": 250, "temp_c": 15})),
        ("煮两个人的白粥", "congee", 100, 1.0, ({"at_s": 1500, "kind": "mains", "value": 185},)),
        ("煮两个人的白粥，七点吃", "congee", 100, 1.0, ()),
    ]:
        with Memory.open(Path(tempfile.mkdtemp())) as m:
            import time
            t=time.time()
            b = filled(dish, dry, water, events=events)
            d = cooked(m, b, pl, words)
            c = cook_of(m)
            print("=====", words, c.dish, c.about, c.served_s, b.food(), time.time()-t)
            order = m.calls.of_cook(c.id)[0]
            print(order.arguments["believed"], order.plan["dry_g"], order.plan["servings"])
            for l in why_lines(m, c, PRODUCT): print("   ", l)
            for r in replans(m): print(r.at-c.ordered_at, r.arguments["why"], r.arguments["by"], r.arguments["problem"])
    pl.close()
