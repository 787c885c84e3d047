"""wenhuod without its socket on the twin's fast board, for tests."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from wenhuo.agent.planner import Planner
from wenhuo.boards import load_product
from wenhuo.daemon.pot import BoardPot
from wenhuo.daemon.service import ThreadMind
from wenhuo.daemon.watching import Watching
from wenhuo.daemon.wire import Wire
from wenhuo.dialogue.dialogue import Dialogue
from wenhuo.dialogue.ports import Said
from wenhuo.errors import LinkError
from wenhuo.executive.records import Happening
from wenhuo.memory import Memory
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

    def __init__(self, memory, board: DeskBoard, planner: Planner, model=None, **options) -> None:
        time = BoardTime(board)
        self.news: list = []
        self.wire = Wire(lambda: board, "fast")
        self.pot = BoardPot(
            memory, self.wire, time, finish_alone=True, tell=self.news.append,
            watcher=Watching(PRODUCT, model or planner.model, memory, time, **options),
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


def cooked(memory, board, planner, words: str, *, later=None, **options) -> Daemon:
    """Say it, and cook until it is served. later: (board's time, s, what is said then)."""
    daemon = Daemon(memory, board, planner, **options)

    async def run() -> None:
        await daemon.say(words)
        if later is not None:
            at_s, more = later
            await daemon.look_until(lambda: board.now_s() >= at_s)
            await daemon.say(more)
        await daemon.look_until(lambda: cook_of(memory).served_s is not None)

    asyncio.run(run())
    assert cook_of(memory).served_s is not None
    return daemon


def replaced(memory) -> int:
    notes = memory.cooks.notes(cook_of(memory).id)
    return sum(what == Happening.REPLACED for _, what, _ in notes)
