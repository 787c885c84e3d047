"""All faults of the matrix, with the reaction and the time that each is allowed."""

from __future__ import annotations

import math
from dataclasses import replace

from wenhuo.schedule import Phase, PhaseKind
from wenhuo_hil.faults import inject as do
from wenhuo_hil.faults.case import BEARS, REFUSES, RESUMES, STOPS, TELLS, Fault
from wenhuo_hil.faults.reference import HEATED, HOT, PHASES, SCENARIO

_WAIT, _SOAK, _HEAT, _BOIL, _REST, _WARM = PHASES
_COLD = (_WAIT, _SOAK)
_WIRE = ("link-noise",)
_POT = SCENARIO["pot"]


def _pot(**more: object) -> dict[str, object]:
    return {**SCENARIO, "pot": {**_POT, **more}}


def _site(**more: object) -> dict[str, object]:
    return {**SCENARIO, "site": {**SCENARIO["site"], **more}}


def _lost_sensors() -> list[Fault]:
    rows = (
        ("bottom", "sensor_open", "bottom_open"),
        ("bottom", "sensor_short", "bottom_short"),
        ("lid", "sensor_open", "lid_open_circuit"),
        ("lid", "sensor_short", "lid_short"),
    )
    return [
        Fault(
            f"{sensor} {kind.replace('_', ' ')}", do.plant(kind, sensor=sensor), STOPS, (code,),
            within_s=3.0, quick=kind == "sensor_open",
        )
        for sensor, kind, code in rows
    ]  # fmt: skip


def _lying_sensors() -> list[Fault]:
    stuck, drift, noise = "sensor_stuck", "sensor_drift", "sensor_noise"
    return [
        Fault("bottom sensor stuck", do.plant(stuck, sensor="bottom"), STOPS,
              ("not_heating", "bottom_stuck"), 300, (_SOAK, _HEAT, _BOIL), quick=True),
        Fault("bottom sensor stuck while held", do.plant(stuck, sensor="bottom"), STOPS,
              ("bottom_stuck",), 1800, (_REST, _WARM)),
        # Boiling is then not seen; the set-point above it is what ends the phase.
        Fault("lid sensor stuck cold", do.plant(stuck, sensor="lid"), TELLS, ("not_boiled",), 1800,
              (_SOAK, _HEAT)),
        Fault("lid sensor stuck hot", do.plant(stuck, sensor="lid"), BEARS, (), 0, (_BOIL, _REST)),
        # A plateau that reads 12 K too hot looks like none to the board, and its end like dryness.
        Fault("bottom sensor +12 K", do.plant(drift, sensor="bottom", value=12), BEARS, (), 0,
              HEATED, food=False, may_tell=("not_boiled",)),
        Fault("bottom sensor -12 K", do.plant(drift, sensor="bottom", value=-12), BEARS, (), 0,
              HEATED, food=False),
        Fault("bottom sensor +30 K", do.plant(drift, sensor="bottom", value=30), STOPS,
              ("bottom_rate",), 3),
        Fault("bottom sensor -30 K", do.plant(drift, sensor="bottom", value=-30), STOPS,
              ("bottom_rate", "bottom_range"), 3),
        Fault("lid sensor -30 K", do.plant(drift, sensor="lid", value=-30), STOPS,
              ("lid_rate", "lid_range"), 3),
        Fault("bottom sensor noisy", do.plant(noise, sensor="bottom", value=40), STOPS,
              ("bottom_noisy", "bottom_rate", "bottom_range"), 15, HEATED),
        Fault("lid sensor noisy", do.plant(noise, sensor="lid", value=40), STOPS,
              ("lid_noisy", "lid_rate"), 15, HEATED),
        # Slowly, each step within what can be: found by the other sensor or by what heat must do,
        # so not before something heats again: after the boil the pot rests for 80 minutes.
        Fault("bottom sensor drifts -1 K/min", do.drift("bottom", -1.0, 60), STOPS,
              ("sensors_disagree", "bottom_stuck", "not_heating"), 7200, (_BOIL, _WARM)),
        Fault("bottom sensor drifts +1 K/min", do.drift("bottom", 1.0, 60), BEARS, (), 0,
              (_BOIL, _WARM), food=False, may_tell=("not_boiled",)),
        Fault("sensors swapped", do.plant("sensors_swapped"), STOPS,
              ("sensors_swapped", "not_heating"), 900, (_WAIT,), quick=True),
    ]  # fmt: skip


def _switches() -> list[Fault]:
    welded = ("heats_when_off",)
    return [
        # Without heat the safety relay is open and a welded switch shows at the next heat's test.
        Fault("heater switch welded", do.plant("relay_welded"), STOPS, welded, 10,
              (_SOAK, _BOIL, _WARM), quick=True),
        Fault("heater switch welded, full fire", do.plant("relay_welded"), STOPS,
              (*welded, "bottom_stuck"), 900, (_HEAT,)),
        Fault("heater switch welded, no heat", do.plant("relay_welded"), STOPS, welded, 330,
              (_WAIT, _REST)),
        Fault("safety relay welded", do.plant("safety_relay_welded"), STOPS,
              ("safety_relay_welded",), 330, (_WAIT, _REST)),
        Fault("safety relay welded while closed", do.plant("safety_relay_welded"), BEARS, (), 0,
              (_WARM,), food=False),
        Fault("heater dead", do.plant("relay_dead"), STOPS, ("not_heating",), 10,
              (_SOAK, _HEAT, _BOIL), quick=True),
        Fault("heater dead, little or no heat", do.plant("relay_dead"), STOPS, ("not_heating",),
              600, (_WAIT, _REST, _WARM)),
        Fault("heater half dead", do.plant("heater_aged", value=0.5), TELLS, ("heater_weak",), 60,
              (_SOAK, _HEAT, _BOIL), quick=True),
        Fault("heater half dead, little or no heat", do.plant("heater_aged", value=0.5), TELLS,
              ("heater_weak",), 900, (_WAIT, _REST, _WARM)),
        Fault("heater a little weak", do.plant("heater_aged", value=0.85), BEARS, (), 0, HEATED),
    ]  # fmt: skip


def _kitchen() -> list[Fault]:
    return [
        Fault("lid opened 30 s", do.plant("lid_open", for_s=30), BEARS, (), 0, PHASES, quick=True),
        Fault("lid opened for good", do.plant("lid_open"), BEARS, (), 0, (_HEAT, _BOIL),
              food=False),
        Fault("pot out 30 s", do.plant("pot_out", for_s=30), BEARS, (), 0, PHASES),
        Fault("pot out for good", do.plant("pot_out"), STOPS, ("pot_missing",), 310, PHASES),
        Fault("water poured in", do.plant("add", mass_g=150, temp_c=15), BEARS, (), 0,
              (_SOAK, _HEAT, _BOIL), food=False),
        Fault("dry pot", lambda _: None, TELLS, ("not_boiled",), 1800, (_SOAK, _HEAT),
              scenario=_pot(dry_g=20, water_g=0), food=False),
        Fault("too much water", lambda _: None, BEARS, (), 0, (_SOAK,),
              scenario=_pot(water_g=700), food=False),
    ]  # fmt: skip


def _mains() -> list[Fault]:
    return [
        Fault("mains 170 V", do.plant("mains", value=170), BEARS, (), 0, HEATED),
        Fault("mains 260 V", do.plant("mains", value=260), BEARS, (), 0, HEATED),
        Fault("mains 100 V", do.plant("mains", value=100), STOPS, ("mains_low",), 15, PHASES),
        Fault("mains 280 V", do.plant("mains", value=280), STOPS, ("mains_high",), 15, PHASES,
              quick=True),
        Fault("mains flicker", do.flicker, BEARS, (), 0, HEATED),
    ]  # fmt: skip


def _power() -> list[Fault]:
    cut = ("power-cut",)
    # In a wait, and while the food is cold, the pot shows a board without a clock nothing.
    goes_on = (_HEAT, *HOT)
    faults = [
        Fault("power cut 1 s", do.power_cut(1), RESUMES, (), 3, goes_on, cut, quick=True),
        Fault("power cut 1 s, food cold", do.power_cut(1), REFUSES, ("power_lost",), 3, _COLD, cut),
        Fault("power cut 1 min", do.power_cut(60), RESUMES, (), 3, goes_on, cut),
        Fault("power cut 1 min, food cold", do.power_cut(60), REFUSES, ("power_lost",), 3, _COLD,
              cut),
        Fault("power cut 3 h", do.power_cut(10_800), REFUSES, ("power_lost",), 3, PHASES, cut),
        Fault("flash torn", do.torn_flash, RESUMES, (), 3, (_HEAT, _BOIL), ("flash-files",),
              quick=True),
        Fault("flash torn, food cold", do.torn_flash, REFUSES, ("power_lost",), 3, _COLD,
              ("flash-files",)),
        Fault("flash full", do.full_flash, TELLS, ("storage",), 70, (_SOAK, _BOIL),
              ("flash-files",)),
        Fault("firmware damaged in flash", do.damaged_image, STOPS, ("self_test",), 420,
              (_SOAK, _BOIL), ("flash-files",), quick=True),
        Fault("watchdog reset", do.reset("watchdog"), STOPS, ("watchdog",), 3, PHASES, ("reset",)),
    ]  # fmt: skip
    for cause in ("reset_pin", "brown_out"):
        faults.append(
            Fault(f"board reset ({cause})", do.reset(cause), RESUMES, (), 3, goes_on, ("reset",))
        )
        faults.append(
            Fault(f"board reset ({cause}), food cold", do.reset(cause), REFUSES, ("power_lost",), 3,
                  _COLD, ("reset",))
        )  # fmt: skip
    return faults


def _chip() -> list[Fault]:
    needs = ("chip",)
    return [
        Fault("clock jumps 1 h ahead", do.chip(ahead_s=3600), TELLS, ("clock_jump",), 3, PHASES,
              needs, quick=True),
        Fault("clock jumps 1 h back", do.chip(ahead_s=-3600), TELLS, ("clock_jump",), 3, PHASES,
              needs),
        Fault("board too hot", do.chip(95), STOPS, ("board_hot",), 3, PHASES, needs),
        Fault("converter reads nonsense", do.chip(-40), STOPS, ("board_hot",), 3, (_HEAT,), needs),
    ]  # fmt: skip


def _host() -> list[Fault]:
    return [
        Fault("host silent 10 min", do.silence(600), BEARS, (), 0, PHASES, needs=()),
        Fault("host killed in mid-frame", do.host_killed, BEARS, (), 0, (_SOAK, _HEAT, _BOIL),
              _WIRE),
        Fault("host floods garbage", do.flood, BEARS, (), 0, PHASES, _WIRE, quick=True),
        Fault("frames truncated", do.truncated_frames, BEARS, (), 0, (_SOAK, _BOIL), _WIRE),
        Fault("frames bit-flipped", do.flipped_frames, BEARS, (), 0, (_SOAK, _BOIL), _WIRE),
        Fault("frames replayed", do.replayed_frames, BEARS, (), 0, (_SOAK, _BOIL), _WIRE),
        Fault("frames reordered", do.reordered_frames, BEARS, (), 0, (_SOAK, _BOIL), _WIRE),
        Fault("bad cable 60 s", do.bad_cable(60), BEARS, (), 0, (_SOAK, _BOIL), _WIRE),
    ]  # fmt: skip


def _hostile() -> list[Fault]:
    """Offered in place of what is left of the running schedule: refused, and the cook goes on."""
    sound = Phase(PhaseKind.SOAK, 50.0, 50, 600)
    where = (_SOAK, _BOIL)
    huge = [replace(sound, target_c=1e300), replace(sound, power_pct=10**9),
            replace(sound, duration_s=10**12)]  # fmt: skip
    negative = [replace(sound, target_c=-1.0), replace(sound, power_pct=-1),
                replace(sound, duration_s=-1)]  # fmt: skip
    return [
        Fault("schedule with NaN", do.hostile_phases(replace(sound, target_c=math.nan),
              replace(sound, target_c=math.inf)), BEARS, (), 0, where, needs=(), quick=True),
        Fault("schedule with huge numbers", do.hostile_phases(*huge), BEARS, (), 0, where,
              needs=()),
        Fault("schedule with huge numbers on the wire",
              do.hostile_rows((1, 0, 32766, 500, 600), (1, 0, 5000, 65535, 600),
                              (1, 0, 5000, 500, 2**32 - 1), (255, 255, 5000, 500, 600)),
              BEARS, (), 0, where, _WIRE),
        Fault("schedule with negative numbers", do.hostile_phases(*negative), BEARS, (), 0, where,
              needs=()),
        Fault("schedule with negative numbers on the wire",
              do.hostile_rows((1, 0, -5000, 500, 600), (1, 2, -32768, 1000, 600)),
              BEARS, (), 0, where, _WIRE),
        Fault("schedule of 10,000 phases", do.endless_schedule, BEARS, (), 0, where, _WIRE),
    ]  # fmt: skip


def catalogue() -> list[Fault]:
    """Every fault, in the order of the table."""
    return [
        *_lost_sensors(), *_lying_sensors(), *_switches(), *_kitchen(), *_mains(), *_power(),
        *_chip(), *_host(), *_hostile(),
    ]  # fmt: skip


def cases(*, quick: bool) -> list[tuple[Fault, PhaseKind]]:
    """Fault and phase of every run; with quick, the first phase of the quick ones."""
    if quick:
        return [(fault, fault.phases[0]) for fault in catalogue() if fault.quick]
    return [(fault, phase) for fault in catalogue() for phase in fault.phases]
