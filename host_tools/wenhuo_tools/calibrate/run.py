"""The procedure: one pot of water, warmed once, gives all three."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import Any

from wenhuo.boards import Calibration, Product
from wenhuo.errors import CalibrationError
from wenhuo_tools.calibrate.bench import Bench
from wenhuo_tools.calibrate.heater import Ledger, heat_capacity
from wenhuo_tools.calibrate.relay import Cycle, Tuning, tune
from wenhuo_tools.calibrate.thermistor import Point, lid_offset, two_points

_STILL_S, _READ_S = 180, 30  # heater off until the pot is as warm as its water; then read
_RELAY_C, _HOT_C = 62.0, 88.0  # of the bottom: the relay's middle; the end, with little steam yet
_BAND_K = 0.5
_MOST_CYCLES, _LONGEST_S = 16, 3600


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured. calibration: the product's new one."""

    cold: Point
    hot: Point
    calibration: Calibration
    tuning: Tuning

    def as_json(self) -> dict[str, Any]:
        """As the command prints it with --json."""
        return asdict(self)


def calibrate(product: Product, bench: Bench, water_g: float, say: Callable[[str], None]) -> Report:
    """Calibrate with `water_g` of water in the pot, all at room temperature, lid shut.

    The heater is off afterwards. Raises CalibrationError, LinkError.
    """
    cold, lid = _point(bench, "cold")
    say(f"cold: the board reads {cold.read_c:.2f} °C, the thermometer {cold.true_c:.2f} °C")
    ledger = Ledger(product, cold.true_c)
    bench = replace(bench, told=ledger.add)
    _warm(bench, _RELAY_C)
    cycles = list(_swing(bench))
    say(f"relay test: {len(cycles)} swings")
    _warm(bench, _HOT_C)
    hot, _ = _point(bench, "hot")
    say(f"hot: the board reads {hot.read_c:.2f} °C, the thermometer {hot.true_c:.2f} °C")
    gain = ledger.gain(water_g, hot.true_c - cold.true_c)
    power_w = product.heater.rated_w * gain * (product.mains_v / product.heater.rated_v) ** 2
    tuning = tune(cycles, power_w, heat_capacity(product, water_g))
    new = replace(
        lid_offset(two_points(product, cold, hot), lid),
        heater_gain=gain,
        swing_period_s=tuning.period_s,
        ultimate_w_per_k=tuning.ultimate_w_per_k,
    )
    return Report(cold, hot, new, tuning)


def _point(bench: Bench, when: str) -> tuple[Point, Point]:
    """Bottom's and lid's readings beside the thermometer's, once all is still."""
    for _ in range(_STILL_S):
        bench.step(0)
    seen = [bench.step(0) for _ in range(_READ_S)]
    true_c = bench.thermometer_c(when)
    bottom_c, lid_c = (
        fmean(value for value in values if value is not None)
        for values in ((s.bottom_c for s in seen), (s.lid_c for s in seen))
    )
    return Point(bottom_c, true_c), Point(lid_c, true_c)


def _warm(bench: Bench, until_c: float) -> None:
    """Full power until the bottom is there. Raises CalibrationError where it does not get there."""
    for _ in range(_LONGEST_S):
        if (bench.step(100).bottom_c or 0.0) >= until_c:
            return
    raise CalibrationError(f"not at {until_c:.0f} °C within an hour; does the heater heat?")


def _swing(bench: Bench) -> Iterator[Cycle]:
    """Switch the heater around _RELAY_C; a cycle is told from its second switching-on."""
    on, ons, off_s = True, list[float](), 0.0
    low_c = high_c = _RELAY_C
    for _ in range(_LONGEST_S):
        seen = bench.step(100 if on else 0)
        assert seen.bottom_c is not None
        t_s = seen.t_ms / 1000
        low_c, high_c = min(low_c, seen.bottom_c), max(high_c, seen.bottom_c)
        if on and seen.bottom_c > _RELAY_C + _BAND_K:
            on, off_s = False, t_s
        elif not on and seen.bottom_c < _RELAY_C - _BAND_K:
            on = True
            ons.append(t_s)
            if len(ons) > 1:
                began_s = ons[-2]
                yield Cycle(t_s - began_s, (off_s - began_s) / (t_s - began_s), high_c - low_c)
            low_c = high_c = _RELAY_C
            if len(ons) > _MOST_CYCLES:
                return
