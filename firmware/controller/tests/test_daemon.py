"""The daemon on a board of counters: killed at every point between memory and board, and its ways
in and out."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress

import pytest
from household_bench import NOW, PRODUCT, HandTime, TableBoard, planner
from hypothesis import given, settings
from hypothesis import strategies as st

from wenhuo.daemon import notify
from wenhuo.daemon.client import ask
from wenhuo.daemon.config import Config, read_config
from wenhuo.daemon.pot import BoardPot
from wenhuo.daemon.service import Service
from wenhuo.daemon.watcher import Change
from wenhuo.daemon.wire import Wire
from wenhuo.daemon.words import read_message
from wenhuo.errors import ConfigError, DaemonError, RequestError
from wenhuo.executive.board_client import BoardIdentity
from wenhuo.intent import Action, Intent
from wenhuo.memory import Memory
from wenhuo.memory.cooks import CANCELLED, PAUSED
from wenhuo.schedule import Phase, PhaseKind, Until

SCHEDULE = (
    Phase(PhaseKind.WAIT, None, 0, 3600),
    Phase(PhaseKind.HEAT, 96.0, 100, 900, Until.BOIL),
    Phase(PhaseKind.KEEP_WARM, 70.0, 20, 3600),
)
NOW_COOKING = SCHEDULE[1:]
AT = NOW.timestamp()


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


def config(folder, **more) -> Config:
    values = {"product": PRODUCT, "board": PRODUCT.id, "port": "none", "state_dir": folder}
    return Config(**values, socket=folder / "s.sock", language="en", **more)


class Running:
    """A service in a loop of its own thread, spoken to over its socket."""

    def __init__(self, folder, idle) -> None:
        self.config = config(folder)
        self.board = TableBoard()
        self.time = HandTime(self.board)
        self.memory = Memory.open(folder)
        wire = Wire(lambda: self.board, PRODUCT.id)
        self.service = Service(
            self.config, memory=self.memory, planner=planner(idle), wire=wire, time=self.time
        )

    def talk(self, job):
        """Run the service while `job(ask)` runs in a thread beside it."""

        async def run():
            serving = asyncio.ensure_future(self.service.run())
            while not self.config.socket.exists():
                await asyncio.sleep(0)
                assert not serving.done(), serving.result()
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(None, job, lambda m: ask(self.config.socket, m))
            finally:
                self.service.stop()
                await serving

        return asyncio.run(asyncio.wait_for(run(), 60))


@pytest.fixture
def running(tmp_path):
    return Running(tmp_path, {"rice": Intent(Action.COOK, dish="white_rice")})


def test_words_come_in_over_the_socket_and_cook(running):
    def job(say):
        answer = say({"say": "rice", "id": "1"})
        return answer, say({"say": "rice", "id": "1"}), say({"state": True})

    first, again, state = running.talk(job)
    assert (first["tool"], first["id"]) == ("cook", "1")
    assert again["reply"] == first["reply"]
    assert running.board.starts == 1
    assert state["state"]["mode"] == "cooking"


@pytest.mark.parametrize(
    "line",
    [b"rubbish", b"[]", b'{"say": 5}', b'{"tell": "x"}', b"{}", b'{"say": "a", "state": true}'],
)
def test_what_is_no_message_is_answered_with_an_error_and_the_daemon_goes_on(running, line):
    def job(say):
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(str(running.config.socket))
            end.sendall(line + b"\n")
            answer = json.loads(end.makefile().readline())
        return answer, say({"say": "rice"})

    error, after = running.talk(job)
    assert list(error) == ["error"]
    assert after["tool"] == "cook"


def test_a_timer_rings_for_who_listens(running):
    def job(say):
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(str(running.config.socket))
            end.sendall(b'{"listen": true}\n')
            lines = end.makefile()
            lines.readline()
            say({"say": "remind me in 10 minutes"})
            loop.call_soon_threadsafe(running.time.move, 700.0)
            return json.loads(lines.readline())

    loop = None

    async def note_loop():
        nonlocal loop
        loop = asyncio.get_running_loop()

    original = running.service.run

    async def run():
        await note_loop()
        await original()

    running.service.run = run
    news = running.talk(job)
    assert (news["kind"], news["news"]) == ("timer", "Time is up.")
    with Memory.open(running.config.state_dir) as memory:
        assert memory.timers() == []


def test_a_second_daemon_is_refused_and_a_dead_ones_socket_is_taken(running, tmp_path):
    path = running.config.socket
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    path.unlink()

    def job(say):
        other = Running(tmp_path, {})
        with pytest.raises(DaemonError, match="another wenhuod"):
            asyncio.run(other.service.run())
        return say({"say": "rice"})["tool"]

    assert running.talk(job) == "cook"
    assert not path.exists()


def test_nobody_listening_is_one_line_with_the_remedy(tmp_path):
    with pytest.raises(DaemonError, match="start wenhuod") as caught:
        ask(tmp_path / "none.sock", {"say": "x"})
    assert caught.value.exit_code == 3


@given(
    st.binary(max_size=200)
    | st.dictionaries(st.text(), st.integers()).map(lambda d: json.dumps(d).encode())
)
@settings(max_examples=150, deadline=None)
def test_no_line_breaks_the_reader(line):
    with suppress(RequestError):
        assert read_message(line).keys() & {"say", "listen", "state"}


def test_the_configuration_is_read_strictly(tmp_path, monkeypatch):
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    path = tmp_path / "wenhuod.toml"
    path.write_text(
        'product = "virtual"\nport = "/dev/ttyX"\nstate_dir = "/tmp/w"\nlanguage = "en"\n'
        'time_zone = "Asia/Shanghai"\naltitude_m = 1500\n'
    )
    read = read_config(path)
    assert (read.board, read.port, read.altitude_m) == ("virtual", "/dev/ttyX", 1500)
    assert str(read.socket) == "/tmp/w/wenhuod.sock"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 1", "colour is unknown"),
        ('product = "toaster"', "toaster"),
        ("altitude_m = 9000", "altitude_m is 9000"),
        ('time_zone = "Mars/Olympus"', "Asia/Shanghai"),
        ('language = "fr"', "one of zh, en"),
        ("= =", "TOML"),
    ],
)
def test_a_wrong_configuration_is_one_line_with_the_remedy(tmp_path, text, said):
    path = tmp_path / "wenhuod.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        read_config(path)
    assert caught.value.exit_code == 2
    with pytest.raises(ConfigError, match="no such file"):
        read_config(tmp_path / "none.toml")


def test_the_service_manager_is_told(tmp_path, monkeypatch):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        assert notify.notify(notify.READY)
        assert manager.recv(100) == b"READY=1"
    assert not notify.notify(notify.ALIVE)  # it has gone
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert not notify.notify(notify.READY)
    monkeypatch.setenv("WATCHDOG_USEC", "20000000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    assert notify.watchdog_s() == 20
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert notify.watchdog_s() is None


def test_setting_the_clock_in_the_middle_of_a_cook_moves_nothing():
    from wenhuo.daemon.times import CookClock

    hands = HandTime()
    clock = CookClock(hands, hands.wall().timestamp() - 100)
    hands.wall = lambda: NOW.replace(year=2030)
    hands.t_s = 50
    assert clock.now_s() == pytest.approx(150)
