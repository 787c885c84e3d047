"""The plant without its socket: time, the last reply's batch, exact rewind, events, sensor faults.

The twin's time is in whole milliseconds. Sensor noise is a function of seed and time, and every
input that lasts is part of the state, so that a rewound and repeated step gives the same samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from wenhuo.errors import RigError
from wenhuo_tools.twin.dishes import Dish, dish_by_id
from wenhuo_tools.twin.food import Outcome, State, initial_state, outcome
from wenhuo_tools.twin.jit import compiled
from wenhuo_tools.twin.kernel import STATE_DTYPE, Record, step
from wenhuo_tools.twin.params import Cooker, Load, Site, kernel_params
from wenhuo_tools.twin.sensors import (
    MAINS_NOISE_SHARE,
    NOISE_MV,
    SUPPLY_MV,
    divider_mv,
    noise,
    quantized_mv,
)

MAX_BATCH = 600
MAX_DT_MS = 500  # the kernel is stable up to this step
MAX_SAMPLE_MV = int(SUPPLY_MV)
BITS_LID_CLOSED, BITS_POT_PRESENT = 1, 2


class Fault(IntEnum):
    """State of one sensor."""

    NONE = 0
    OPEN = 1
    SHORT = 2
    STUCK = 3


FAULT_DTYPE = np.dtype(
    [("kind", np.int64), ("offset_c", np.float64), ("held_c", np.float64), ("noise_mv", np.float64)]
)


@compiled
def sensor_mv(  # noqa: PLR0917 (numba calls by position)
    temp_c: float, fault: Record, ntc: Record, seed: int, t_ms: int, channel: int
) -> int:
    """What the ADC reads of one NTC, with its fault."""
    if fault.kind == Fault.OPEN:
        return int(SUPPLY_MV)
    if fault.kind == Fault.SHORT:
        return 0
    seen_c = fault.held_c if fault.kind == Fault.STUCK else temp_c + fault.offset_c
    mv = divider_mv(seen_c, ntc.r25_ohm, ntc.beta_k, ntc.pull_up_ohm)
    return quantized_mv(mv + (NOISE_MV + fault.noise_mv) * noise(seed, t_ms, channel))


@compiled
def run_ticks(  # noqa: PLR0917 (numba calls by position)
    trail: Record,
    samples: Record,
    params: Record,
    faults: Record,
    ntcs: Record,
    count: int,
    dt_ms: int,
    t_ms: int,
    duty: float,
    relay: bool,
    seed: int,
    swapped: bool,
) -> None:
    """Advance trail[0] by count ticks; trail[i + 1], samples[i]: state, readings after tick i."""
    p = params[0]
    dt_s = dt_ms / 1000.0
    for i in range(count):
        trail[i + 1] = trail[i]
        s = trail[i + 1]
        step(s, p, duty, relay, dt_s)
        now_ms = t_ms + (i + 1) * dt_ms
        samples[i, 0] = now_ms
        first_c, second_c = s.ntc_bottom_c, s.ntc_lid_c
        if swapped:
            first_c, second_c = second_c, first_c
        samples[i, 1] = sensor_mv(first_c, faults[0], ntcs[0], seed, now_ms, 0)
        samples[i, 2] = sensor_mv(second_c, faults[1], ntcs[1], seed, now_ms, 1)
        samples[i, 3] = (1 if s.lid_closed > 0.5 else 0) + (2 if s.pot_present > 0.5 else 0)
        mains = s.mains_v * (1.0 + MAINS_NOISE_SHARE * noise(seed, now_ms, 2))
        samples[i, 4] = round(mains * 10.0)
        samples[i, 5] = round(s.power_w / max(s.mains_v, 1.0) * 1000.0)


@dataclass(frozen=True, slots=True)
class Event:
    """A change of the plant at a time (scenario.schema.json); `undo` marks the end of a `for_s`."""

    at_ms: int
    kind: str
    sensor: str | None = None
    value: float | None = None
    mass_g: float | None = None
    temp_c: float | None = None
    for_ms: int | None = None
    undo: bool = False


@dataclass(slots=True)
class Scenario:
    """What LOAD sets."""

    dish: Dish
    load: Load
    site: Site
    cooker: Cooker = field(default_factory=Cooker)
    seed: int = 0


def default_scenario() -> Scenario:
    """Three cups of white rice at sea level."""
    return Scenario(dish_by_id("white_rice"), Load(450.0, 630.0), Site())


_EVENT_KEYS = {"at_s", "kind", "sensor", "for_s", "value", "mass_g", "temp_c", "text"}
_SENSORS = {"bottom": 0, "lid": 1}


class Engine:
    """The plant's time and state."""

    def __init__(self, scenario: Scenario | None = None) -> None:
        """A plant at t = 0 with that scenario (default: default_scenario)."""
        self._trail: State = np.zeros(MAX_BATCH + 1, STATE_DTYPE)
        self._samples = np.zeros((MAX_BATCH, 6), np.int64)
        self._faults: Any = np.zeros(2, FAULT_DTYPE)
        self._ntcs: Any = np.zeros(
            2, [(name, np.float64) for name in ("r25_ohm", "beta_k", "pull_up_ohm")]
        )
        self.load(scenario or default_scenario())

    def load(self, scenario: Scenario) -> None:
        """Start anew at t = 0."""
        self.scenario = scenario
        self._params = kernel_params(scenario.cooker, scenario.dish, scenario.site)
        self._trail[0] = initial_state(scenario.dish, scenario.load, scenario.site)[0]
        self._faults[:] = 0
        self._swapped = False
        for row, ntc in enumerate((scenario.cooker.bottom_ntc, scenario.cooker.lid_ntc)):
            self._ntcs[row] = (ntc.r25_ohm, ntc.beta_k, ntc.pull_up_ohm)
        self._base_ms = 0
        self._dt_ms = 0
        self._count = 0  # ticks of the last batch that are not yet known to be consumed
        self._events: list[Event] = []
        self._apply_due()

    @property
    def now_ms(self) -> int:
        """Time of the last tick computed."""
        return self._base_ms + self._count * self._dt_ms

    @property
    def state(self) -> State:
        """The state now, as an array of one record (a copy)."""
        return self._trail[self._count : self._count + 1].copy()

    def commit(self, used: int | None) -> None:
        """Keep the first `used` ticks of the last batch and rewind the rest; None keeps all.

        Raises:
            RigError: more ticks used than were given.
        """
        used = self._count if used is None else used
        if not 0 <= used <= self._count:
            raise RigError(f"STEP used={used}, but the last reply had {self._count} samples")
        if used:
            self._trail[0] = self._trail[used]
            self._base_ms += used * self._dt_ms
        self._count = 0
        self._apply_due()

    def advance(self, n: int, dt_ms: int, duty: float, relay: bool, until_ms: int) -> int:
        """Run up to n ticks, not past until_ms nor the next event; how many (0 at until_ms).

        Raises:
            RigError: a batch or tick length that the plant does not do.
        """
        if not (1 <= n <= MAX_BATCH and 1 <= dt_ms <= MAX_DT_MS):
            raise RigError(f"STEP n={n} dt_ms={dt_ms}: n is 1..{MAX_BATCH}, dt_ms 1..{MAX_DT_MS}")
        count = min(n, max(0, until_ms - self._base_ms) // dt_ms)
        if self._events:
            to_event = -(-(self._events[0].at_ms - self._base_ms) // dt_ms)
            count = min(count, max(1, to_event))
        run_ticks(
            self._trail, self._samples, self._params, self._faults, self._ntcs,
            count, dt_ms, self._base_ms, duty, relay, self.scenario.seed, self._swapped,
        )  # fmt: skip
        self._dt_ms, self._count = dt_ms, count
        return count

    def sample_text(self) -> str:
        """The last batch as the protocol writes it: t,bottom,lid,bits,mains,current;..."""
        rows = self._samples[: self._count].tolist()
        return ";".join(["%d,%d,%d,%d,%d,%d" % tuple(row) for row in rows])  # noqa: UP031 (fastest)

    def free(self, until_ms: int, tick_ms: int = 100) -> None:
        """Advance without a board: heater off."""
        while self.now_ms < until_ms:
            self.commit(None)
            tick = min(tick_ms, until_ms - self._base_ms)
            self.advance(MAX_BATCH, tick, 0.0, False, until_ms)
        self.commit(None)

    def truth(self) -> tuple[State, Outcome]:
        """The whole state and what it means for the food."""
        state = self.state
        return state, outcome(state, self.scenario.dish)

    def add_event(self, raw: dict[str, Any]) -> None:
        """Queue one event of scenario.schema.json (plant kinds), and its end where it has `for_s`.

        lid_open, lid_close, pot_out, pot_in; add: mass_g of water at temp_c (20 °C); mains: value
        is V; sensor_open, sensor_short, sensor_stuck, sensor_drift (value: K added) of `sensor`
        (bottom where not said); relay_welded: the heater's switch is stuck on behind the safety
        relay; relay_dead: no heat; heater_aged: value is the share of power left (0.8).

        Beyond that schema, for rigs: sensor_noise (value: mV rms added); sensors_swapped: each
        thermistor at the other's input; safety_relay_welded: the safety relay is stuck closed.

        Raises:
            RigError: an unknown kind or member, or one that lacks what it needs.
        """
        if unknown := set(raw) - _EVENT_KEYS:
            raise RigError(f"EVENT has unknown members {sorted(unknown)}")
        event = _parse_event(raw)
        self._events.append(event)
        if event.for_ms is not None and event.kind in _UNDOABLE:
            end_ms = event.at_ms + event.for_ms
            self._events.append(Event(end_ms, event.kind, event.sensor, undo=True))
        self._events.sort(key=lambda e: e.at_ms)  # stable: equal times keep their order
        if self._count == 0:
            self._apply_due()

    def _apply_due(self) -> None:
        while self._events and self._events[0].at_ms <= self._base_ms:
            self._apply(self._events.pop(0))

    def _apply(self, event: Event) -> None:
        s = self._trail[0]
        if event.kind in _SWITCHES:
            name, value = _SWITCHES[event.kind]
            s[name] = 1.0 - value if event.undo else value
        elif event.kind == "mains":
            s["mains_v"] = self.scenario.site.mains_v if event.undo else event.value
        elif event.kind == "heater_aged":
            s["heater_health"] = 1.0 if event.undo else (event.value or 0.8)
        elif event.kind == "sensors_swapped":
            self._swapped = not event.undo
        elif event.kind == "add":
            _add_water(s, float(event.mass_g or 0.0) / 1000.0, event.temp_c)
        else:
            self._apply_sensor(event)

    def _apply_sensor(self, event: Event) -> None:
        row = _SENSORS[event.sensor or "bottom"]
        fault = self._faults[row]
        if event.undo:
            self._faults[row] = 0
        elif event.kind == "sensor_drift":
            fault["offset_c"] = event.value
        elif event.kind == "sensor_noise":
            fault["noise_mv"] = event.value
        else:
            name = "ntc_bottom_c" if row == 0 else "ntc_lid_c"
            fault["held_c"] = self._trail[0][name] + fault["offset_c"]
            fault["kind"] = _SENSOR_FAULTS[event.kind]


_SWITCHES = {
    "lid_open": ("lid_closed", 0.0),
    "lid_close": ("lid_closed", 1.0),
    "pot_out": ("pot_present", 0.0),
    "pot_in": ("pot_present", 1.0),
    "relay_welded": ("heater_welded", 1.0),
    "relay_dead": ("heater_health", 0.0),
    "safety_relay_welded": ("relay_welded", 1.0),
}
_SENSOR_FAULTS = {
    "sensor_open": Fault.OPEN,
    "sensor_short": Fault.SHORT,
    "sensor_stuck": Fault.STUCK,
}
_UNDOABLE = {
    *_SWITCHES,
    *_SENSOR_FAULTS,
    *("sensor_drift", "sensor_noise", "sensors_swapped", "mains", "heater_aged"),
}
_NEEDS = {"mains": "value", "sensor_drift": "value", "sensor_noise": "value", "add": "mass_g"}


def _parse_event(raw: dict[str, Any]) -> Event:
    kind = raw.get("kind")
    if kind not in _UNDOABLE | {"add"}:
        raise RigError(f"EVENT kind {kind!r} is not one the plant plays")
    needed = _NEEDS.get(kind)
    if needed and raw.get(needed) is None:
        raise RigError(f"EVENT {kind} needs {needed!r}")
    sensor = raw.get("sensor")
    if sensor not in (None, *_SENSORS):
        raise RigError(f"EVENT sensor {sensor!r}: bottom or lid")
    try:
        numbers = {
            key: None if raw.get(key) is None else float(raw[key])
            for key in ("value", "mass_g", "temp_c", "for_s")
        }
        at_ms = round(1000 * float(raw["at_s"]))
        if not all(math.isfinite(x) for x in numbers.values() if x is not None):
            raise ValueError("not finite")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RigError(f"EVENT {kind} needs numbers, at_s among them: {error}") from None
    for_s = numbers["for_s"]
    return Event(
        at_ms,
        kind,
        sensor,
        numbers["value"],
        numbers["mass_g"],
        numbers["temp_c"],
        None if for_s is None else round(1000 * for_s),
    )


def _add_water(s: np.void, mass_kg: float, temp_c: float | None) -> None:
    """Pour water in: the food takes the mean temperature (its dry part weighed as water × 0.4)."""
    own_kg = float(s["free_kg"] + s["dry_kg"] * (0.4 + max(float(s["x_core"]), 0.0)))
    mean_share = mass_kg / (mass_kg + own_kg + 1e-9)
    water_c = 20.0 if temp_c is None else temp_c
    for name in ("bottom_c", "core_c"):
        s[name] += mean_share * (water_c - s[name])
    s["free_kg"] += mass_kg
