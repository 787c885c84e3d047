"""Progress over a power cut: resumed where the pot shows that it is safe, torn and full flash."""

from __future__ import annotations

import pytest
from wenhuo_link import faults
from wenhuo_link import protocol as p

FILES = ("progress_a.bin", "progress_b.bin")


def cut(bench, for_s: float, reset_cause: int = 1) -> dict:
    """Power away for so long; the telemetry one second after it is back."""
    bench.power_off()
    bench.wait_unplugged()
    bench.now_s += for_s
    bench.host.free(round(bench.now_s * 1000))
    bench.power_on(reset_cause)
    return bench.telemetry()


def names(bench) -> list[str]:
    return [name for name, _, _ in bench.events()]


def simmering(bench) -> None:
    bench.cook(
        [bench.phase("heat", 130, 100, 3600, "boil"), bench.phase("simmer", 110, 25, 1800)], 42
    )
    bench.run_until(lambda t: t["phase"] == 1, 1800)
    bench.run(400)


def writes(bench) -> int:
    return bench.ask(p.GET_HEALTH)[1]["flash_writes"]


@pytest.mark.parametrize("reset_cause", [1, 2, 4, 5])
@pytest.mark.parametrize("for_s", [1, 60])
def test_a_short_cut_goes_on_where_it_was(congee, for_s, reset_cause):
    simmering(congee)
    before = congee.telemetry()
    after = cut(congee, for_s, reset_cause)
    assert (after["state"], after["phase"], after["cook_id"]) == (p.ST_COOKING, 1, 42)
    lost_s = before["phase_elapsed_s"] - after["phase_elapsed_s"]
    assert -1 <= lost_s <= 61
    assert after["energy_j"] >= before["energy_j"] - 61 * 200
    assert names(congee) == ["cut_resumed"]
    assert congee.run(30)["flags"] & p.FLAG_RELAY


def test_hot_food_outlives_an_hour_and_is_cooked_on(congee):
    simmering(congee)
    assert cut(congee, 1200)["state"] == p.ST_COOKING


def test_food_that_has_cooled_is_left_to_the_host(congee):
    simmering(congee)
    seen = cut(congee, 3 * 3600)
    assert (seen["state"], seen["cook_id"]) == (p.ST_IDLE, 0)
    assert seen["bottom_cc"] < 6000
    assert names(congee) == ["cut_refused", "warning"]
    assert congee.run(600)["energy_j"] == 0
    seen = cut(congee, 10)
    assert names(congee) == []


def test_a_wait_is_left_to_the_host_which_has_a_clock(rice):
    rice.cook([rice.phase("wait", None, 0, 3600), rice.phase("heat", 130, 100, 3600, "boil")])
    rice.run(700)
    assert cut(rice, 60)["state"] == p.ST_IDLE
    assert names(rice) == ["cut_refused", "warning"]


def test_a_warm_soak_goes_on_only_if_the_pot_has_hardly_cooled(rice):
    rice.cook([rice.phase("soak", 50, 50, 3600)])
    rice.run(900)
    assert cut(rice, 5)["state"] == p.ST_COOKING
    rice.run(120)
    assert cut(rice, 1800)["state"] == p.ST_IDLE


@pytest.mark.parametrize(
    "end", [lambda b: b.status(p.CANCEL), lambda b: b.at(0, "sensor_open", sensor="lid")]
)
def test_a_cook_that_has_ended_does_not_come_back(congee, end):
    simmering(congee)
    end(congee)
    congee.run(5)
    seen = cut(congee, 1)
    assert seen["energy_j"] == 0
    assert "cut_resumed" not in names(congee)
    assert not congee.run(2)["flags"] & p.FLAG_HEATER


def test_a_paused_cook_comes_back_paused(congee):
    simmering(congee)
    assert congee.status(p.PAUSE) == p.OK
    congee.run(3)
    assert cut(congee, 5)["state"] == p.ST_PAUSED
    assert congee.heater_w == 0
    assert congee.status(p.RESUME) == p.OK
    assert congee.run(2)["state"] == p.ST_COOKING


def test_a_new_schedule_is_what_comes_back(congee):
    simmering(congee)
    assert not any(congee.load([congee.phase("simmer", 110, 30, 900)], 42, p.MODE_REPLACE))
    congee.run(100)
    seen = cut(congee, 1)
    assert (seen["phase"], seen["setpoint_cc"]) == (0, 11000)
    assert congee.run(60)["duty_permille"] == 300


def test_after_the_watchdog_nothing_is_resumed(congee):
    simmering(congee)
    seen = cut(congee, 1, reset_cause=3)
    assert (seen["state"], seen["fault"]) == (p.ST_FAULT, faults.WATCHDOG)


def test_flash_is_written_about_once_a_minute(congee):
    simmering(congee)
    before = writes(congee)
    congee.run(600)
    assert writes(congee) - before == 10
    assert cut(congee, 1)["state"] == p.ST_COOKING
    assert writes(congee) >= before + 10


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.7, 0.99])
def test_a_write_torn_anywhere_costs_a_minute_at_most(congee, share):
    simmering(congee)
    before = congee.telemetry()
    newest = max((congee.flash / name for name in FILES), key=lambda f: f.stat().st_mtime_ns)
    whole = newest.read_bytes()
    congee.power_off()
    newest.write_bytes(whole[: int(len(whole) * share)])
    seen = cut(congee, 1)
    assert (seen["state"], seen["phase"]) == (p.ST_COOKING, 1)
    assert before["phase_elapsed_s"] - seen["phase_elapsed_s"] <= 121


@pytest.mark.parametrize("at", [0, 5, 11, 13, 30, 200, -1])
def test_a_flipped_bit_in_flash_is_never_cooked(congee, at):
    simmering(congee)
    congee.power_off()
    for name in FILES:
        data = bytearray((congee.flash / name).read_bytes())
        data[at] ^= 0x10
        (congee.flash / name).write_bytes(data)
    seen = cut(congee, 1)
    assert (seen["state"], seen["energy_j"]) == (p.ST_IDLE, 0)


def test_a_full_flash_is_told_once_and_the_cook_goes_on(congee):
    for name in FILES:
        (congee.flash / name).symlink_to("/dev/full")
    simmering(congee)
    told = [reason for name, _, reason in congee.events() if name == "warning"]
    assert told == [faults.STORAGE]
    assert congee.run(300)["state"] == p.ST_COOKING
    assert writes(congee) == 0
