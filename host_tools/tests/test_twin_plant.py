"""The plant's server over real sockets: rewind, grants, events, faults, errors."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenhuo.errors import RigError
from wenhuo_tools.twin.dishes import dish_by_id
from wenhuo_tools.twin.engine import Engine, Scenario
from wenhuo_tools.twin.params import Load, Site
from wenhuo_tools.twin.plant import Plant, main, serve

SCENARIO = {"dish": "congee", "dry_g": 200, "water_g": 1800, "seed": 5}


class Line:
    """A client that speaks lines."""

    def __init__(self, address, role=None):
        self.sock = socket.create_connection(address, timeout=10)
        self.file = self.sock.makefile("r", encoding="ascii")
        if role:
            self.hello = self.ask(f"HELLO wenhuo-plant 1 {role}")

    def say(self, line):
        self.sock.sendall(line.encode() + b"\n")

    def hear(self):
        return self.file.readline().strip()

    def ask(self, line):
        self.say(line)
        return self.hear()

    def close(self):
        self.file.close()
        self.sock.close()


@pytest.fixture
def address():
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener, Plant()), daemon=True)
    thread.start()
    yield listener.getsockname()
    while True:  # the plant may not yet have seen that the test's host has gone
        line = Line(listener.getsockname(), "host")
        if line.hello.startswith("OK"):
            assert line.ask("QUIT") == "OK"
            line.close()
            break
        line.close()
    thread.join(10)
    listener.close()


@pytest.fixture
def host(address):
    line = Line(address, "host")
    assert line.ask("LOAD " + json.dumps(SCENARIO)) == "OK"
    yield line
    line.close()


@pytest.fixture
def board(address, host):
    line = Line(address, "board")
    yield line
    line.close()


def samples(reply):
    kind, count, rows = reply.split()
    assert kind == "V"
    rows = [tuple(int(x) for x in row.split(",")) for row in rows.split(";")]
    assert len(rows) == int(count)
    return rows


def run_board(board, until_ms, permille, batch=10, dt_ms=100):
    """Ask for batches until a time is reached; leaves one STEP unanswered. Returns all samples."""
    got, used = [], 0
    while not got or got[-1][0] < until_ms:
        rows = samples(board.ask(f"STEP {used} {batch} {dt_ms} {permille} 1"))
        got += rows
        used = len(rows)
    board.say(f"STEP {used} {batch} {dt_ms} {permille} 1")
    return got


def test_it_prints_where_it_listens_and_quits():
    command = [sys.executable, "-m", "wenhuo_tools.twin.plant", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        word, address, port = process.stdout.readline().split()
        assert word == "PLANT"
        line = Line((address, int(port)), "host")
        assert line.hello == "OK wenhuo-plant 1 0"
        assert line.ask("QUIT") == "OK"
        assert process.wait(10) == 0
        line.close()


def test_a_taken_port_is_one_line_and_exit_code_3(address, capsys):
    assert main(["--port", str(address[1])]) == 3
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "cannot listen" in error


def test_time_is_granted_by_the_host(host, board):
    host.say("RUN 2000")
    rows = run_board(board, 2000, 1000)
    assert [row[0] for row in rows] == list(range(100, 2001, 100))
    assert host.hear() == "AT 2000"
    host.say("RUN 2500")
    assert [row[0] for row in samples(board.hear())] == [2100, 2200, 2300, 2400, 2500]


def test_samples_are_in_the_units_of_the_protocol(host, board):
    host.say("RUN 1000")
    _, bottom_mv, lid_mv, bits, mains_dv, heater_ma = run_board(board, 1000, 1000)[-1]
    assert 2500 < bottom_mv < 3300
    assert 2500 < lid_mv < 3300
    assert bits == 3
    assert mains_dv == pytest.approx(2200, abs=20)
    assert heater_ma == pytest.approx(770 / 220 * 1000, abs=5)


def test_rewind_gives_what_a_straight_run_gives():
    """A board that uses part of each batch sees what one that asks tick by tick sees."""

    def cook(uses):
        engine = Engine(Scenario(dish_by_id("congee"), Load(200, 1800), Site(), seed=9))
        engine.add_event({"at_s": 7.3, "kind": "lid_open", "for_s": 5})
        seen, used, duties = [], 0, iter([1.0, 0.0] * 500)
        for used_of_batch in uses:
            engine.commit(used)
            got = engine.advance(20, 100, next(duties), True, 1 << 40)
            used = min(used_of_batch, got)
            seen += engine.sample_text().split(";")[:used]
        return seen

    speculative = cook([7, 3, 20, 1, 12, 5] * 10)
    # The same duties, each for as many ticks as it was used, one tick at a time.
    engine = Engine(Scenario(dish_by_id("congee"), Load(200, 1800), Site(), seed=9))
    engine.add_event({"at_s": 7.3, "kind": "lid_open", "for_s": 5})
    duties, straight = iter([1.0, 0.0] * 500), []
    for used_of_batch in [7, 3, 20, 1, 12, 5] * 10:
        duty = next(duties)
        allowed = _used_ticks(engine, used_of_batch)
        for _ in range(allowed):
            engine.commit(None)
            engine.advance(1, 100, duty, True, 1 << 40)
            straight.append(engine.sample_text())
    assert straight == speculative


def _used_ticks(engine, wanted):
    """A batch ends at the next event (7.3 s and 12.3 s), so that it may be shorter than wanted."""
    now = engine.now_ms
    ends = [end for end in (7300, 12300) if end > now]
    return min(wanted, 20, (ends[0] - now) // 100) if ends else min(wanted, 20)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 1000)), min_size=1, max_size=30))
def test_any_rewind_is_exact(steps):
    """Rewinding and repeating with the same output gives the same samples."""
    engine = Engine(Scenario(dish_by_id("white_rice"), Load(300, 420), Site(), seed=3))
    for used, permille in steps:
        engine.commit(None)
        engine.advance(10, 100, permille / 1000, True, 1 << 40)
        first = engine.sample_text().split(";")
        engine.commit(used)
        if used < 10:
            engine.advance(10 - used, 100, permille / 1000, True, 1 << 40)
            assert engine.sample_text().split(";") == first[used:]


def test_same_seed_same_samples_other_seed_other_noise():
    def cook(seed):
        engine = Engine(Scenario(dish_by_id("congee"), Load(100, 900), Site(), seed=seed))
        engine.advance(100, 100, 0.5, True, 1 << 40)
        return engine.sample_text()

    assert cook(1) == cook(1)
    assert cook(1) != cook(2)


def test_events_act_and_end(host, board):
    for event in (
        {"at_s": 1.0, "kind": "lid_open", "for_s": 2.0},
        {"at_s": 4.0, "kind": "mains", "value": 180.0, "for_s": 1.0},
        {"at_s": 6.0, "kind": "sensor_open", "sensor": "bottom", "for_s": 1.0},
        {"at_s": 8.0, "kind": "sensor_short", "sensor": "lid"},
        {"at_s": 9.0, "kind": "pot_out", "for_s": 0.5},
    ):
        assert host.ask("EVENT " + json.dumps(event)) == "OK"
    host.say("RUN 10000")
    rows = {row[0]: row for row in run_board(board, 10000, 0)}
    assert [rows[t][3] for t in (1000, 1100, 3000, 3100)] == [3, 2, 2, 3]
    assert rows[4500][4] == pytest.approx(1800, abs=15)
    assert rows[5500][4] == pytest.approx(2200, abs=20)
    assert rows[6500][1] == 3300
    assert rows[7500][1] < 3300
    assert rows[8500][2] == 0
    assert [rows[t][3] for t in (9300, 9800)] == [1, 3]


def test_water_added_heater_aged_relay_dead_and_drift(host, board):
    before = json.loads(host.ask("TRUTH")[2:])
    for event in (
        {"at_s": 0.0, "kind": "add", "mass_g": 300.0, "temp_c": 5.0},
        {"at_s": 0.0, "kind": "sensor_drift", "sensor": "lid", "value": 40.0},
        {"at_s": 1.0, "kind": "heater_aged", "value": 0.5},
        {"at_s": 2.0, "kind": "relay_dead"},
    ):
        assert host.ask("EVENT " + json.dumps(event)) == "OK"
    host.say("RUN 3000")
    rows = {row[0]: row for row in run_board(board, 3000, 1000)}
    assert host.hear() == "AT 3000"
    assert rows[1500][5] == pytest.approx(rows[500][5] / 2, rel=0.01)
    assert rows[2500][5] == 0
    assert rows[500][2] < 2400  # 40 K warmer than the 23 °C lid
    after = json.loads(host.ask("TRUTH")[2:])
    assert after["free_water_g"] == pytest.approx(before["free_water_g"] + 300.0, abs=5.0)
    assert after["temps"]["core"] < before["temps"]["core"] - 1.0


def test_welded_switch_heats_until_the_relay_opens(host, board):
    host.ask("EVENT " + json.dumps({"at_s": 0.0, "kind": "relay_welded"}))
    host.say("RUN 400")
    assert samples(board.ask("STEP 0 2 100 0 1"))[-1][5] > 3000
    assert samples(board.ask("STEP 2 2 100 0 0"))[-1][5] == 0


def test_power_cut_the_food_cools_and_a_board_comes_back(address, host):
    first = Line(address, "board")
    host.say("RUN 60000")
    run_board(first, 60000, 1000, batch=50)
    assert host.hear() == "AT 60000"
    assert "board is connected" in host.ask("FREE 70000")
    first.close()
    assert host.ask("FREE 120000") == "AT 120000"
    second = Line(address, "board")
    assert second.hello == "OK wenhuo-plant 1 120000"
    host.say("RUN 120100")
    assert samples(second.ask("STEP 0 1 100 0 1"))[0][0] == 120100
    second.close()


def test_a_board_that_dies_during_run_is_told_to_the_host(address, host):
    board = Line(address, "board")
    host.say("RUN 1000")
    board.ask("STEP 0 5 100 0 1")
    board.close()
    assert host.hear().startswith("ERR the board hung up at t=500 ms")


def test_a_board_that_resets_gives_back_what_it_did_not_use(address, host):
    board = Line(address, "board")
    host.say("RUN 10000")
    board.ask("STEP 0 50 100 0 1")
    board.say("BYE 7")
    board.close()
    assert host.hear().startswith("ERR the board hung up at t=700 ms")


def test_truth_has_every_member(host):
    truth = json.loads(host.ask("TRUTH")[2:])
    members = (
        *("t_s", "temps", "duty", "power_w", "energy_wh", "evaporated_g", "boilover_g", "scorch"),
        *("doneness", "water_uptake", "free_water_g", "viscosity", "texture_value"),
        *("texture_error", "max_bottom_c", "max_food_c"),
    )
    assert all(member in truth for member in members)
    assert set(truth["temps"]) == {"bottom", "plate", "food", "core", "lid"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("JUMP", "unknown command"),
        ("LOAD {", "not JSON"),
        ("LOAD []", "JSON object"),
        ('LOAD {"dish": "congee"}', "lacks"),
        ('LOAD {"dish": "pizza", "dry_g": 1, "water_g": 1}', "no food properties"),
        ('LOAD {"dish": "congee", "dry_g": "x", "water_g": 1}', "LOAD"),
        ('LOAD {"dish": "congee", "dry_g": 1, "water_g": 1, "salt": 1}', "unknown members"),
        ('LOAD {"dish": "congee", "dry_g": NaN, "water_g": 1}', "a number from"),
        ('LOAD {"dish": "congee", "dry_g": 1, "water_g": 1, "altitude_m": 9e9}', "a number from"),
        ('LOAD {"dish": "congee", "dry_g": 1, "water_g": 1, "seed": "x"}', "LOAD"),
        ('EVENT {"at_s": Infinity, "kind": "lid_open"}', "at_s"),
        ('EVENT {"at_s": 1, "kind": "add", "mass_g": NaN}', "not finite"),
        ('LOAD {"product": "toaster", "dish": "congee", "dry_g": 1, "water_g": 1}', "unknown"),
        ('EVENT {"at_s": 1, "kind": "fire"}', "kind"),
        ('EVENT {"at_s": 1, "kind": "mains"}', "needs 'value'"),
        ('EVENT {"kind": "lid_open"}', "at_s"),
        ('EVENT {"at_s": 1, "kind": "sensor_open", "sensor": "nose"}', "bottom or lid"),
        ("RUN soon", "milliseconds"),
    ],
)
def test_a_wrong_line_of_the_host_is_one_line_back(host, line, told):
    reply = host.ask(line)
    assert reply.startswith("ERR ")
    assert told in reply
    assert host.ask("TRUTH").startswith("T ")


@pytest.mark.parametrize(
    "line",
    [
        "STEP",
        "STEP 0 1 100 0",
        "STEP x 1 100 0 1",
        "STEP 5 1 100 0 1",
        "STEP 0 0 100 0 1",
        "STEP 0 1 900 0 1",
        "STEP 0 1 100 1001 1",
        "STEP 0 1 100 0 2",
        "JUMP",
    ],
)
def test_a_wrong_line_of_the_board_is_one_line_back(host, board, line):
    assert board.ask(line).startswith("ERR ")
    host.say("RUN 100")
    assert len(samples(board.ask("STEP 0 1 100 0 1"))) == 1


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_first_line_is_answered(text):
    class Answers:
        def __init__(self):
            self.lines = []

        def send(self, line):
            self.lines.append(line)

    client = Answers()
    Plant().handle(client, text)
    assert len(client.lines) == 1
    assert client.lines[0].startswith(("OK ", "ERR "))


def test_a_second_board_or_host_is_refused(address, host, board):
    for role in ("board", "host"):
        other = Line(address, role)
        assert other.hello.startswith(f"ERR a {role} is already connected")
        other.close()


def test_free_run_needs_no_host():
    class Answers:
        def send(self, line):
            self.line = line

    plant, client = Plant(free_run=True), Answers()
    plant.handle(client, "HELLO wenhuo-plant 1 board")
    plant.handle(client, "STEP 0 50 100 500 1")
    assert client.line.startswith("V 50 100,")


def test_engine_refuses_a_batch_it_cannot_do():
    with pytest.raises(RigError, match="n is 1"):
        Engine().advance(0, 100, 0.0, True, 1000)
