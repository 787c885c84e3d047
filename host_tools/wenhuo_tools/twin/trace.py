"""A real cooker's 55-minute programme (data/rice_cooker_trace.csv) and the twin's equivalent."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from wenhuo.schedule import Phase, PhaseKind
from wenhuo_tools.twin.batch import CookResult, run_schedule
from wenhuo_tools.twin.params import DATA, Cooker, Load, Site

# An induction cooker: heat arises in the pot, the sensor sees some of the cool coil carrier.
# Power and load of the recorded cook are not published: chosen here (EST), two cups.
INDUCTION = Cooker(
    rated_w=1200.0, plate_kg=0.3, induction_share=1.0, contact_share=0.07, plate_loss_share=12.0
)
LOAD = Load(300.0, 420.0, 21.0)
SITE = Site(ambient_c=22.0)
DISPLAY_MAX_C = 100.0  # the recorded display clips here

# Set-points and times are the recorded ones; duties are chosen so that the rises are as recorded.
PROGRAMME = (
    Phase(PhaseKind.WAIT, None, 0, 40),
    Phase(PhaseKind.SOAK, 47.0, 100, 335),
    Phase(PhaseKind.SOAK, 61.7, 60, 1080),
    Phase(PhaseKind.HEAT, 130.0, 66, 120),
    Phase(PhaseKind.REST, None, 0, 100),
    Phase(PhaseKind.HEAT, 130.0, 12, 440),
    Phase(PhaseKind.HEAT, 130.0, 22, 250),
    Phase(PhaseKind.BOIL, 108.0, 30, 590),
    Phase(PhaseKind.REST, None, 0, 480),
)


@dataclass(frozen=True, slots=True)
class Trace:
    """The recording: seconds, °C."""

    t_s: tuple[float, ...]
    temp_c: tuple[float, ...]


@cache
def recorded(path: Path = DATA / "rice_cooker_trace.csv") -> Trace:
    """The recorded trace."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return Trace(
        tuple(float(row["t_s"]) for row in rows), tuple(float(row["temp_c"]) for row in rows)
    )


@cache
def simulated() -> CookResult:
    """The twin on the equivalent programme, a trace row a second."""
    return run_schedule(INDUCTION, "white_rice", LOAD, SITE, PROGRAMME, trace_s=1.0)


def root_mean_square_k() -> float:
    """RMS difference of twin and recording over the recording, K."""
    trace, real = simulated().trace, recorded()
    assert trace is not None
    twin = np.interp(real.t_s, trace["t_s"], np.minimum(trace["ntc_bottom_c"], DISPLAY_MAX_C))
    return float(np.sqrt(np.mean((twin - np.array(real.temp_c)) ** 2)))
