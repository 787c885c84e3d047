"""Sensor and output proofs, plausibility, warnings: what the board tries out by itself."""

from __future__ import annotations

import pytest
from wenhuo_link import faults
from wenhuo_link import protocol as p


def is_faulted(seen: dict) -> bool:
    return seen["state"] == p.ST_FAULT


def warnings_of(bench) -> list[int]:
    return [reason for name, _, reason in bench.events() if name == "warning"]


def boil(bench, power_pct: int, until: str = "time") -> None:
    """To boiling and five minutes on."""
    bench.cook(
        [
            bench.phase("heat", 130, 100, 3600, "boil"),
            bench.phase("simmer", 125, power_pct, 7200, until),
        ]
    )
    bench.run_until(lambda t: t["phase"] == 1, 1800)
    bench.run(300)


@pytest.mark.parametrize(("power_pct", "within_s"), [(15, 400), (30, 220), (60, 130), (100, 90)])
def test_a_bottom_sensor_that_sticks_while_water_boils_is_found(congee, power_pct, within_s):
    boil(congee, power_pct)
    congee.at(0, "sensor_stuck", sensor="bottom")
    seen = congee.run_until(is_faulted, within_s)
    assert seen["fault"] == faults.BOTTOM_STUCK
    assert congee.heater_w == 0


@pytest.mark.parametrize("power_pct", [15, 30, 60, 100])
def test_a_sound_sensor_passes_its_trials_and_the_fire_stays_as_strong(congee, power_pct):
    boil(congee, power_pct)
    before_j = congee.telemetry()["energy_j"]
    assert congee.run(600)["fault"] == faults.NONE
    given_w = (congee.telemetry()["energy_j"] - before_j) / 600
    assert given_w == pytest.approx(770 * power_pct / 100, rel=0.01 if power_pct < 100 else 0.12)


def test_a_stuck_sensor_at_the_moment_of_dry_out_never_lets_the_bottom_burn(rice):
    boil(rice, 60, until="dry")
    while rice.host.truth()["free_water_g"] > 30:
        rice.run(5)
    rice.at(0, "sensor_stuck", sensor="bottom")
    rice.run_until(is_faulted, 300)
    rice.run(60)
    assert rice.host.truth()["max_bottom_c"] < 150


@pytest.mark.parametrize("dry_g", [75, 300, 1000])
def test_swapped_sensors_are_found_before_anything_boils(make_bench, scenarios, dry_g):
    bench = make_bench(scenarios["rice"] | {"dry_g": dry_g, "water_g": dry_g * 1.4})
    bench.at(0, "sensors_swapped")
    bench.cook([bench.phase("heat", 130, 100, 3600, "boil")])
    seen = bench.run_until(is_faulted, 300)
    assert seen["fault"] == faults.SENSORS_SWAPPED
    assert bench.host.truth()["temps"]["food"] < 60


def test_a_welded_safety_relay_is_found_before_it_heats(rice):
    rice.at(0, "safety_relay_welded")
    rice.cook([rice.phase("heat", 130, 100, 1800, "boil")])
    seen = rice.run(4)
    assert seen["fault"] == faults.SAFETY_RELAY_WELDED
    assert rice.heater_w == 0
    assert rice.host.truth()["energy_wh"] < 0.2


def test_a_welded_heater_switch_is_found_before_it_heats(rice):
    rice.at(0, "relay_welded")
    rice.cook([rice.phase("rest", None, 0, 30), rice.phase("heat", 130, 100, 1800, "boil")])
    rice.run(29)
    assert rice.heater_w == 0
    seen = rice.run(5)
    assert seen["fault"] == faults.HEATS_WHEN_OFF
    assert rice.host.truth()["energy_wh"] < 0.2


def test_the_safety_relay_is_open_while_nothing_may_heat(rice):
    rice.cook([rice.phase("rest", None, 0, 60), rice.phase("soak", 50, 50, 60)])
    assert not rice.run(30)["flags"] & p.FLAG_RELAY
    assert rice.run(40)["flags"] & p.FLAG_RELAY
    assert rice.status(p.PAUSE) == p.OK
    assert not rice.run(2)["flags"] & p.FLAG_RELAY


@pytest.mark.parametrize(
    ("sensor", "fault"), [("bottom", faults.BOTTOM_NOISY), ("lid", faults.LID_NOISY)]
)
def test_a_loose_contact_is_found_by_its_noise(congee, sensor, fault):
    boil(congee, 25)
    congee.at(0, "sensor_noise", sensor=sensor, value=40)
    assert congee.run_until(is_faulted, 15, step_s=1)["fault"] == fault


def test_half_a_heater_is_told_and_the_cook_goes_on(rice):
    rice.cook([rice.phase("heat", 130, 100, 3600, "boil"), rice.phase("rest", None, 0, 60)])
    rice.at(60, "heater_aged", value=0.5)
    rice.run(100)
    assert warnings_of(rice) == [faults.HEATER_WEAK]
    rice.run_until(lambda t: t["phase"] == 1, 3000)
    assert warnings_of(rice) == [faults.HEATER_WEAK]


def test_food_that_cools_while_kept_warm_is_told(make_bench, scenarios):
    bench = make_bench(scenarios["congee"] | {"initial_c": 70.0})
    bench.cook([bench.phase("keep_warm", 70, 2, 7200)])
    bench.at(0, "lid_open")
    assert bench.run(100)["bottom_cc"] > 6000
    bench.run_until(lambda t: t["bottom_cc"] < 6000, 4000)
    bench.run(540)
    assert warnings_of(bench) == []
    bench.run(120)
    assert warnings_of(bench) == [faults.KEEP_WARM_COLD]


def test_a_lid_sensor_that_never_warms_ends_a_boil_that_is_not_seen(congee):
    congee.at(0, "sensor_stuck", sensor="lid")
    congee.cook([congee.phase("heat", 130, 100, 7200, "boil")])
    seen = congee.run_until(is_faulted, 3000, step_s=10)
    assert seen["fault"] == faults.SENSORS_DISAGREE
    assert congee.host.truth()["free_water_g"] > 100


@pytest.mark.parametrize("mains_v", [220.0, 260.0])
def test_rice_kept_warm_for_hours_is_no_stuck_sensor(make_bench, scenarios, mains_v):
    """It cools so slowly that a pause of the heater hardly shows."""
    bench = make_bench(scenarios["rice"] | {"mains_v": mains_v})
    bench.cook(
        [
            bench.phase("heat", 130, 100, 3600, "boil"),
            bench.phase("boil", 125, 45, 3600, "dry"),
            bench.phase("rest", None, 0, 4500),
            bench.phase("keep_warm", 70, 15, 14_400),
        ]
    )
    seen = bench.run_until(lambda t: t["state"] != p.ST_COOKING, 25_000, step_s=60)
    assert (seen["state"], seen["fault"]) == (p.ST_DONE, 0)
