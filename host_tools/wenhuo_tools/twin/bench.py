"""`python -m wenhuo_tools.twin.bench`: how much faster than life the batch runs, on one core."""

from __future__ import annotations

import argparse
import sys
import time

from wenhuo_tools.twin.batch import run_schedule
from wenhuo_tools.twin.cases import COOKER, ROOM, white
from wenhuo_tools.twin.engine import Engine
from wenhuo_tools.twin.params import Load

COOKS = 200
PLANT_BATCHES = 5000


def batch_speed(cooks: int = COOKS) -> tuple[float, float]:
    """(simulated seconds per second, milliseconds per cook) of one white-rice cook, repeated."""
    load, phases = Load(450.0, 630.0), white()
    run_schedule(COOKER, "white_rice", load, ROOM, phases)  # compiled before the clock starts
    begun = time.perf_counter()
    simulated_s = sum(
        run_schedule(COOKER, "white_rice", load, ROOM, phases).phase_end_s[-1] for _ in range(cooks)
    )
    spent_s = time.perf_counter() - begun
    return simulated_s / spent_s, 1000.0 * spent_s / cooks


def plant_cost(batches: int = PLANT_BATCHES, ticks: int = 10) -> float:
    """Microseconds that the plant's engine takes for one STEP of `ticks` ticks, sockets apart."""
    engine = Engine()
    engine.advance(ticks, 100, 0.5, True, 1 << 62)
    begun = time.perf_counter()
    for _ in range(batches):
        engine.commit(None)
        engine.advance(ticks, 100, 0.5, True, 1 << 62)
        engine.sample_text()
    return 1e6 * (time.perf_counter() - begun) / batches


def main(argv: list[str] | None = None) -> int:
    """Print both numbers."""
    argparse.ArgumentParser(
        prog="wenhuo twin bench",
        description="Measure how fast the physics runs in batch.",
        epilog="Example: wenhuo twin bench",
    ).parse_args(argv)
    speed, cook_ms = batch_speed()
    sys.stdout.write(f"batch: {speed:,.0f} x real time, {cook_ms:.2f} ms a cook\n")
    sys.stdout.write(f"plant: {plant_cost():.1f} us a STEP of 10 ticks\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
