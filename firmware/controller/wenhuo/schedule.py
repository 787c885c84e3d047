"""The actuator schedule: what the model proposes, the envelope checks and the power board runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class PhaseKind(StrEnum):
    """What a phase is for; the value is the contract's name (plan.schema.json)."""

    WAIT = "wait"
    SOAK = "soak"
    HEAT = "heat"
    BOIL = "boil"
    SIMMER = "simmer"
    STEAM = "steam"
    DRY = "dry"
    REST = "rest"
    KEEP_WARM = "keep_warm"


class Until(StrEnum):
    """What ends a phase."""

    TIME = "time"
    TEMP = "temp"
    BOIL = "boil"
    DRY = "dry"


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a cook.

    target_c: pot-bottom set-point in °C, None for heater off. power_pct: cap on heater duty.
    duration_s: how long the phase lasts, or the longest it may last where `until` is not time.
    """

    kind: PhaseKind
    target_c: float | None
    power_pct: int
    duration_s: int
    until: Until = Until.TIME

    def as_json(self) -> dict[str, object]:
        """The phase as plan.schema.json writes it."""
        return {
            "phase": self.kind.value,
            "target_c": self.target_c,
            "power_pct": self.power_pct,
            "duration_s": self.duration_s,
            "until": self.until.value,
        }


Schedule = tuple[Phase, ...]


def after_waiting(schedule: Schedule, waited_s: float) -> Schedule:
    """The schedule less what its wait has had already; at least a second of it stays."""
    first = schedule[0]
    if first.kind is not PhaseKind.WAIT:
        return schedule
    left_s = max(1, round(first.duration_s - waited_s))
    return (replace(first, duration_s=left_s), *schedule[1:])


def read_schedule(phases: Sequence[Mapping[str, Any]]) -> Schedule:
    """A schedule from its phases as plan.schema.json writes them."""
    return tuple(
        Phase(
            PhaseKind(p["phase"]), p["target_c"], p["power_pct"], p["duration_s"], Until(p["until"])
        )
        for p in phases
    )
