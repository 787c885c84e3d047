"""The board client against what a cable can do to it: silence, strangers, refusals."""

import os
import struct

import pytest

from wenhuo.errors import LinkError
from wenhuo.executive.board_client import PowerBoard
from wenhuo.executive.clock import RealClock
from wenhuo.executive.executive import Executive
from wenhuo.executive.records import BoardState, Happening, Note, Outcome
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_link import protocol as wire
from wenhuo_link.board import BoardEndpoint
from wenhuo_link.faults import BOTTOM_OPEN
from wenhuo_link.messages import MESSAGES, dictionary_hash

SCHEDULE = (
    Phase(PhaseKind.WAIT, None, 0, 300),
    Phase(PhaseKind.HEAT, 96.0, 100, 900, Until.BOIL),
    Phase(PhaseKind.REST, None, 0, 300),
    Phase(PhaseKind.KEEP_WARM, 70.0, 20, 3600),
)


class CountedClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.t_s = 0.0

    def now_s(self) -> float:
        return self.t_s

    def sleep(self, duration_s: float) -> None:
        self.t_s += duration_s


class Bench:
    """The board's end of the link on a table, its answers set by the test; also the stream."""

    def __init__(self) -> None:
        self.endpoint = BoardEndpoint(self._out, self._handle)
        self.dictionary = dictionary_hash()
        self.status = wire.OK
        self.silent = False
        self.received: list[tuple[int, bytes]] = []
        self.telemetry: dict[str, int] = {}
        self._to_host = b""

    def _out(self, data: memoryview) -> None:
        self._to_host += bytes(data)

    def _handle(self, kind: int, payload: memoryview) -> int:
        self.received.append((kind, bytes(payload[: wire.SIZES[kind]])))
        if kind == wire.GET_IDENT:
            self.endpoint.answer(
                wire.IDENT, wire.VERSION, self.dictionary, 7, 0, 1, 2, 1, 24, b"virtual"
            )
            return -1
        if kind == wire.GET_TELEMETRY:
            names = [name for name, _ in next(r[2] for r in MESSAGES if r[0] == wire.TELEMETRY)]
            values = {"phase": wire.NO_PHASE, "setpoint_cc": wire.OFF_CC, **self.telemetry}
            self.endpoint.answer(wire.TELEMETRY, *[values.get(name, 0) for name in names])
            return -1
        return self.status

    def write(self, data: bytes) -> int:
        if not self.silent:
            self.endpoint.feed(data, len(data))
        return len(data)

    @property
    def in_waiting(self) -> int:
        return len(self._to_host)

    def read(self, size: int = 1) -> bytes:
        data, self._to_host = self._to_host[:size], self._to_host[size:]
        return data

    def close(self) -> None:
        self.silent = True


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def clock() -> CountedClock:
    return CountedClock()


def test_the_board_says_who_it_is(bench, clock):
    identity = PowerBoard(bench, clock).connect()
    assert identity.product == "virtual"
    assert identity.firmware == "0.1.2"
    assert identity.reset_cause == "power_on"


def test_an_unknown_dictionary_is_refused_with_the_remedy(bench, clock):
    bench.dictionary ^= 1
    with pytest.raises(LinkError, match="flash matching firmware"):
        PowerBoard(bench, clock).connect()


def test_a_silent_board_is_a_link_error_in_one_line(bench, clock):
    bench.silent = True
    with pytest.raises(LinkError) as caught:
        PowerBoard(bench, clock).connect()
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert "check cable" in str(caught.value)
    assert clock.now_s() < 10


def test_a_pty_with_nobody_behind_it_is_a_link_error(clock):
    master, slave = os.openpty()
    try:
        with (
            PowerBoard.open(os.ttyname(slave), clock) as board,
            pytest.raises(LinkError, match="does not answer"),
        ):
            board.connect()
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize("url", ["/dev/no-such-port", "nonsense://x"])
def test_a_port_that_cannot_be_opened_is_a_link_error(url, clock):
    with pytest.raises(LinkError, match="cannot open"):
        PowerBoard.open(url, clock)


def test_a_schedule_arrives_as_it_was_sent(bench, clock):
    PowerBoard(bench, clock).upload(SCHEDULE, 5)
    kinds = [kind for kind, _ in bench.received]
    assert kinds == [wire.SCHED_BEGIN, *[wire.SCHED_PHASE] * 4, wire.SCHED_COMMIT]
    assert struct.unpack("<IBB", bench.received[0][1]) == (5, 4, wire.MODE_NEW)
    heat = struct.unpack("<BBBhHI", bench.received[2][1])
    assert heat == (1, wire.KIND_HEAT, wire.UNTIL_BOIL, 9600, 1000, 900)
    crc = wire.schedule_crc(b"".join(p[1:] for k, p in bench.received if k == wire.SCHED_PHASE))
    assert struct.unpack("<I", bench.received[-1][1])[0] == crc


def test_a_refused_command_says_which_and_why(bench, clock):
    bench.status = wire.FAULT_LATCHED
    with pytest.raises(LinkError, match="START: fault_latched"):
        PowerBoard(bench, clock).start(1)


def begun(bench: Bench, clock: CountedClock, **options) -> Executive:
    executive = Executive(PowerBoard(bench, clock), clock, **options)
    executive.begin(SCHEDULE)
    bench.telemetry = {"cook_id": 1, "state": wire.ST_COOKING, "phase": 0}
    return executive


def test_readings_become_samples(bench, clock):
    executive = begun(bench, clock)
    bench.telemetry.update(bottom_cc=2150, lid_cc=wire.OFF_CC, duty_permille=500, phase=1)
    sample = executive.look()
    assert sample is not None
    assert (sample.bottom_c, sample.lid_c, sample.duty_pct) == (21.5, None, 50.0)
    assert sample.kind is PhaseKind.HEAT
    assert sample.state is BoardState.COOKING


def test_looks_are_seldom_in_a_wait_but_never_late_for_its_end(bench, clock):
    executive = begun(bench, clock)
    executive.look()
    assert executive.period_s() == 60.0
    bench.telemetry.update(phase_elapsed_s=270)
    executive.look()
    assert 25.0 < executive.period_s() <= 30.0


def test_a_board_that_needs_its_host_is_looked_at_often(bench, clock):
    executive = begun(bench, clock, finish_alone=False)
    executive.look()
    assert executive.period_s() <= 10.0


def test_served_when_keeping_warm_begins(bench, clock):
    executive = begun(bench, clock)
    clock.sleep(1500.0)
    bench.telemetry.update(phase=3, phase_elapsed_s=20)
    executive.look()
    assert executive.log.served_s is not None
    assert executive.log.served_s == pytest.approx(clock.now_s() - 20.0, abs=0.2)
    assert not executive.is_over
    assert executive.share() == 1.0


def test_a_fault_ends_the_cook_and_is_named(bench, clock):
    executive = begun(bench, clock)
    bench.telemetry.update(state=wire.ST_FAULT, fault=BOTTOM_OPEN)
    log = executive.run(lambda _sample: None)
    assert log.outcome is Outcome.FAULT
    assert log.faults == ["bottom_open"]


def test_silence_is_borne_where_the_board_may_finish_alone(bench, clock):
    notes: list[Note] = []
    executive = begun(bench, clock, note=notes.append)
    bench.silent = True
    assert executive.look() is None
    bench.silent = False
    assert executive.look() is not None
    assert [note.what for note in notes] == [Happening.LINK_LOST, Happening.LINK_BACK]
    assert "does not answer" in notes[0].detail


def test_silence_is_an_error_where_it_may_not(bench, clock):
    executive = begun(bench, clock, finish_alone=False)
    bench.silent = True
    with pytest.raises(LinkError):
        executive.look()


def test_silence_longer_than_the_schedule_is_an_error(bench, clock):
    executive = begun(bench, clock)
    bench.silent = True
    with pytest.raises(LinkError):
        executive.run(lambda _sample: None)


def phases_sent(bench: Bench) -> list[tuple[int, ...]]:
    return [struct.unpack("<BBBhHI", p) for k, p in bench.received if k == wire.SCHED_PHASE]


def test_after_a_short_power_cut_the_rest_is_sent_again(bench, clock):
    executive = begun(bench, clock)
    bench.telemetry.update(phase=2, phase_elapsed_s=100)
    executive.look()
    clock.sleep(120.0)
    bench.received.clear()
    bench.telemetry = {"cook_id": 0, "state": wire.ST_IDLE}
    assert executive.look() is None
    assert [phase[1] for phase in phases_sent(bench)] == [wire.KIND_REST, wire.KIND_KEEP_WARM]
    assert phases_sent(bench)[0][5] == 200
    assert executive.log.replans == 1


def test_after_a_long_power_cut_in_a_cook_people_must_decide(bench, clock):
    executive = begun(bench, clock)
    bench.telemetry.update(phase=1, phase_elapsed_s=100)
    executive.look()
    clock.sleep(7200.0)
    bench.telemetry = {"cook_id": 0, "state": wire.ST_IDLE}
    executive.look()
    assert executive.log.outcome is Outcome.FAULT
    assert executive.log.faults == ["power_lost"]


def test_a_power_cut_while_waiting_does_not_shift_the_meal(bench, clock):
    executive = begun(bench, clock)
    executive.look()
    clock.sleep(200.0)
    bench.received.clear()
    bench.telemetry = {"cook_id": 0, "state": wire.ST_IDLE}
    executive.look()
    assert phases_sent(bench)[0][5] == pytest.approx(100, abs=2)


def test_a_board_that_is_idle_with_our_cook_was_cancelled_at_its_button(bench, clock):
    executive = begun(bench, clock)
    bench.telemetry = {"cook_id": 1, "state": wire.ST_IDLE}
    executive.look()
    assert executive.log.outcome is Outcome.CANCELLED


def test_over_a_new_connection_the_running_cook_can_be_changed(bench, clock):
    executive = begun(bench, clock)
    executive.look()
    executive.reconnect(PowerBoard(bench, clock))
    bench.received.clear()
    executive.revise(SCHEDULE[2:])
    begin = next(payload for kind, payload in bench.received if kind == wire.SCHED_BEGIN)
    assert struct.unpack("<IBB", begin) == (1, 2, wire.MODE_REPLACE)


def test_a_pause_asked_for_twice_is_one_pause(bench, clock):
    executive = begun(bench, clock)
    executive.look()
    executive.resume()
    executive.pause()
    bench.telemetry["state"] = wire.ST_PAUSED
    executive.look()
    executive.pause()
    kinds = [kind for kind, _ in bench.received]
    assert kinds.count(wire.PAUSE) == 1
    assert wire.RESUME not in kinds


def test_real_time_goes_forward():
    clock = RealClock()
    before = clock.now_s()
    clock.sleep(0.01)
    assert clock.now_s() >= before + 0.01
