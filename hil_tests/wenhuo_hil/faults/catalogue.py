"""All faults of the matrix, with the reaction and the time that each is allowed."""

from __future__ import annotations

from wenhuo.schedule import PhaseKind
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
        Fault("bottom sensor stuck while held", do.plant(stuck, sensor="bottom"), BEARS, (), 0,
              (_REST, _WARM), food=False),
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
        Fault("heater half dead", do.plant("heater_aged", value=0.5), TELLS, ("heater_weak",), 60,
              (_SOAK, _HEAT, _BOIL), quick=True),
        Fault("heater a little weak", do.plant("heater_aged", value=0.85), BEARS, (), 0, (_HEAT,)),
    ]  # fmt: skip


def _kitchen() -> list[Fault]:
    return [
        Fault("lid opened 30 s", do.plant("lid_open", for_s=30), BEARS, (), 0, PHASES, quick=True),
        Fault("lid opened for good", do.plant("lid_open"), BEARS, (), 0, (_HEAT, _BOIL),
              food=False),
        Fault("pot out 30 s", do.plant("pot_out", for_s=30), BEARS, (), 0,
              (_WAIT, _SOAK, _HEAT, _BOIL, _REST)),
        Fault("pot out for good", do.plant("pot_out"), STOPS, ("pot_missing",), 310, HEATED),
        Fault("water poured in", do.plant("add", mass_g=150, temp_c=15), BEARS, (), 0,
              (_SOAK, _HEAT, _BOIL), food=False),
        Fault("dry pot", lambda _: None, TELLS, ("not_boiled",), 1800, (_SOAK, _HEAT),
              scenario=_pot(dry_g=20, water_g=0), food=False),
        Fault("too much water", lambda _: None, BEARS, (), 0, (_SOAK,),
              scenario=_pot(water_g=700), food=False),
    ]  # fmt: skip


def _mains() -> list[Fault]:
    return [
        Fault("mains 170 V", do.plant("mains", value=170), BEARS, (), 0, (_SOAK, _HEAT, _BOIL)),
        Fault("mains 260 V", do.plant("mains", value=260), BEARS, (), 0, (_SOAK, _HEAT, _BOIL)),
        Fault("mains 100 V", do.plant("mains", value=100), STOPS, ("mains_low",), 15, PHASES[:4]),
        Fault("mains 280 V", do.plant("mains", value=280), STOPS, ("mains_high",), 15, PHASES[:4],
              quick=True),
        Fault("mains flicker", do.flicker, BEARS, (), 0, (_SOAK, _HEAT, _BOIL)),
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


def _host() -> list[Fault]:
    return [
        Fault("host silent 10 min", do.silence(600), BEARS, (), 0, (_SOAK, _BOIL, _WARM),
              needs=()),
        Fault("host floods garbage", do.flood, BEARS, (), 0, (_SOAK, _BOIL), _WIRE, quick=True),
        Fault("frames cut and bit-flipped", do.damaged_frames, BEARS, (), 0, (_SOAK, _BOIL), _WIRE),
        Fault("frames replayed and reordered", do.replayed_frames, BEARS, (), 0, (_SOAK, _BOIL),
              _WIRE),
        Fault("bad cable 60 s", do.bad_cable(60), BEARS, (), 0, (_SOAK, _BOIL), _WIRE),
    ]  # fmt: skip


def catalogue() -> list[Fault]:
    """Every fault, in the order of the table."""
    return [
        *_lost_sensors(), *_lying_sensors(), *_switches(), *_kitchen(), *_mains(), *_power(),
        *_host(),
    ]  # fmt: skip


def cases(*, quick: bool) -> list[tuple[Fault, PhaseKind]]:
    """Fault and phase of every run; with quick, the first phase of the quick ones."""
    if quick:
        return [(fault, fault.phases[0]) for fault in catalogue() if fault.quick]
    return [(fault, phase) for fault in catalogue() for phase in fault.phases]
