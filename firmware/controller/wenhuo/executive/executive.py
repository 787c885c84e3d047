"""The executive: gives a schedule to the power board, watches it, and tells what it saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from wenhuo.errors import LinkError
from wenhuo.executive.board_client import Board, Telemetry
from wenhuo.executive.clock import Clock
from wenhuo.executive.records import BoardState, CookLog, Happening, Note, Outcome, Sample
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

# How often the board is looked at, s of the clock.
LOOK_COOKING_S = 4.0
LOOK_WARM_S = 30.0
LOOK_WAITING_S = 60.0
LOOK_TETHERED_S = 10.0  # at least this often where the board gives up without its host (in 30 s)

# A cook that lost its board (power cut) goes on where it was if the board is back in this time: a
# closed pot is still at 75..85 °C after 30 min without heat; after that the food may have stood
# too long in the range where germs grow, and people must decide.
RESUME_WITHIN_S = 1800.0

_STATES = {
    "idle": BoardState.IDLE,
    "manual": BoardState.IDLE,
    "cooking": BoardState.COOKING,
    "paused": BoardState.PAUSED,
    "done": BoardState.DONE,
    "fault": BoardState.FAULT,
}


def _ignore(_note: Note) -> None:
    """The default for notes."""


class Executive:
    """One cook on one board. `schedule` is what the board runs; phase indices refer to it.

    finish_alone: whether the board may finish without us (the product's policy); only then is a
    silent board waited for. note: told what happens beside the samples.
    """

    def __init__(
        self,
        board: Board,
        clock: Clock,
        *,
        finish_alone: bool = True,
        note: Callable[[Note], None] = _ignore,
    ) -> None:
        self.log = CookLog()
        self.schedule: Schedule = ()
        self._board = board
        self._clock = clock
        self._finish_alone = finish_alone
        self._note = note
        self._phase_s: tuple[int, ...] = ()
        self._cook_id = 0
        self._began_s = 0.0
        self._contact_s = 0.0
        self._silent = False
        self._events_told = 0
        self._finished_s: float | None = None

    @property
    def is_over(self) -> bool:
        """True once the cook is done, cancelled or at a fault."""
        return self.log.outcome is not None

    @property
    def is_silent(self) -> bool:
        """True while the board does not answer and is waited for."""
        return self._silent

    @property
    def events_told(self) -> int:
        """How many of the board's events have been told as notes."""
        return self._events_told

    @property
    def phase_s(self) -> tuple[int, ...]:
        """How long each phase is expected to last, s."""
        return self._phase_s

    @property
    def last(self) -> Sample | None:
        """The latest sample."""
        return self.log.samples[-1] if self.log.samples else None

    def begin(
        self,
        schedule: Schedule,
        phase_s: Sequence[int] | None = None,
        cook_id: int | None = None,
    ) -> None:
        """Upload the schedule and start it. Raises LinkError.

        phase_s: how long each phase is expected to last, s; None = as long as it may. cook_id: what
        the board is to call it; None = a number of this executive's.
        """
        self._cook_id = self._cook_id + 1 if cook_id is None else cook_id
        self._board.upload(schedule, self._cook_id)
        self._board.start(self._cook_id)
        self._run(schedule, phase_s)
        self._began_s = self._contact_s = self._clock.now_s()

    def take_up(
        self,
        cook_id: int,
        schedule: Schedule,
        phase_s: Sequence[int] | None = None,
        *,
        last: Sample | None = None,
        served_s: float | None = None,
        events_told: int = 0,
    ) -> None:
        """Go on watching a cook that the board was given before this program began.

        The clock must be the one it was begun by. last, served_s, events_told: as they were kept.
        """
        self._cook_id = cook_id
        self._run(schedule, phase_s)
        self._contact_s = self._clock.now_s()
        if last is not None:
            self.log.add(last)
            self._contact_s = last.t_s
        self.log.served_s = served_s
        self._events_told = events_told

    def pause(self) -> None:
        """Heater off until `resume`."""
        if not self._is_paused():
            self._board.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        if self._is_paused():
            self._board.resume()

    def _is_paused(self) -> bool:
        return self.last is not None and self.last.state is BoardState.PAUSED

    def cancel(self) -> None:
        """Drop the schedule; the cook is over."""
        self._board.cancel()
        self._end(Outcome.CANCELLED)

    def revise(self, schedule: Schedule, phase_s: Sequence[int] | None = None) -> None:
        """Go on with another schedule: what is left from now on, the running phase included."""
        self._board.replace(schedule, self._cook_id)
        self._run(schedule, phase_s)
        self.log.replans += 1

    def restart(self, schedule: Schedule, phase_s: Sequence[int] | None = None) -> None:
        """Drop the schedule and start another one. Raises LinkError."""
        self._board.cancel()
        self._cook_id += 1
        self._board.upload(schedule, self._cook_id)
        self._board.start(self._cook_id)
        self._run(schedule, phase_s)
        self.log.replans += 1

    def reconnect(self, board: Board) -> None:
        """Go on over another connection to the same board."""
        self._board = board

    def look(self) -> Sample | None:
        """Take a sample; None where the board was silent or has just been restarted.

        Raises LinkError where a silent board cannot be waited for (any longer).
        """
        asked_s = self._clock.now_s()
        try:
            if self._silent:
                self._board.connect()
            telemetry = self._board.telemetry()
            self._tell_events(telemetry)
        except LinkError as error:
            self.bear_silence(error)
            return None
        if self._silent:
            self._note(Note(asked_s, Happening.LINK_BACK))
        if telemetry.state == "idle" and telemetry.cook_id != self._cook_id:
            self._recover(asked_s)
            return None
        self._silent = False
        self._contact_s = asked_s
        return self._take(telemetry, asked_s)

    def period_s(self) -> float:
        """How long to the next look: seldom while nothing happens, never past the end of a wait."""
        sample = self.last
        if sample is None or self._silent:
            return LOOK_COOKING_S
        if not self._finish_alone:
            return min(LOOK_TETHERED_S, self._free_period_s(sample))
        return self._free_period_s(sample)

    def _free_period_s(self, sample: Sample) -> float:
        if sample.state is BoardState.WAITING:
            left_s = self.schedule[sample.phase_index or 0].duration_s - sample.phase_elapsed_s
            ago_s = self._clock.now_s() - sample.t_s
            return max(LOOK_COOKING_S, min(LOOK_WAITING_S, left_s - ago_s))
        return LOOK_WARM_S if sample.state is BoardState.KEEP_WARM else LOOK_COOKING_S

    def run(self, on_sample: Callable[[Sample], None]) -> CookLog:
        """Watch until the cook is over. Raises LinkError."""
        while not self.is_over:
            sample = self.look()
            if sample is not None:
                on_sample(sample)
            if not self.is_over:
                self._clock.sleep(self.period_s())
        return self.log

    def remaining_s(self) -> float:
        """How long until the food is ready, s, by the expected lengths of what is left."""
        sample = self.last
        index, elapsed_s = 0, 0.0
        if sample is not None and sample.phase_index is not None:
            index, elapsed_s = sample.phase_index, sample.phase_elapsed_s
        left_s = [
            float(length)
            for phase, length in zip(self.schedule[index:], self._phase_s[index:], strict=True)
            if phase.kind is not PhaseKind.KEEP_WARM
        ]
        return max(0.0, left_s[0] - elapsed_s) + sum(left_s[1:]) if left_s else 0.0

    def share(self) -> float:
        """How much of the way to ready is done, 0..1."""
        if self.log.served_s is not None:
            return 1.0
        elapsed_s = self._clock.now_s() - self._began_s
        return elapsed_s / max(1.0, elapsed_s + self.remaining_s())

    def _run(self, schedule: Schedule, phase_s: Sequence[int] | None) -> None:
        """Remember what the board runs from now on."""
        self.schedule = schedule
        self._phase_s = tuple(phase_s or (phase.duration_s for phase in schedule))

    def _take(self, telemetry: Telemetry, t_s: float) -> Sample:
        kind = None
        if telemetry.phase is not None and telemetry.phase < len(self.schedule):
            kind = self.schedule[telemetry.phase].kind
        state = _STATES[telemetry.state]
        if state is BoardState.COOKING and kind is PhaseKind.WAIT:
            state = BoardState.WAITING
        elif state is BoardState.COOKING and kind is PhaseKind.KEEP_WARM:
            state = BoardState.KEEP_WARM
        sample = Sample(
            t_s=t_s,
            state=state,
            phase_index=telemetry.phase if kind else None,
            kind=kind,
            phase_elapsed_s=float(telemetry.phase_elapsed_s),
            bottom_c=telemetry.bottom_c,
            lid_c=telemetry.lid_c,
            setpoint_c=telemetry.setpoint_c,
            duty_pct=telemetry.duty_pct,
            mains_v=telemetry.mains_v,
            lid_closed=telemetry.lid_closed,
            pot_present=telemetry.pot_present,
            energy_j=telemetry.energy_j,
        )
        self.log.add(sample)
        self._judge(sample, telemetry)
        return sample

    def _judge(self, sample: Sample, telemetry: Telemetry) -> None:
        """Notice that the food is ready, or that the cook is over."""
        if self.log.served_s is None:
            if sample.state is BoardState.KEEP_WARM:
                self.log.served_s = max(0.0, sample.t_s - sample.phase_elapsed_s)
            elif sample.state is BoardState.DONE:
                done_s = sample.t_s if self._finished_s is None else self._finished_s
                self.log.served_s = round(done_s, 1)
        if telemetry.fault is not None and sample.state is BoardState.FAULT:
            self.log.faults.append(telemetry.fault)
            self._note(Note(sample.t_s, Happening.FAULT, telemetry.fault))
            self._end(Outcome.FAULT)
        elif sample.state is BoardState.DONE:
            self._end(Outcome.DONE)
        elif sample.state is BoardState.IDLE:
            self._end(Outcome.CANCELLED)

    def _tell_events(self, telemetry: Telemetry) -> None:
        if telemetry.events < self._events_told:  # the board has been restarted
            self._events_told = 0
        news = self._board.events(self._events_told, telemetry.events)
        self._events_told = telemetry.events
        for event in news:
            t_s = self._clock.now_s() - (telemetry.t_ms - event.t_ms) / 1000
            if event.kind == Happening.FINISHED:
                self._finished_s = t_s
            if event.kind != Happening.FAULT:  # told where the cook ends by it
                detail = "" if event.reason == "none" else event.reason
                self._note(Note(t_s, Happening(event.kind), detail))

    def bear_silence(self, error: LinkError) -> None:
        """Wait for a silent board as long as its schedule may run alone. Raises LinkError."""
        silent_s = self._clock.now_s() - self._contact_s
        longest_s = sum(p.duration_s for p in self.schedule)
        if not self._finish_alone or silent_s > longest_s:
            raise error
        if not self._silent:
            self._silent = True
            self._note(Note(self._clock.now_s(), Happening.LINK_LOST, str(error)))

    def _recover(self, now_s: float) -> None:
        """The board came back without its schedule: go on, if the food has not stood too long."""
        outage_s = now_s - self._contact_s
        left, expected_s = self._left_over(outage_s)
        if self._waits_or_fresh(outage_s) and left:
            self._note(Note(now_s, Happening.POWER_BACK, f"{outage_s:.0f}"))
            self._board.upload(left, self._cook_id)
            self._board.start(self._cook_id)
            self._run(left, expected_s)
            self.log.replans += 1
            self._silent = False
            self._contact_s = now_s
            return
        self._note(Note(now_s, Happening.POWER_LOST, f"{outage_s:.0f}"))
        self.log.faults.append("power_lost")
        self._end(Outcome.FAULT)

    def _waits_or_fresh(self, outage_s: float) -> bool:
        waiting = self.last is not None and self.last.state is BoardState.WAITING
        return waiting or outage_s <= RESUME_WITHIN_S

    def _left_over(self, outage_s: float) -> tuple[Schedule, tuple[int, ...]]:
        """What is left of the schedule after an outage, and its expected lengths: a wait has gone
        on, cooking has not."""
        sample = self.last
        if sample is None or sample.phase_index is None:
            return self.schedule, self._phase_s
        rest, expected_s = self.schedule[sample.phase_index :], self._phase_s[sample.phase_index :]
        spent_s = sample.phase_elapsed_s
        if rest[0].kind in (PhaseKind.WAIT, PhaseKind.KEEP_WARM):
            spent_s += outage_s
        first_s = max(1, round(expected_s[0] - spent_s))
        return (_shortened(rest[0], spent_s), *rest[1:]), (first_s, *expected_s[1:])

    def _end(self, outcome: Outcome) -> None:
        self.log.outcome = outcome


def _shortened(phase: Phase, spent_s: float) -> Phase:
    """A phase less the time it has had already; at least a second of it stays."""
    if phase.until is not Until.TIME:
        return phase
    return replace(phase, duration_s=max(1, round(phase.duration_s - spent_s)))
