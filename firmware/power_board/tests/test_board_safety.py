"""What stops the heater on the real firmware, whatever the schedule says."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from wenhuo.boards import load_product
from wenhuo_link import faults
from wenhuo_link import protocol as p
from wenhuo_tools.image import MANIFEST, build_image

WATCHDOG_EXIT = 75 + 3


def is_faulted(seen: dict) -> bool:
    return seen["state"] == p.ST_FAULT


def assert_safe(bench) -> None:
    """Heater pin off and safety relay open, on the plant's side too."""
    seen = bench.run(1)
    assert not seen["flags"] & (p.FLAG_RELAY | p.FLAG_HEATER)
    assert bench.heater_w == 0


def test_direct_heat_ends_with_its_lease(rice):
    assert rice.status(p.HEAT, 1000, 3000) == p.OK
    rice.run(2.5)
    assert rice.heater_w > 700
    rice.run(0.7)
    assert rice.heater_w == 0
    assert rice.telemetry()["state"] == p.ST_IDLE


def test_direct_heat_goes_on_while_the_lease_is_renewed(rice):
    for _ in range(20):
        assert rice.status(p.HEAT, 500, 3000) == p.OK
        rice.run(2)
    assert abs(rice.telemetry()["energy_j"] - 40 * 770 * 0.5) < 1500


@pytest.mark.parametrize(("permille", "lease_ms"), [(1001, 1000), (500, 0), (500, 3001)])
def test_direct_heat_without_a_sound_lease_is_refused(rice, permille, lease_ms):
    assert rice.status(p.HEAT, permille, lease_ms) == p.BAD_VALUE


@pytest.mark.parametrize(
    ("event", "sensor", "fault"),
    [
        ("sensor_open", "bottom", faults.BOTTOM_OPEN),
        ("sensor_short", "bottom", faults.BOTTOM_SHORT),
        ("sensor_open", "lid", faults.LID_OPEN_CIRCUIT),
        ("sensor_short", "lid", faults.LID_SHORT),
    ],
)
def test_a_broken_sensor_stops_the_heat_within_three_seconds(rice, event, sensor, fault):
    rice.cook([rice.phase("heat", 130, 100, 1800, "boil")])
    rice.run(60)
    rice.at(0, event, sensor=sensor)
    seen = rice.run(3)
    assert (seen["state"], seen["fault"]) == (p.ST_FAULT, fault)
    assert_safe(rice)
    assert rice.ask(p.GET_FAULT)[1]["code"] == fault


def test_a_fault_stays_until_cleared_and_comes_back_while_its_cause_lasts(rice):
    rice.at(0, "sensor_open", sensor="lid", for_s=30)
    assert rice.run(5)["fault"] == faults.LID_OPEN_CIRCUIT
    assert rice.status(p.START, 7) == p.FAULT_LATCHED
    assert rice.status(p.HEAT, 500, 3000) == p.FAULT_LATCHED
    assert rice.status(p.CLEAR_FAULT) == p.OK
    assert rice.run(8)["fault"] == faults.LID_OPEN_CIRCUIT
    rice.run(60)
    assert rice.status(p.CLEAR_FAULT) == p.OK
    seen = rice.run(10)
    assert (seen["state"], seen["fault"]) == (p.ST_IDLE, faults.NONE)
    rice.cook([rice.phase("heat", 60, 100, 600)])
    rice.run(30)
    assert rice.heater_w > 700


def test_no_command_heats_the_bottom_beyond_the_absolute_maximum(make_bench, scenarios):
    bench = make_bench(scenarios["rice"] | {"dry_g": 50, "water_g": 30})
    while not is_faulted(bench.telemetry()):
        assert bench.now_s < 3000
        bench.status(p.HEAT, 1000, 3000)
        bench.run(2)
    assert bench.telemetry()["fault"] == faults.BOTTOM_MAX
    assert_safe(bench)
    assert bench.telemetry()["bottom_cc"] < 15300


def test_a_dead_heater_is_found(rice):
    rice.cook([rice.phase("heat", 130, 100, 1800, "boil")])
    rice.run(60)
    rice.at(0, "relay_dead")
    assert rice.run(5)["fault"] == faults.NOT_HEATING
    assert_safe(rice)


def test_a_welded_heater_switch_opens_the_safety_relay(rice):
    rice.cook([rice.phase("heat", 130, 50, 1800, "boil")])
    rice.run(60)
    rice.at(0, "relay_welded")
    assert rice.run(5)["fault"] == faults.HEATS_WHEN_OFF
    assert_safe(rice)


def test_a_stuck_bottom_sensor_is_found_by_the_heat_that_warms_nothing(rice):
    rice.cook([rice.phase("heat", 130, 100, 1800, "boil")])
    rice.run(120)
    rice.at(0, "sensor_stuck", sensor="bottom")
    seen = rice.run_until(is_faulted, 120)
    assert seen["fault"] == faults.NOT_HEATING
    assert_safe(rice)


def test_a_full_cold_pot_on_weak_mains_is_no_fault(make_bench, scenarios):
    load = {"dry_g": 1200, "water_g": 1600, "initial_c": 5.0, "mains_v": 187.0}
    bench = make_bench(scenarios["rice"] | load)
    bench.cook([bench.phase("heat", 130, 100, 3600, "boil"), bench.phase("rest", None, 0, 600)])
    seen = bench.run_until(lambda t: t["phase"] == 1, 3500, step_s=20)
    assert seen["fault"] == faults.NONE
    assert bench.events()[-1] == ("phase_ended", 0, p.RE_BOIL)


def test_without_a_pot_nothing_heats_and_with_it_the_cook_goes_on(rice):
    rice.cook([rice.phase("heat", 130, 100, 1800, "boil")])
    rice.run(60)
    rice.at(0, "pot_out", for_s=30)
    rice.run(2)
    assert rice.heater_w == 0
    rice.run(40)
    assert rice.heater_w > 700
    assert [name for name, _, _ in rice.events()][-2:] == ["pot_out", "pot_in"]


def test_a_pot_that_stays_away_is_a_fault(rice):
    rice.cook([rice.phase("heat", 130, 100, 1800, "boil")])
    rice.run(10)
    rice.at(0, "pot_out")
    assert rice.run(310)["fault"] == faults.POT_MISSING
    assert_safe(rice)


@pytest.mark.parametrize(("mains_v", "fault"), [(290, faults.MAINS_HIGH), (90, faults.MAINS_LOW)])
def test_mains_far_from_the_heaters_are_a_fault(rice, mains_v, fault):
    rice.at(0, "mains", value=mains_v)
    assert rice.run(15)["fault"] == fault


def test_a_sag_of_the_mains_is_none(rice):
    rice.cook([rice.phase("heat", 130, 100, 1800)])
    rice.at(10, "mains", value=165, for_s=120)
    assert rice.run(300)["fault"] == faults.NONE


HANGS = """
import time
import board
turn = board.Board.tick
def tick(self):
    while time.ticks_ms() > 20000:
        time.sleep_ms(10)
    turn(self)
board.Board.tick = tick
"""


def test_the_watchdog_restarts_a_hung_board_and_the_heater_stays_off(
    make_bench, scenarios, patched_image, image
):
    bench = make_bench(scenarios["rice"], patched_image(HANGS))
    bench.cook([bench.phase("heat", 130, 100, 1800, "boil")])
    bench.run(10)
    assert bench.heater_w > 700
    with pytest.raises(Exception, match="board"):
        bench.run(20)
    assert bench.process.wait(5) == WATCHDOG_EXIT
    bench.wait_unplugged()
    bench.image, bench.now_s = image, 30.0
    bench.power_on(reset_cause=3)
    seen = bench.run(5)
    assert (seen["state"], seen["fault"]) == (p.ST_FAULT, faults.WATCHDOG)
    assert bench.heater_w == 0


@pytest.mark.parametrize("damage", ["source", "limit", "manifest"])
def test_a_damaged_image_never_heats(make_bench, scenarios, image, tmp_path, damage):
    folder = tmp_path / "damaged"
    shutil.copytree(image, folder)
    if damage == "source":
        path = folder / "control.py"
        path.write_text(path.read_text() + "# one bit more\n")
    elif damage == "limit":
        path = folder / "limits.py"
        path.write_text(path.read_text().replace("= 15000", "= 19000"))
    else:
        (folder / MANIFEST).unlink()
    bench = make_bench(scenarios["rice"], folder)
    assert bench.telemetry()["fault"] == faults.SELF_TEST
    assert bench.status(p.CLEAR_FAULT) == p.FAULT_LATCHED
    assert bench.status(p.HEAT, 1000, 3000) == p.FAULT_LATCHED
    assert_safe(bench)


@pytest.mark.parametrize(
    ("sensor", "drifts", "fault"),
    [
        ("lid", [12, 24], faults.LID_MAX),
        ("lid", [-30], faults.LID_RATE),
        ("bottom", [25], faults.BOTTOM_RATE),
        ("bottom", [-12, -24, -36, -48], faults.SENSORS_DISAGREE),
    ],
)
def test_readings_that_cannot_be_stop_a_boiling_cook(congee, sensor, drifts, fault):
    """Each drift comes 3 s after the one before."""
    congee.cook(
        [congee.phase("heat", 130, 100, 3600, "boil"), congee.phase("simmer", 110, 25, 3600)]
    )
    congee.run(900)
    assert congee.telemetry()["lid_cc"] > 9500
    for step, drift in enumerate(drifts):
        congee.at(3 * step, "sensor_drift", sensor=sensor, value=drift)
    assert congee.run_until(is_faulted, 200)["fault"] == fault
    assert_safe(congee)


def test_no_number_of_new_schedules_heats_for_ever(make_bench, scenarios, tmp_path):
    product = load_product("virtual")
    limits = replace(product.appliance.limits, cook_max_min=30)
    product = replace(product, appliance=replace(product.appliance, limits=limits))
    bench = make_bench(scenarios["rice"], build_image(product, tmp_path / "image").folder)
    bench.cook([bench.phase("soak", 50, 50, 1500)])
    bench.run(1200)
    assert not any(bench.load([bench.phase("soak", 50, 50, 1500)], mode=p.MODE_REPLACE))
    assert bench.run_until(is_faulted, 700)["fault"] == faults.MAX_HEAT_TIME
    assert bench.now_s >= 1800


def test_noise_on_the_line_harms_nothing(rice):
    rice.cook([rice.phase("soak", 50, 50, 600)])
    for i in range(50):
        rice.wire._write(bytes((i * 7 + k * 31) & 0xFF for k in range(80)))
        rice.run(1)
    seen = rice.run(1)
    assert (seen["state"], seen["phase_elapsed_s"], seen["fault"]) == (p.ST_COOKING, 51, 0)


@pytest.mark.parametrize(("finish", "state"), [(True, p.ST_DONE), (False, p.ST_IDLE)])
def test_a_silent_host_ends_the_cook_only_where_the_product_says_so(
    make_bench, scenarios, tmp_path, finish, state
):
    product = replace(load_product("virtual"), finish_without_host=finish)
    bench = make_bench(scenarios["rice"], build_image(product, tmp_path / "image").folder)
    bench.cook([bench.phase("soak", 50, 50, 120)])
    assert bench.run(121)["state"] == state


def hottest_plate_c(bench) -> float:
    """Of an all but empty pot that a host heats as hard as it may, until the board ends it."""
    hottest = 0.0
    while bench.status(p.HEAT, 1000, 3000) == p.OK and bench.now_s < 600:
        bench.run(2)
        hottest = max(hottest, bench.host.truth()["temps"]["plate"])
    return hottest


def test_the_plate_stays_below_its_limit_by_what_flows_to_the_pot(
    make_bench, patched_image, scenarios
):
    dry = scenarios["rice"] | {"dry_g": 50, "water_g": 5, "mains_v": 260}
    limit_c = load_product("virtual").limits.plate_max_c
    assert hottest_plate_c(make_bench(dry)) <= limit_c
    unheld = patched_image("import limits\nlimits.PLATE_MAX_CC = 30000")
    assert hottest_plate_c(make_bench(dry, unheld)) > limit_c
