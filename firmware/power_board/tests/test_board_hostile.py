"""A host that means harm, a clock that jumps, memory that breaks: the limits stand all the same."""

from __future__ import annotations

import pytest
from wenhuo_link import faults
from wenhuo_link import protocol as p
from wenhuo_link.host import pack_schedule


def is_faulted(seen: dict) -> bool:
    return seen["state"] == p.ST_FAULT


def warnings_of(bench) -> list[int]:
    return [reason for name, _, reason in bench.events() if name == "warning"]


@pytest.fixture
def dry_pot(make_bench, scenarios):
    """A handful of rice without water."""
    return make_bench(scenarios["rice"] | {"dry_g": 20, "water_g": 0, "initial_c": 90.0})


def test_clearing_faults_without_end_hides_no_heat(dry_pot):
    dry_pot.cook([dry_pot.phase("heat", 145, 100, 3600)])
    dry_pot.run_until(lambda t: t["bottom_cc"] > 14000, 600)
    dry_pot.at(0, "sensor_drift", sensor="bottom", value=13)
    for _ in range(20):
        if is_faulted(dry_pot.telemetry()):
            break
        assert dry_pot.status(p.CLEAR_FAULT) == p.OK
        dry_pot.run(0.1)
    assert dry_pot.telemetry()["fault"] == faults.BOTTOM_MAX
    assert dry_pot.heater_w == 0


def test_stopping_and_starting_heat_without_end_hides_no_heat(dry_pot):
    while not is_faulted(dry_pot.telemetry()):
        assert dry_pot.now_s < 900
        dry_pot.status(p.CANCEL)
        dry_pot.status(p.HEAT, 1000, 3000)
        dry_pot.run(0.2)
    assert dry_pot.telemetry()["fault"] == faults.BOTTOM_MAX
    assert dry_pot.host.truth()["max_bottom_c"] <= 152


def test_starting_cooks_without_end_heats_nothing(rice):
    for _ in range(10):
        rice.cook([rice.phase("heat", 145, 100, 3600)])
        rice.run(0.9)
        assert rice.status(p.CANCEL) == p.OK
    assert rice.host.truth()["energy_wh"] < 0.2


def test_direct_heat_that_warms_nothing_ends(rice):
    assert rice.status(p.HEAT, 1000, 3000) == p.OK
    rice.run(2)
    rice.at(0, "sensor_stuck", sensor="bottom")
    for _ in range(60):
        rice.status(p.HEAT, 1000, 3000)
        if is_faulted(rice.run(2)):
            break
    assert rice.telemetry()["fault"] == faults.NOT_HEATING
    assert rice.host.truth()["temps"]["food"] < 80


def test_a_replacement_that_is_sent_again_starts_nothing_anew(rice):
    rice.cook([rice.phase("soak", 50, 50, 600), rice.phase("rest", None, 0, 60)])
    longer = [rice.phase("soak", 50, 50, 900), rice.phase("rest", None, 0, 60)]
    assert not any(rice.load(longer, mode=p.MODE_REPLACE))
    rice.run(100)
    crc = pack_schedule(longer)[1]
    rice.telemetry()  # another command in between: no longer a repetition of the last one
    assert rice.status(p.SCHED_COMMIT, crc) == p.NOT_READY
    assert rice.run(1)["phase_elapsed_s"] == 101


def test_a_start_that_is_sent_again_cooks_nothing_twice(rice):
    phases = [rice.phase("rest", None, 0, 5)]
    rice.cook(phases)
    assert rice.run(10)["state"] == p.ST_DONE
    assert rice.status(p.SCHED_COMMIT, pack_schedule(phases)[1]) == p.NOT_READY
    assert rice.status(p.START, 7) == p.NOT_READY


def test_keeping_warm_again_and_again_is_refused(rice):
    warm = rice.phase("keep_warm", 70, 15, 30000)
    assert rice.load([warm, warm])[-1] == p.BAD_VALUE


@pytest.mark.parametrize("power_pct", [45, 75, 85])
def test_a_switch_that_welds_at_a_high_duty_shows_within_ten_seconds(congee, power_pct):
    congee.cook(
        [congee.phase("heat", 130, 100, 3600, "boil"), congee.phase("simmer", 125, power_pct, 3600)]
    )
    congee.run_until(lambda t: t["phase"] == 1, 1200)
    congee.run(30)
    congee.at(0, "relay_welded")
    assert congee.run(10)["fault"] == faults.HEATS_WHEN_OFF
    assert congee.heater_w == 0


def test_one_wild_reading_while_nothing_heats_ends_no_cook(rice):
    rice.cook([rice.phase("wait", None, 0, 600), rice.phase("soak", 50, 50, 60)])
    rice.run(30)
    rice.at(0, "sensor_open", sensor="bottom", for_s=0.9)
    assert rice.run(10)["state"] == p.ST_COOKING
    rice.at(0, "sensor_open", sensor="bottom")
    assert rice.run(3)["fault"] == faults.BOTTOM_OPEN


@pytest.mark.parametrize("ahead_ms", [3_600_000, 5000, -5000, -3_600_000])
def test_a_clock_that_jumps_is_told_and_neither_lengthens_nor_ends_a_phase(rice, ahead_ms):
    rice.cook([rice.phase("soak", 50, 50, 600)])
    rice.run(60)
    rice.chip(ahead_ms=ahead_ms)
    seen = rice.run(60)
    assert abs(seen["phase_elapsed_s"] - 120) <= 2
    assert warnings_of(rice) == [faults.CLOCK_JUMP]
    assert rice.run(490)["state"] == p.ST_DONE


@pytest.mark.parametrize("ahead_ms", [3_600_000, -3_600_000])
def test_a_clock_that_jumps_makes_no_lease_longer(rice, ahead_ms):
    assert rice.status(p.HEAT, 1000, 3000) == p.OK
    rice.run(0.5)
    rice.chip(ahead_ms=ahead_ms)
    assert rice.run(3)["state"] == p.ST_IDLE
    assert rice.heater_w == 0


@pytest.mark.parametrize("temp_c", [95, -40])
def test_a_board_that_is_too_hot_or_reads_nonsense_stops(rice, temp_c):
    rice.cook([rice.phase("heat", 130, 100, 1800, "boil")])
    rice.run(20)
    rice.chip(temp_c)
    seen = rice.run(3)
    assert seen["fault"] == faults.BOARD_HOT
    assert rice.heater_w == 0


BREAKS_PHASES = """
import phases
sound = phases.Runner.memory_works
def memory_works(self, turn):
    if turn == 10:
        self._active.records[4] ^= 1
    return sound(self, turn)
phases.Runner.memory_works = memory_works
"""


def test_damaged_phases_stop_and_a_new_cook_can_start_once_cleared(
    make_bench, scenarios, patched_image
):
    bench = make_bench(scenarios["rice"], patched_image(BREAKS_PHASES))
    bench.cook([bench.phase("soak", 50, 50, 600)])
    assert bench.run_until(is_faulted, 15, step_s=1)["fault"] == faults.SCHEDULE_DAMAGED
    assert bench.status(p.CLEAR_FAULT) == p.OK
    assert bench.run(20)["state"] == p.ST_IDLE
    bench.cook([bench.phase("soak", 50, 50, 600)])
    assert bench.run(10)["state"] == p.ST_COOKING


BREAKS = """
import selftest
sound = selftest.SelfTest.second
def second(self, chip_c):
    if self._turn == 10:
        {damage}
    return sound(self, chip_c)
selftest.SelfTest.second = second
"""


@pytest.mark.parametrize(
    ("damage", "what"),
    [("self._bottom._table[300] += 900", 3), ("self._safety._bottom_max_raw -= 64", 4)],
)
def test_damaged_memory_is_not_cleared_away(make_bench, scenarios, patched_image, damage, what):
    bench = make_bench(scenarios["rice"], patched_image(BREAKS.format(damage=damage)))
    bench.cook([bench.phase("soak", 50, 50, 600)])
    assert bench.run_until(is_faulted, 30, step_s=1)["fault"] == faults.SELF_TEST
    assert bench.ask(p.GET_FAULT)[1]["value"] == what
    assert bench.status(p.CLEAR_FAULT) == p.FAULT_LATCHED
    assert bench.heater_w == 0


def test_a_fault_cleared_at_once_after_a_hang_resumes_nothing(congee):
    congee.cook(
        [congee.phase("heat", 130, 100, 3600, "boil"), congee.phase("simmer", 110, 25, 1800)]
    )
    congee.run_until(lambda t: t["phase"] == 1, 1800)
    congee.run(70)
    congee.power_off()
    congee.wait_unplugged()
    congee.now_s -= 0.9  # `power_on` lets a second pass: ask before the board has judged the food
    congee.power_on(reset_cause=3)
    assert congee.status(p.CLEAR_FAULT) == p.OK
    assert congee.run(5)["state"] == p.ST_IDLE
    assert congee.heater_w == 0
