"""What a validation case is, and the cookers and programmes that the cases share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wenhuo.schedule import Phase, PhaseKind, Schedule, Until
from wenhuo_tools.twin.batch import CookResult, run_schedule
from wenhuo_tools.twin.params import Cooker, Load, Site

COOKER = Cooker()
COOKER_10_CUPS = Cooker(rated_w=860.0, pot_kg=0.8, pot_diameter_mm=230.0, pot_depth_mm=150.0)
ROOM = Site(ambient_c=23.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the twin gives; passed None: the twin does not model this (it counts as missed)."""

    twin: str
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Case:
    """One row of domain.md section 8: number, case, published value, tolerance, its check."""

    number: int
    title: str
    published: str
    tolerance: str
    check: Callable[[], Finding]


def within(value: float, low: float, high: float) -> bool:
    """low <= value <= high."""
    return low <= value <= high


def phase(
    target_c: float | None, power_pct: int, minutes: float, until: Until = Until.TIME
) -> Phase:
    """A phase for a case; its kind does not matter to the twin."""
    return Phase(PhaseKind.BOIL, target_c, power_pct, round(60 * minutes), until)


def white(boil_pct: int = 80) -> Schedule:
    """The white-rice template of domain.md 2.1."""
    return (
        phase(47.0, 50, 5),
        phase(61.0, 50, 12),
        phase(130.0, 100, 40, Until.BOIL),
        phase(120.0, boil_pct, 40, Until.TEMP),
        phase(134.0, 44, 3, Until.TEMP),
        phase(None, 0, 13),
    )


def brown() -> Schedule:
    """The brown-rice template of domain.md 2.1."""
    return (
        phase(58.0, 50, 40),
        phase(130.0, 90, 40, Until.BOIL),
        phase(130.0, 45, 40, Until.DRY),
        phase(None, 0, 15),
    )


def cook(
    phases: Schedule,
    dish: str,
    load: Load,
    *,
    cooker: Cooker = COOKER,
    site: Site = ROOM,
    trace_s: float | None = None,
) -> CookResult:
    """run_schedule with the cases' defaults."""
    return run_schedule(cooker, dish, load, site, phases, trace_s=trace_s)


def trace_of(result: CookResult) -> np.ndarray[Any, Any]:
    """The trace of a run that asked for one."""
    assert result.trace is not None
    return result.trace


def time_of(trace: np.ndarray[Any, Any], field: str, value: float) -> float:
    """When a field first reaches a value, s (inf: never)."""
    reached = np.flatnonzero(trace[field] >= value)
    return float(trace["t_s"][reached[0]]) if len(reached) else float("inf")


def at(trace: np.ndarray[Any, Any], field: str, t_s: float) -> float:
    """A field's value at a time."""
    return float(np.interp(t_s, trace["t_s"], trace[field]))
