"""What no honest host sends: schedules out of this world, garbage by the million."""

from __future__ import annotations

import math
import random
import struct
from dataclasses import replace

import pytest

from wenhuo.errors import LinkError
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_hil.faults.inject import frame, spoilt
from wenhuo_hil.faults.reference import SCENARIO, SCHEDULE
from wenhuo_link import protocol as p
from wenhuo_link.frame import FrameReader
from wenhuo_link.host import pack_schedule

pytestmark = pytest.mark.needs("truth", "fast-time")

SOUND = Phase(PhaseKind.SOAK, 50.0, 50, 600)
BAD_NUMBERS = (math.nan, math.inf, -math.inf, 1e300, -1e300, -1.0, 151.0, 30000.0)
FUZZ_BYTES, FUZZ_BYTES_QUICK = 1_000_000, 100_000


@pytest.fixture
def board(rig):
    rig.begin(SCENARIO)
    return rig.board()


def assert_nothing_heats(rig, board):
    rig.clock.sleep(10)
    seen = board.telemetry()
    assert (seen.state, seen.duty_pct) == ("idle", 0)
    assert rig.truth()["energy_wh"] == 0


@pytest.mark.parametrize("value", BAD_NUMBERS)
@pytest.mark.parametrize("field", ["target_c", "power_pct", "duration_s"])
def test_a_phase_with_a_hostile_number_is_refused_in_one_line(rig, board, field, value):
    if field != "target_c" and value in (151.0, 30000.0):
        value *= 1e6
    bad = replace(SOUND, **{field: value})
    with pytest.raises(LinkError) as caught:
        board.upload((SOUND, bad), 1)
    assert "\n" not in str(caught.value)
    assert_nothing_heats(rig, board)


@pytest.mark.parametrize("count", [0, p.MAX_PHASES + 1, 10_000])
def test_a_schedule_of_too_many_phases_or_none_is_refused(rig, board, count):
    with pytest.raises(LinkError, match=f"{count} phases"):
        board.upload((SOUND,) * count, 1)
    assert_nothing_heats(rig, board)


@pytest.mark.needs("link-noise")
def test_ten_thousand_phases_past_the_client_are_refused_by_the_board(rig, board):
    """The board itself: every index that a byte can say, over and over."""
    payload = pack_schedule([(1, 0, 5000, 500, 600)])[0][0]
    rig.stream.write(frame(p.SCHED_BEGIN, 1, 9, 255, p.MODE_NEW))
    rig.clock.sleep(0.2)
    for index in range(0, 10_000, 7):
        values = struct.unpack(p.FORMATS[p.SCHED_PHASE], bytes([index % 256]) + payload[1:])
        rig.stream.write(frame(p.SCHED_PHASE, 2 + index % 200, *values))
        if index % 70 == 0:
            rig.clock.sleep(0.1)
    rig.stream.read(100_000)
    with pytest.raises(LinkError, match="refused"):
        board.start(9)
    assert_nothing_heats(rig, board)


@pytest.mark.needs("link-noise")
def test_fuzzed_bytes_crash_nothing_and_no_bad_frame_is_taken(rig, board, pytestconfig):
    """A million (a tenth of it without --matrix), half of it noise, half frames of commands with
    flipped bits, while a soak runs."""
    most = FUZZ_BYTES if pytestconfig.getoption("--matrix", default=False) else FUZZ_BYTES_QUICK
    board.upload(SCHEDULE, 5)
    board.start(5)
    rig.clock.sleep(200)
    before = board.telemetry()
    rng = random.Random(3)
    sent = 0
    while sent < most:
        data = rng.randbytes(700) + b"".join(_flipped(rng) for _ in range(40))
        rig.stream.write(data)
        sent += len(data)
        if sent % 20_000 < len(data):
            rig.clock.sleep(0.1)
        if rig.stream.in_waiting:
            rig.stream.read(rig.stream.in_waiting)
    rig.clock.sleep(1)
    seen = board.telemetry()
    assert (seen.state, seen.fault) == ("cooking", None)
    assert seen.total_elapsed_s - before.total_elapsed_s == pytest.approx(
        (seen.t_ms - before.t_ms) / 1000, abs=1.5
    )
    assert seen.events == before.events + (seen.phase != before.phase)


def _flipped(rng: random.Random) -> bytes:
    """A command that would end or change the cook, with more wrong bits than can be mended."""
    kind, *values = rng.choice(
        ((p.CANCEL,), (p.PAUSE,), (p.HEAT, 1000, 3000), (p.START, 5), (p.CLEAR_FAULT,))
    )
    return spoilt(frame(kind, rng.randrange(1, 256), *values), rng)


@pytest.mark.needs("link-noise")
def test_a_host_that_asks_and_never_listens_stops_nothing(rig, board):
    """Three hundred kilobytes of answers, many times what any buffer between the two holds."""
    board.upload(SCHEDULE, 5)
    board.start(5)
    before = board.telemetry()
    for number in range(3000):
        rig.stream.write(frame(p.GET_TELEMETRY, 1 + number % 255))
        if number % 100 == 0:
            rig.clock.sleep(1.0)
    rig.stream.read(1_000_000)
    rig.clock.sleep(5.0)
    seen = board.telemetry()
    assert (seen.state, seen.fault) == ("cooking", None)
    assert seen.total_elapsed_s - before.total_elapsed_s == pytest.approx(35, abs=2)


@pytest.mark.needs("link-noise")
@pytest.mark.parametrize("until", list(Until))
def test_a_set_point_beyond_the_limit_is_refused_however_it_ends(rig, board, until):
    hottest_c = rig.product.limits.bottom_max_c
    with pytest.raises(LinkError, match="refused"):
        board.upload((Phase(PhaseKind.DRY, hottest_c, 100, 600, until),), 1)
    assert_nothing_heats(rig, board)


def test_a_reader_takes_no_frame_out_of_a_million_random_bytes_but_by_the_crc():
    """CRC-16 alone lets one random frame in 65,536 through; with type, length and an expected
    sequence number on top of it nothing of this seed does."""
    taken: list[int] = []
    reader = FrameReader(
        lambda kind, _seq, _view, n: taken.append(kind) if p.SIZES.get(kind) == n else None
    )
    data = random.Random(4).randbytes(FUZZ_BYTES)
    reader.feed(data, len(data))
    assert reader.bad_frames > 3000
    assert taken == []
