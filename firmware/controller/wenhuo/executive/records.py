"""What the executive learns about a running cook: one sample per look, one log per cook."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wenhuo.schedule import PhaseKind


class BoardState(StrEnum):
    """What the power board says it is doing."""

    IDLE = "idle"
    WAITING = "waiting"
    COOKING = "cooking"
    PAUSED = "paused"
    KEEP_WARM = "keep_warm"
    DONE = "done"
    CANCELLED = "cancelled"
    FAULT = "fault"

    @property
    def is_over(self) -> bool:
        """True where the board will do nothing more for this schedule."""
        return self in _OVER

    @property
    def mode(self) -> str | None:
        """The cooker's mode as request.schema.json names it; None where nothing is on."""
        return None if self in _NOTHING_ON else self.value


_NOTHING_ON = (BoardState.IDLE, BoardState.DONE, BoardState.CANCELLED)
_OVER = (*_NOTHING_ON, BoardState.FAULT)


class Outcome(StrEnum):
    """How a cook ended (result.schema.json; a plan that was no cook is not an Outcome)."""

    DONE = "done"
    FAULT = "fault"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the board.

    t_s: the executive's clock. phase_index: into the schedule that runs, None where none does.
    duty_pct: heater duty over the last control window, 0..100. energy_j: electrical, since the cook
    began. A reading the board does not have is None.
    """

    t_s: float
    state: BoardState
    phase_index: int | None
    kind: PhaseKind | None
    phase_elapsed_s: float
    bottom_c: float | None
    lid_c: float | None
    setpoint_c: float | None
    duty_pct: float
    mains_v: float | None = None
    lid_closed: bool = True
    pot_present: bool = True
    energy_j: int = 0


class Happening(StrEnum):
    """What may happen beside the samples. The first ones are the board's own events."""

    STARTED = "started"
    PHASE_ENDED = "phase_ended"
    FINISHED = "finished"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    FAULT = "fault"
    REPLACED = "replaced"
    LID_OPENED = "lid_opened"
    LID_CLOSED = "lid_closed"
    POT_OUT = "pot_out"
    POT_IN = "pot_in"
    WARNING = "warning"
    CUT_RESUMED = "cut_resumed"
    CUT_REFUSED = "cut_refused"
    LINK_LOST = "link_lost"
    LINK_BACK = "link_back"
    POWER_BACK = "power_back"
    POWER_LOST = "power_lost"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened. detail: why a phase ended, the name of a fault or warning, an
    error's line, or how long the power was away, s."""

    t_s: float
    what: Happening
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """One phase as the board truly ran it."""

    kind: PhaseKind
    start_s: float
    end_s: float


@dataclass(slots=True)
class CookLog:
    """What was seen from start to end. served_s: when the food was ready, by the board's word."""

    samples: list[Sample] = field(default_factory=list)
    spans: list[PhaseSpan] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    outcome: Outcome | None = None
    served_s: float | None = None
    replans: int = 0

    def add(self, sample: Sample) -> None:
        """Append a sample and extend, or begin, the span of the phase it stands in."""
        self.samples.append(sample)
        if sample.kind is None:
            return
        start_s = max(0.0, sample.t_s - sample.phase_elapsed_s)
        last = self.spans[-1] if self.spans else None
        if last is not None and last.kind is sample.kind:
            self.spans[-1] = PhaseSpan(last.kind, last.start_s, sample.t_s)
            return
        if last is not None:
            start_s = max(start_s, last.start_s)
            self.spans[-1] = PhaseSpan(last.kind, last.start_s, start_s)
        self.spans.append(PhaseSpan(sample.kind, start_s, sample.t_s))
