"""Phases on the real firmware: heating, holding, every way to end, the host's commands."""

from __future__ import annotations

import pytest
from wenhuo.boards import load_product
from wenhuo_link import protocol as p
from wenhuo_link.messages import dictionary_hash
from wenhuo_tools.image import limits_crc, limits_of


def test_the_board_says_who_it_is_and_what_it_speaks(rice):
    _, ident = rice.ask(p.GET_IDENT)
    assert ident["version"] == p.VERSION
    assert ident["dictionary"] == dictionary_hash()
    assert ident["limits"] == limits_crc(limits_of(load_product("virtual")))
    assert (ident["product"], ident["reset_cause"]) == ("virtual", 1)
    _, limits = rice.ask(p.GET_LIMITS)
    assert (limits["bottom_max_cc"], limits["max_lease_ms"]) == (15000, 3000)


def test_an_idle_board_reads_the_room_and_heats_nothing(rice):
    seen = rice.run(30)
    assert seen["state"] == p.ST_IDLE
    assert abs(seen["bottom_cc"] - 2000) < 500
    assert abs(seen["lid_cc"] - 2300) < 100
    assert abs(seen["mains_dv"] - 2200) < 20
    assert not seen["flags"] & (p.FLAG_RELAY | p.FLAG_HEATER)
    assert rice.heater_w == 0


@pytest.mark.parametrize(
    ("dry_g", "water_g", "target_c"), [(75, 110, 60), (300, 420, 48), (1000, 1350, 60)]
)
def test_it_heats_to_the_setpoint_and_holds_it(make_bench, scenarios, dry_g, water_g, target_c):
    bench = make_bench(scenarios["rice"] | {"dry_g": dry_g, "water_g": water_g})
    bench.cook([bench.phase("soak", target_c, 100, 2400)])
    readings = [bench.run(10)["bottom_cc"] / 100 for _ in range(200)]
    assert max(readings) < target_c + 1.5
    assert min(readings[-40:]) > target_c - 0.5
    assert max(readings[-40:]) < target_c + 0.5


def test_a_phase_ends_by_time_to_the_second(rice):
    rice.cook([rice.phase("rest", None, 0, 90), rice.phase("rest", None, 0, 30)])
    assert rice.run(89)["phase"] == 0
    seen = rice.run(2)
    assert (seen["phase"], seen["phase_elapsed_s"], seen["total_elapsed_s"]) == (1, 1, 91)
    seen = rice.run(40)
    assert (seen["state"], seen["phase"]) == (p.ST_DONE, p.NO_PHASE)
    assert rice.events() == [
        ("started", 0, p.RE_NONE),
        ("phase_ended", 0, p.RE_TIME),
        ("phase_ended", 1, p.RE_TIME),
        ("finished", 1, p.RE_NONE),
    ]


def test_a_phase_ends_when_the_setpoint_is_reached(rice):
    rice.cook([rice.phase("heat", 60, 100, 3600, "temp"), rice.phase("rest", None, 0, 600)])
    seen = rice.run_until(lambda t: t["phase"] == 1, 900, step_s=1)
    assert abs(seen["bottom_cc"] - 6000) < 120
    assert rice.events()[-1] == ("phase_ended", 0, p.RE_TEMP)


def test_boiling_and_dry_out_end_phases_on_the_board(rice):
    rice.cook(
        [
            rice.phase("heat", 130, 100, 3600, "boil"),
            rice.phase("boil", 125, 50, 3600, "dry"),
            rice.phase("rest", None, 0, 600),
        ]
    )
    rice.run_until(lambda t: t["phase"] == 1, 1500)
    at_boil = rice.host.truth()
    assert at_boil["temps"]["food"] > 99.5
    assert at_boil["free_water_g"] > 100
    seen = rice.run_until(lambda t: t["phase"] == 2, 2400)
    at_dry = rice.host.truth()
    assert at_dry["free_water_g"] < 40
    assert at_dry["max_bottom_c"] < 125
    assert at_dry["scorch"] < 0.05
    assert abs(seen["plateau_cc"] - 10300) < 600
    assert rice.events()[1:3] == [
        ("phase_ended", 0, p.RE_BOIL),
        ("phase_ended", 1, p.RE_DRY),
    ]


def test_boiling_is_seen_high_up_where_water_boils_at_ninety(make_bench, scenarios):
    bench = make_bench(scenarios["congee"] | {"altitude_m": 3000})
    bench.cook([bench.phase("heat", 130, 100, 1800, "boil"), bench.phase("rest", None, 0, 60)])
    bench.run_until(lambda t: t["phase"] == 1, 1200)
    assert abs(bench.host.truth()["temps"]["food"] - 90) < 1
    assert bench.events()[-1] == ("phase_ended", 0, p.RE_BOIL)


def test_boiling_is_seen_with_the_lid_open(congee):
    congee.at(0, "lid_open")
    congee.cook([congee.phase("heat", 130, 100, 1800, "boil"), congee.phase("rest", None, 0, 60)])
    congee.run_until(lambda t: t["phase"] == 1, 1200)
    assert congee.host.truth()["temps"]["food"] > 99.5


def test_a_phase_that_begins_after_dry_out_ends_when_its_heat_is_reached(make_bench, scenarios):
    bench = make_bench(scenarios["rice"] | {"dry_g": 200, "water_g": 20})
    bench.cook([bench.phase("dry", 118, 40, 3600, "dry"), bench.phase("rest", None, 0, 60)])
    bench.run_until(lambda t: t["phase"] == 1, 3000)
    assert bench.events()[1] == ("phase_ended", 0, p.RE_DRY)
    assert bench.host.truth()["max_bottom_c"] < 122


def test_water_poured_in_after_dry_out_boils_again(rice):
    rice.cook(
        [
            rice.phase("heat", 130, 100, 3600, "boil"),
            rice.phase("boil", 125, 50, 3600, "dry"),
            rice.phase("simmer", 110, 50, 1800),
        ]
    )
    rice.run_until(lambda t: t["phase"] == 2, 4000)
    rice.at(0, "add", mass_g=300, temp_c=20)
    assert not rice.run(30)["flags"] & p.FLAG_BOILING
    rice.run_until(lambda t: bool(t["flags"] & p.FLAG_BOILING), 900)
    assert rice.host.truth()["temps"]["food"] > 99


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "add", "mass_g": 300, "temp_c": 15},
        {"kind": "mains", "value": 175, "for_s": 120},
        {"kind": "lid_open", "for_s": 120},
        {"kind": "pot_out", "for_s": 30},
    ],
    ids=lambda event: event["kind"],
)
@pytest.mark.parametrize("after_s", [30, 150])
def test_what_disturbs_boiling_is_not_taken_for_dry_out(rice, event, after_s):
    rice.cook(
        [
            rice.phase("heat", 130, 100, 3600, "boil"),
            rice.phase("boil", 125, 50, 3600, "dry"),
            rice.phase("rest", None, 0, 60),
        ]
    )
    rice.run_until(lambda t: t["phase"] == 1, 1500)
    rice.at(after_s, **event)
    rice.run_until(lambda t: t["phase"] == 2, 3000)
    assert ("phase_ended", 1, p.RE_DRY) in rice.events()
    assert rice.host.truth()["free_water_g"] < 40
    assert rice.host.truth()["max_bottom_c"] < 125


def test_while_water_boils_the_cap_is_the_fire(congee):
    congee.cook(
        [congee.phase("heat", 130, 100, 1800, "boil"), congee.phase("simmer", 110, 25, 1200)]
    )
    congee.run_until(lambda t: t["phase"] == 1, 1200)
    seen = congee.run(300)
    assert seen["duty_permille"] == 250
    before_j = seen["energy_j"]
    assert abs(congee.run(600)["energy_j"] - before_j - 600 * 770 * 0.25) < 6000


def test_a_phase_that_never_sees_its_end_stops_at_its_longest_time(rice):
    rice.cook([rice.phase("heat", 130, 100, 60, "boil"), rice.phase("rest", None, 0, 60)])
    rice.run(70)
    assert rice.events()[-1] == ("phase_ended", 0, p.RE_LIMIT)


def test_after_the_last_phase_the_heater_stays_off(rice):
    rice.cook([rice.phase("keep_warm", 70, 20, 120)])
    rice.run(60)
    assert rice.heater_w > 0 or rice.telemetry()["duty_permille"] > 0
    seen = rice.run(100)
    assert seen["state"] == p.ST_DONE
    assert not seen["flags"] & (p.FLAG_RELAY | p.FLAG_HEATER)
    assert rice.heater_w == 0


def test_cancel_stops_the_heat_within_a_tick(rice):
    rice.cook([rice.phase("heat", 130, 100, 1800, "boil")])
    rice.run(60)
    assert rice.heater_w > 700
    assert rice.status(p.CANCEL) == p.OK
    seen = rice.run(0.3)
    assert (seen["state"], rice.heater_w) == (p.ST_IDLE, 0)


def test_pause_stops_heat_and_clock_and_resume_goes_on(rice):
    rice.cook([rice.phase("heat", 130, 100, 1800, "boil")])
    rice.run(60)
    assert rice.status(p.PAUSE) == p.OK
    seen = rice.run(120)
    assert (seen["state"], seen["phase_elapsed_s"], rice.heater_w) == (p.ST_PAUSED, 60, 0)
    assert rice.status(p.RESUME) == p.OK
    seen = rice.run(60)
    assert (seen["state"], seen["phase"]) == (p.ST_COOKING, 0)
    assert abs(seen["phase_elapsed_s"] - 120) <= 1
    assert rice.heater_w > 700


def test_a_running_cook_takes_new_phases_and_keeps_its_time(rice):
    rice.cook([rice.phase("soak", 50, 50, 600), rice.phase("rest", None, 0, 60)])
    rice.run(100)
    longer = [rice.phase("soak", 50, 50, 900), rice.phase("rest", None, 0, 60)]
    assert not any(rice.load(longer, mode=p.MODE_REPLACE_KEEP_TIME))
    seen = rice.run(1)
    assert (seen["phase"], seen["phase_elapsed_s"]) == (0, 101)
    assert not any(rice.load(longer, mode=p.MODE_REPLACE))
    seen = rice.run(1)
    assert (seen["phase"], seen["phase_elapsed_s"], seen["total_elapsed_s"]) == (0, 1, 102)


def test_a_cook_that_runs_is_not_overwritten_by_another(rice):
    rice.cook([rice.phase("rest", None, 0, 600)])
    assert rice.status(p.SCHED_BEGIN, 8, 1, p.MODE_NEW) == p.BAD_STATE
    assert rice.status(p.SCHED_BEGIN, 8, 1, p.MODE_REPLACE) == p.BAD_STATE
    assert rice.status(p.HEAT, 1000, 3000) == p.BAD_STATE
    assert rice.telemetry()["cook_id"] == 7


@pytest.mark.parametrize(
    "bad",
    [
        (9, 0, 6000, 500, 60),  # no such kind
        (1, 4, 6000, 500, 60),  # no such end
        (1, 0, 15001, 500, 60),  # hotter than the board allows
        (1, 0, 1000, 500, 60),  # colder than it can hold
        (1, 0, 6000, 1001, 60),  # more than all
        (1, 0, 6000, 500, 90000),  # longer than a cook may last
        (2, 0, 13000, 1000, 15000),  # full power too long
        (8, 0, 7000, 200, 44000),  # kept warm too long
        (8, 0, 8100, 200, 3600),  # cooked under the name of keeping warm
        (0, 0, 6000, 500, 3600),  # cooked under the name of waiting
        (2, 1, p.OFF_CC, 0, 600),  # "until it is hot" with the heater off
    ],
)
def test_a_schedule_beyond_the_boards_limits_is_refused(rice, bad):
    assert rice.load([rice.phase("rest", None, 0, 60), bad])[-1] == p.BAD_VALUE
    assert rice.status(p.START, 7) == p.NOT_READY


def test_a_schedule_whose_checksum_is_wrong_is_refused(rice):
    good = rice.phase("rest", None, 0, 60)
    assert rice.status(p.SCHED_BEGIN, 7, 1, p.MODE_NEW) == p.OK
    assert rice.status(p.SCHED_PHASE, 0, *good) == p.OK
    assert rice.status(p.SCHED_COMMIT, 12345) == p.BAD_CRC
    assert rice.status(p.START, 7) == p.NOT_READY


def test_a_schedule_with_a_phase_missing_is_refused(rice):
    good = rice.phase("rest", None, 0, 60)
    assert rice.status(p.SCHED_BEGIN, 7, 2, p.MODE_NEW) == p.OK
    assert rice.status(p.SCHED_PHASE, 1, *good) == p.OK
    assert rice.status(p.SCHED_PHASE, 2, *good) == p.BAD_VALUE
    assert rice.status(p.SCHED_COMMIT, 0) == p.NOT_READY


def test_two_runs_are_the_same_to_the_last_bit(make_bench, scenarios):
    runs = []
    for _ in range(2):
        bench = make_bench(scenarios["rice"])
        bench.cook([bench.phase("soak", 55, 60, 300), bench.phase("heat", 130, 100, 900, "boil")])
        runs.append([bench.run(50) for _ in range(20)])
    assert runs[0] == runs[1]
