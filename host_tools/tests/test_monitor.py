"""Watching a virtual board that runs, and pulling what it remembers."""

import json

import pytest

from wenhuo.boards import load_product
from wenhuo.errors import LinkError
from wenhuo.executive.clock import RealClock
from wenhuo_tools.cli.main import main
from wenhuo_tools.monitor import Look, news, watch
from wenhuo_tools.report.monitor_view import MonitorView, line, strip


@pytest.fixture
def running(bench):
    """The virtual board, flashed and under power, its time going on as fast as it can."""
    product = load_product("virtual")
    bench.flash_new(product)
    with bench.powered(product) as board:
        board.run(2)
        yield board


def test_the_stream_has_readings(running, capsys):
    assert main(["monitor", "--json", "--every", "0.1", "--for", "0.3"]) == 0
    looks = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert len(looks) >= 2
    assert looks[0]["telemetry"]["state"] == "idle"
    assert 15 < looks[0]["telemetry"]["bottom_c"] < 30
    assert looks[0]["lost"] is None


def test_events_come_between_readings(running, capsys):
    with running.connect() as client:
        looks = watch(client, RealClock(), every_s=0.1)
        assert next(looks).events == ()
        running.plant_event("lid_open")
        running.run(3)
        happened = next(looks).events
        assert [event.kind for event in happened] == ["lid_opened"]
    assert main(["log", "events", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "lid_opened"
    assert main(["log", "events"]) == 0
    assert "lid_opened" in capsys.readouterr().out


def test_a_silent_board_is_said_and_watched_on(running):
    with running.connect() as client:
        looks = watch(client, RealClock(), every_s=0.05)
        assert next(looks).telemetry is not None
        running.mcu.close()
        lost = next(looks)
        assert lost.telemetry is None
        assert "gone" in lost.lost or "answer" in lost.lost


def test_no_board_is_exit_code_3(bench, capsys):
    assert main(["monitor"]) == 3
    assert "wenhuo virtual run" in capsys.readouterr().err
    assert main(["log", "events", "--port", "/dev/ttyNOTHING"]) == 3


def test_the_first_reading_must_come():
    class Deaf:
        def telemetry(self):
            raise LinkError("nobody")

    with pytest.raises(LinkError):
        next(watch(Deaf(), RealClock(), every_s=1))


def test_a_board_that_began_anew_tells_all_its_events():
    class Board:
        def events(self, first, count):
            return list(range(first, count))

    assert news(Board(), 3, 5) == [3, 4]
    assert news(Board(), 9, 2) == [0, 1]
    assert news(Board(), 0, 100) == list(range(68, 100))


def test_the_strip_has_the_values_heights():
    assert strip([20.0, None, 150.0, 300.0], 20.0, 150.0) == "▁ ██"


def test_a_lost_look_is_shown():
    look = Look(4.0, None, lost="the power board does not answer")
    assert "no answer" in line(look)
    view = MonitorView(20)
    view.add(look)
    assert view.table(look).row_count >= 3


def test_the_terminals_picture_draws_itself(running, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["monitor", "--every", "0.1", "--for", "0.2"]) == 0
    out = capsys.readouterr().out
    assert "bottom, lid" in out
    assert "\x1b[3" not in out  # no colours
