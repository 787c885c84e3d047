"""The twin as a power board, without processes and link: a cook in some milliseconds a look.

Plant and board run compiled, a second at a time, with the physics of the plant and the control of
the batch; ADC, sensor noise and the board's safety layers are left out (a pot that is missing too
long excepted). The executive talks to it as to any board, so that whatever watches a cook can be
run over many of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wenhuo.errors import LinkError
from wenhuo.executive.board_client import BoardEvent, BoardIdentity, Telemetry
from wenhuo.schedule import PhaseKind, Schedule
from wenhuo_link import protocol as wire
from wenhuo_tools.twin.batch import TICKS_PER_S, _phase_rows
from wenhuo_tools.twin.control import (
    HISTORY_S,
    SETTLE_S,
    demand,
    enter_phase,
    new_control,
    sense_second,
    start_cook,
)
from wenhuo_tools.twin.engine import Engine, Scenario
from wenhuo_tools.twin.food import Outcome
from wenhuo_tools.twin.jit import compiled
from wenhuo_tools.twin.kernel import Record, step

IDLE, COOKING, PAUSED, DONE, FAULT = range(5)
_STATES = ("idle", "cooking", "paused", "done", "fault")
POT_MISSING_S = 300  # the board gives up (firmware/power_board/safety.py)
SAVED_EVERY_S = 60  # its progress in flash is that old at most (progress.py)
_HOT_C, _WARM_C, _SAME_K = 60.0, 40.0, 2.0  # its rule for going on after a cut

RUN_DTYPE = np.dtype(
    [(name, np.int64) for name in ("state", "index", "phase_s", "total_s", "pot_out_s", "by_own")]
)


@compiled
def _board_second(s: Record, p: Record, c: Record, phase: Record) -> bool:
    """A cooking board's second after the plant's; True where the phase's condition came true."""
    full_w = p.rated_w * (s.mains_v / p.rated_v) ** 2
    if s.pot_present > 0.5:
        return bool(sense_second(c, phase, s.ntc_bottom_c, s.ntc_lid_c, s.lid_closed > 0.5, full_w))
    c.seconds += 1.0  # what the sensors say without the pot tells nothing of the food
    c.history_c[int(c.seconds) % HISTORY_S] = s.ntc_bottom_c
    c.settle_s, c.settle_from_c, c.steady_s = SETTLE_S, c.plateau_c, 0.0
    return False


@compiled
def run_board(  # noqa: PLR0917 (numba calls by position)
    state: Record, params: Record, phases: Record, run: Record, control: Record, seconds: int
) -> int:
    """Let at most so many seconds pass, not past the end of a phase; how many passed."""
    s, p, c, r = state[0], params[0], control[0], run[0]
    for second in range(seconds):
        live = r.state == COOKING and s.pot_present > 0.5
        for _ in range(TICKS_PER_S):
            step(s, p, c.duty if live else 0.0, live, 1.0 / TICKS_PER_S)
        if r.state != COOKING:
            continue
        phase = phases[r.index]
        r.pot_out_s = 0 if s.pot_present > 0.5 else r.pot_out_s + 1
        if r.pot_out_s >= POT_MISSING_S:
            r.state = FAULT
            return second + 1
        over = _board_second(s, p, c, phase)
        r.phase_s += 1
        r.total_s += 1
        if over or r.phase_s >= phase.duration_s:
            r.by_own = 1 if over else 0
            r.index += 1
            r.phase_s = 0
            if r.index >= len(phases):
                r.state = DONE
                c.duty = 0.0
            else:
                enter_phase(c)
                demand(c, phases[r.index], s.ntc_bottom_c, p.rated_w * (s.mains_v / p.rated_v) ** 2)
            return second + 1
        demand(c, phase, s.ntc_bottom_c, p.rated_w * (s.mains_v / p.rated_v) ** 2)
    return seconds


class FastBoard(Engine):
    """Plant and power board in one; it is also the clock by which the executive runs.

    silent: while True, telemetry raises LinkError, as behind a cable that spoils everything.
    """

    def load(self, scenario: Scenario) -> None:
        """A cold plant and a board that has never cooked, at t = 0."""
        super().load(scenario)
        self.silent = False
        self._control = new_control(scenario.cooker.assumed_loss_w_k, scenario.cooker.rated_w)
        self._run = np.zeros(1, RUN_DTYPE)
        self._cook_id = 0
        self._phases: Schedule = ()
        self._incoming: Schedule = ()
        self._rows = _phase_rows(())
        self._log: list[BoardEvent] = []
        self._wanted_s = 0.0
        self._booted_ms = 0
        self._energy_from_j = 0.0
        self._pause_duty = 0.0

    # The clock.

    def now_s(self) -> float:
        """Plant time, s."""
        return self._wanted_s

    def sleep(self, duration_s: float) -> None:
        """Let plant and board run on."""
        self._wanted_s += max(0.0, duration_s)
        until_ms = int(self._wanted_s) * 1000
        while self._base_ms < until_ms:
            self._advance_to(until_ms)

    def _advance_to(self, until_ms: int) -> None:
        if self._events:
            until_ms = min(until_ms, max(self._events[0].at_ms, self._base_ms + 1000))
        seconds = max(1, (until_ms - self._base_ms) // 1000)
        before = self._switches()
        r = self._run[0]
        phase, state = int(r["index"]), int(r["state"])
        used = run_board(self._trail, self._params, self._rows, self._run, self._control, seconds)
        self._base_ms += used * 1000
        if state == COOKING and int(r["state"]) == FAULT:
            self._emit("fault", phase, "pot_missing")
        elif state == COOKING and (int(r["index"]) != phase or int(r["state"]) != state):
            until = self._phases[phase].until.value
            self._emit("phase_ended", phase, until if r["by_own"] or until == "time" else "limit")
            if int(r["state"]) == DONE:
                self._emit("finished", phase)
        self._apply_due()
        for kind, was, now in zip(_SWITCH_EVENTS, before, self._switches(), strict=True):
            if was != now:
                self._emit(kind[int(now)], int(r["index"]))

    def _switches(self) -> tuple[bool, bool]:
        s = self._trail[0]
        return bool(s["lid_closed"] > 0.5), bool(s["pot_present"] > 0.5)

    def _emit(self, kind: str, phase: int | None, reason: str = "none") -> None:
        t_ms = self._base_ms - self._booted_ms
        self._log.append(BoardEvent(len(self._log), t_ms, kind, phase, reason))

    # The board, as the executive knows it.

    def connect(self) -> BoardIdentity:
        """Who is there. Raises LinkError where the cable is bad."""
        self._answer()
        return BoardIdentity("fast", "0", 0, wire.MAX_PHASES, "power_on")

    def _answer(self) -> None:
        if self.silent:
            raise LinkError("the twin's board does not answer; wait for the end of the noise")

    def upload(self, schedule: Schedule, cook_id: int) -> None:
        """Give it a new schedule."""
        self._answer()
        self._incoming, self._incoming_id = schedule, cook_id

    def start(self, cook_id: int) -> None:
        """Start what was uploaded last."""
        self._answer()
        self._cook_id = cook_id
        self._take(self._incoming)
        start_cook(self._control[0])
        self._run["state"], self._run["total_s"] = COOKING, 0
        self._energy_from_j = float(self._trail[0]["energy_j"])
        self._emit("started", 0)

    def replace(self, schedule: Schedule, cook_id: int) -> None:
        """Exchange what is left of the running schedule. Raises LinkError where none runs."""
        self._answer()
        if int(self._run[0]["state"]) not in (COOKING, PAUSED) or cook_id != self._cook_id:
            raise LinkError("the twin's board refused SCHED_BEGIN: bad_state; start a cook first")
        self._take(schedule)
        self._emit("replaced", 0)

    def _take(self, schedule: Schedule) -> None:
        self._phases, self._rows = schedule, _phase_rows(schedule)
        self._run["index"], self._run["phase_s"] = 0, 0
        enter_phase(self._control[0])

    def pause(self) -> None:
        """Heater off, phase clock stopped."""
        self._run["state"] = PAUSED
        self._control["duty"] = 0.0
        self._emit("paused", int(self._run[0]["index"]))

    def resume(self) -> None:
        """Go on after a pause."""
        self._run["state"] = COOKING
        self._emit("resumed", int(self._run[0]["index"]))

    def cancel(self) -> None:
        """Drop the schedule."""
        self._run["state"] = IDLE
        self._control["duty"] = 0.0

    def telemetry(self) -> Telemetry:
        """How things stand now. Raises LinkError where the cable is bad."""
        self._answer()
        s, r = self._trail[0], self._run[0]
        index, state = int(r["index"]), int(r["state"])
        running = state in (COOKING, PAUSED, FAULT) and index < len(self._phases)
        lid, pot = self._switches()
        return Telemetry(
            t_ms=self._base_ms - self._booted_ms,
            cook_id=self._cook_id,
            state=_STATES[state],
            phase=index if running else None,
            phase_elapsed_s=int(r["phase_s"]),
            total_elapsed_s=int(r["total_s"]),
            bottom_c=round(float(s["ntc_bottom_c"]), 2),
            lid_c=round(float(s["ntc_lid_c"]), 2),
            setpoint_c=self._phases[index].target_c if running else None,
            duty_pct=round(100 * float(self._control[0]["duty"]), 1),
            energy_j=round(float(s["energy_j"]) - self._energy_from_j),
            mains_v=round(float(s["mains_v"]), 1),
            lid_closed=lid,
            pot_present=pot,
            fault="pot_missing" if state == FAULT else None,
            events=len(self._log),
        )

    def events(self, first: int, count: int) -> list[BoardEvent]:
        """Its events from number `first` to before `count`."""
        return self._log[first:count]

    # What happens to it.

    def power_cut(self, for_s: float) -> None:
        """No power for a while: the food cools, the board starts again and goes on by its rule."""
        r = self._run[0]
        was_c, state = float(self._trail[0]["ntc_bottom_c"]), int(r["state"])
        self._run["state"] = IDLE
        self.sleep(for_s)
        self._booted_ms = self._base_ms
        self._log = []
        self._control = new_control(
            self.scenario.cooker.assumed_loss_w_k, self.scenario.cooker.rated_w
        )
        start_cook(self._control[0])
        if state not in (COOKING, PAUSED):
            self._run["state"] = state if state == FAULT else IDLE
            return
        kind, now_c = self._phases[int(r["index"])].kind, float(self._trail[0]["ntc_bottom_c"])
        stays = now_c >= _HOT_C or (now_c >= _WARM_C and was_c - now_c <= _SAME_K)
        if kind is PhaseKind.WAIT or not stays:
            self._cook_id = 0
            self._emit("cut_refused", None)
            return
        self._run["state"] = state
        self._run["phase_s"] -= int(r["phase_s"]) % SAVED_EVERY_S
        self._emit("cut_resumed", int(r["index"]))

    def play(self, event: Mapping[str, Any]) -> None:
        """Queue an event of the plant (scenario.schema.json). Raises RigError."""
        self.add_event(dict(event))

    def food(self) -> Outcome:
        """What the food is now."""
        return self.truth()[1]


_SWITCH_EVENTS = (("lid_opened", "lid_closed"), ("pot_out", "pot_in"))
