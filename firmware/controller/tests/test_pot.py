"""The daemon's cooker on a board of counters: killed at every point between memory and board."""

from __future__ import annotations

import asyncio

import pytest
from household_bench import PRODUCT, HandTime, TableBoard

from wenhuo.daemon.pot import BoardPot
from wenhuo.daemon.watcher import Change
from wenhuo.daemon.wire import Wire
from wenhuo.executive.board_client import BoardIdentity
from wenhuo.memory import Memory
from wenhuo.memory.cooks import CANCELLED, PAUSED
from wenhuo.schedule import Phase, PhaseKind, Until

SCHEDULE = (
    Phase(PhaseKind.WAIT, None, 0, 3600),
    Phase(PhaseKind.HEAT, 96.0, 100, 900, Until.BOIL),
    Phase(PhaseKind.KEEP_WARM, 70.0, 20, 3600),
)
NOW_COOKING = SCHEDULE[1:]


class Table:
    """Memory, board and clock; `pot` is a daemon's, a new one after each death."""

    def __init__(self, folder) -> None:
        self.memory = Memory.open(folder)
        self.board = TableBoard()
        self.time = HandTime(self.board)
        self.news = []
        self.watcher = None
        self.pot = self.new()

    def new(self, finish_alone=True) -> BoardPot:
        wire = Wire(lambda: self.board, PRODUCT.id)
        return BoardPot(
            self.memory, wire, self.time, finish_alone=finish_alone, tell=self.news.append,
            watcher=self.watcher,
        )  # fmt: skip

    def die(self) -> None:
        self.pot = self.new()

    def order(self, schedule=NOW_COOKING):
        lengths = [phase.duration_s for phase in schedule]
        return self.memory.cooks.order(
            speaker="", intent=["<|cook|>"], plan={"reply": ""}, schedule=schedule,
            phase_s=lengths, about={"dish": "congee", "lang": "en"},
            at=self.time.wall().timestamp(),
        )  # fmt: skip

    def settle(self) -> str:
        return asyncio.run(self.pot.settle())

    def look(self, after_s=5.0) -> None:
        self.time.move(after_s)
        asyncio.run(self.pot.look())

    def cook(self):
        return self.memory.cooks.last()


@pytest.fixture
def table(tmp_path):
    made = Table(tmp_path)
    yield made
    made.memory.close()


def test_an_order_is_begun_once_and_seen(table):
    table.order()
    assert table.settle() == "ok"
    table.look()
    assert (table.board.starts, table.pot.state()["mode"]) == (1, "cooking")
    assert table.pot.state()["dish"] == "congee"


def test_killed_before_the_board_was_told_it_is_begun_at_the_next_start(table):
    table.order()
    table.time.move(30)
    table.die()
    table.look()
    assert table.board.starts == 1
    assert table.cook().began_at is not None


def test_killed_after_the_board_began_it_is_not_begun_twice(table):
    cook = table.order()
    table.board.upload(cook.schedule, cook.board_id)
    table.board.start(cook.board_id)
    table.die()
    table.look()
    assert table.board.starts == 1
    assert table.cook().began_at is not None
    assert table.pot.state()["mode"] == "cooking"


def test_an_order_that_has_lain_too_long_is_not_begun_unasked(table):
    table.order()
    table.time.move(3600)
    table.die()
    table.look()
    assert table.board.starts == 0
    assert table.cook().outcome == "cancelled"


def test_a_wait_that_lay_goes_on_from_where_it_was(table):
    table.order(SCHEDULE)
    table.time.move(600)
    table.die()
    table.look()
    assert table.board.uploaded[0][0].duration_s == pytest.approx(3600 - 605, abs=2)
    assert table.pot.state()["mode"] == "waiting"


@pytest.mark.parametrize(("wanted", "state"), [(CANCELLED, "idle"), (PAUSED, "paused")])
def test_killed_before_the_board_was_stopped_it_is_stopped_at_the_next_start(table, wanted, state):
    cook = table.order()
    table.settle()
    table.memory.cooks.want(cook.id, wanted)
    table.die()
    table.look()
    assert table.board.state == state


def test_killed_before_a_revision_was_sent_it_is_sent(table):
    cook = table.order()
    table.settle()
    table.time.move(60)
    revise(table, cook, 1200)
    table.die()
    table.look()
    assert table.board.replaces == 1
    assert table.board.uploaded[0][0].duration_s == 1200
    assert table.cook().revised_at is None


def test_killed_after_a_revision_was_sent_it_is_not_sent_again(table):
    cook = table.order()
    table.settle()
    table.time.move(60)
    revise(table, cook, 1200)
    table.board.replace(table.cook().schedule, cook.board_id)
    table.die()
    table.look()
    assert table.board.replaces == 1
    assert table.cook().revised_at is None


def revise(table, cook, duration_s) -> None:
    schedule = (Phase(PhaseKind.HEAT, 96.0, 80, duration_s, Until.BOIL), *NOW_COOKING[1:])
    table.memory.cooks.revise(
        cook.id, schedule=schedule, phase_s=[duration_s, 3600], about=cook.about,
        at=table.time.wall().timestamp(),
    )  # fmt: skip


def test_killed_between_two_cooks_the_old_one_is_dropped_and_the_new_one_begun(table):
    old = table.order()
    table.settle()
    table.memory.cooks.want(old.id, CANCELLED)
    new = table.order()
    table.die()
    table.look()
    assert table.board.cancels == 1
    assert table.board.cook_id == new.board_id
    assert table.memory.cooks.get(old.id).outcome == "cancelled"


def test_a_cook_that_became_ready_while_nobody_looked_is_told(table):
    table.order()
    table.settle()
    table.look()
    table.die()
    table.board.phase, table.board.phase_s = 1, 40
    table.look(600)
    assert table.cook().served_s == pytest.approx(605 - 40, abs=6)
    assert "ready" in [news.kind for news in table.news]
    table.board.state, table.board.phase = "done", None
    table.look()
    assert table.cook().outcome == "done"
    assert table.pot.state()["mode"] == "idle"


def test_a_power_cut_is_borne_and_told(table):
    table.order()
    table.settle()
    table.look()
    table.board.power_cut()
    table.look(120)
    assert table.board.starts == 2
    assert "power" in [news.kind for news in table.news]
    table.die()
    table.look()
    assert table.board.starts == 2


def test_a_board_that_is_away_is_waited_for_and_found_again(table):
    table.order()
    table.settle()
    table.look()
    table.board.unplugged = True
    table.look(60)
    assert table.pot.state()["mode"] == "cooking"
    table.board.unplugged = False
    table.look(60)
    table.look(60)
    assert [what for _, what, _ in table.memory.cooks.notes(1)][-2:] == ["link_lost", "link_back"]


def test_an_order_for_a_board_that_is_away_fails_and_does_not_begin_later(table):
    table.board.unplugged = True
    table.order()
    assert "does not answer" in table.settle()
    table.board.unplugged = False
    table.look()
    assert table.board.starts == 0
    assert table.cook().outcome == "fault"


def test_a_fault_ends_the_cook_and_is_told(table):
    table.order()
    table.settle()
    table.look()
    table.board.state = "fault"
    table.look()
    assert table.cook().outcome == "fault"
    assert table.news[-1].detail == "bottom_open"
    assert table.pot.state()["mode"] == "fault"
    assert asyncio.run(table.pot.stop()) == "ok"
    assert table.pot.state()["mode"] == "idle"


def test_another_products_board_is_not_cooked_on(table):
    table.board.connect = lambda: BoardIdentity("toaster", "0", 0, 24, "soft")
    table.order()
    assert "toaster" in table.settle()
    assert table.board.starts == 0


def test_the_watchers_schedule_goes_to_the_board_and_into_the_record(table):
    change = Change((Phase(PhaseKind.REST, None, 0, 300),), (300,), "more water than said")

    class Once:
        async def consider(self, cook, executive, sample):
            return change if table.board.replaces == 0 else None

    table.watcher = Once()
    table.die()
    table.order()
    table.settle()
    table.look()
    table.look()
    assert table.board.replaces == 1
    call = table.memory.calls.of_cook(1)[0]
    assert (call.tool, call.reply, call.board) == ("replan", "more water than said", "ok")


class Eager:
    """A watcher that always wants the same; `meanwhile` happens while it thinks."""

    def __init__(self, meanwhile=lambda: None) -> None:
        self.meanwhile, self.lost = meanwhile, 0

    async def consider(self, cook, executive, sample):
        self.meanwhile()
        return Change((Phase(PhaseKind.REST, None, 0, 300),), (300,), "more water than said")

    def undelivered(self):
        self.lost += 1


def test_what_somebody_wanted_meanwhile_goes_before_the_watcher(table):
    table.watcher = Eager(lambda: revise(table, table.cook(), 1200))
    table.die()
    table.order()
    table.settle()
    table.look()
    assert table.watcher.lost == 1
    assert table.cook().schedule[0].duration_s == 1200
    assert table.memory.calls.of_cook(1) == []


def test_a_watchers_schedule_that_does_not_arrive_is_wanted_no_more(table):
    def unplug():
        table.board.unplugged = True

    table.watcher = Eager(unplug)
    table.die()
    table.order()
    table.settle()
    table.look()
    assert table.watcher.lost == 1
    assert (table.cook().schedule, table.cook().revised_at) == (NOW_COOKING, None)
    assert "does not answer" in table.memory.calls.of_cook(1)[0].board
