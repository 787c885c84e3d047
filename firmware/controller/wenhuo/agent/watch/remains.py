"""Schedules that run: what is left of one, and whether two are the same."""

from __future__ import annotations

from dataclasses import replace

from wenhuo.executive.records import Sample
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

_SAME_S, _SAME_PCT, _SAME_K = 50, 1, 0.25  # what differs by no more need not be sent


def left_of(schedule: Schedule, sample: Sample) -> Schedule:
    """What is left of a schedule from a sample on."""
    left = schedule[sample.phase_index or 0 :]
    first = left[0]
    if first.until is Until.TIME:
        first = replace(first, duration_s=max(1, round(first.duration_s - sample.phase_elapsed_s)))
    return (first, *left[1:])


def from_kind(phases: Schedule, kind: PhaseKind | None) -> Schedule:
    """Without what comes before the first phase of that kind."""
    at = next((i for i, p in enumerate(phases) if p.kind is kind), 0)
    return phases[at:]


def alike(one: Schedule, other: Schedule) -> bool:
    """Whether two schedules differ by so little that one may stand for the other."""
    return len(one) == len(other) and all(
        _phases_alike(a, b) for a, b in zip(one, other, strict=True)
    )


def _phases_alike(a: Phase, b: Phase) -> bool:
    if (a.kind, a.until, a.target_c is None) != (b.kind, b.until, b.target_c is None):
        return False
    same_length = a.until is not Until.TIME or abs(a.duration_s - b.duration_s) <= _SAME_S
    warmth = abs((a.target_c or 0.0) - (b.target_c or 0.0)) <= _SAME_K
    return same_length and warmth and abs(a.power_pct - b.power_pct) <= _SAME_PCT
