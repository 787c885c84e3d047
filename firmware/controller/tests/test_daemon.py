"""The daemon's ways in and out: socket, configuration, service manager, clock."""

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
from wenhuo.daemon.__main__ import main
from wenhuo.daemon.client import ask
from wenhuo.daemon.config import Config, read_config
from wenhuo.daemon.service import Service
from wenhuo.daemon.wire import Wire
from wenhuo.daemon.words import read_message
from wenhuo.errors import ConfigError, DaemonError, RequestError
from wenhuo.intent import Action, Intent
from wenhuo.memory import Memory


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


def test_a_wrong_start_is_one_line_and_the_documented_exit_code(tmp_path, capsys):
    assert main(["--config", str(tmp_path / "none.toml")]) == 2
    err = capsys.readouterr().err
    assert (err.startswith("wenhuod: "), err.count("\n")) == (True, 1)
