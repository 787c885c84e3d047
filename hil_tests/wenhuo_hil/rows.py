"""Phases as the link's rows."""

from __future__ import annotations

from wenhuo.schedule import Phase
from wenhuo_link import messages
from wenhuo_link import protocol as p

Row = tuple[int, int, int, int, int]  # kind, until, target_cc, power_permille, duration_s


def row_of(phase: Phase) -> Row:
    """A sound phase as `wenhuo_link.host.pack_schedule` takes it."""
    target_cc = p.OFF_CC if phase.target_c is None else round(phase.target_c * 100)
    return (
        messages.PHASE_KINDS.index(phase.kind.value),
        messages.UNTIL.index(phase.until.value),
        target_cc,
        phase.power_pct * 10,
        phase.duration_s,
    )
