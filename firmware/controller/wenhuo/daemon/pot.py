"""The cooker as the dialogue knows it: the power board, brought to what the memory wants.

The state of a cook is never only in this process. What is wanted of it stands in the memory before
the board is told, what the board does is asked of the board; `settle` compares the two and does
what is left to do. It is called after each tool and at each start, so that a daemon killed at any
moment goes on where it was:

    ordered ──begin──▶ waiting ─▶ cooking ─▶ keep_warm ─▶ done
       │                  ▲ ▼        ▲ ▼
       └─(refused)        paused ◀───┘        any of them ─▶ cancelled, fault
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from wenhuo.daemon.news import News
from wenhuo.daemon.times import CookClock, Time
from wenhuo.daemon.view import cook_state, idle_state, readings, replaced_since
from wenhuo.daemon.watcher import ChangeRecord, LetItBe, Watcher
from wenhuo.daemon.wire import Wire
from wenhuo.errors import LinkError
from wenhuo.executive.board_client import Telemetry
from wenhuo.executive.executive import Executive
from wenhuo.executive.records import Note, Outcome, Sample
from wenhuo.memory import Memory
from wenhuo.memory.cooks import CANCELLED, COOKING, PAUSED, Cook
from wenhuo.schedule import PhaseKind, after_waiting

OK = "ok"
LOOK_IDLE_S = 30.0
RETRY_S = 5.0  # a board that does not answer is asked again
_SAVE_S = 60.0  # readings are written so often: one commit a minute spares a memory card
_STALE_S = 600.0  # an order that the board never got is not begun later than this by itself
_KEPT_EVENTS = 32


class BoardPot:
    """One cooker (dialogue.ports.Pot). tell: is given the news."""

    def __init__(
        self,
        memory: Memory,
        wire: Wire,
        time: Time,
        *,
        finish_alone: bool,
        altitude_m: float | None = None,
        tell: Callable[[News], None] = lambda _news: None,
        watcher: Watcher | None = None,
    ) -> None:
        self._memory = memory
        self._wire = wire
        self._time = time
        self._finish_alone = finish_alone
        self._altitude_m = altitude_m
        self._tell = tell
        self._watcher = watcher or LetItBe()
        self._lock = asyncio.Lock()
        self._cook: Cook | None = None
        self._executive: Executive | None = None
        self._seen: Telemetry | None = None
        self._unsaved: list[Sample] = []
        self._notes: list[Note] = []
        self._saved_s = 0.0
        self._settled = False
        self.next_look_s = time.now_s()

    @property
    def is_settled(self) -> bool:
        """Whether the board has been met since this program began."""
        return self._settled

    # What the dialogue asks.

    def state(self) -> dict[str, Any]:
        """As a request says it (request.schema.json, state)."""
        if self._cook is None or self._executive is None:
            return idle_state(self._seen)
        return cook_state(self._cook, self._executive, self._now())

    def sensors(self) -> dict[str, Any]:
        """The latest readings."""
        last = self._executive.last if self._executive is not None else None
        return readings(self._seen, last, self._altitude_m)

    def plan(self) -> dict[str, Any] | None:
        """The plan of the cook that is on (plan.schema.json), with the phases wanted now."""
        if self._cook is None:
            return None
        cook = self._memory.cooks.get(self._cook.id)
        return {**cook.plan, "schedule": [phase.as_json() for phase in cook.schedule]}

    async def settle(self) -> str:
        """Bring the board to what the memory wants; "ok", or why it could not be done."""
        async with self._lock:
            try:
                said = await self._settle()
                self._settled = True
            except LinkError as error:
                said = str(error)
                self._give_up_unbegun()
            self.next_look_s = self._time.now_s()
            return said

    async def stop(self) -> str:
        """Stop whatever the board does, and acknowledge a fault of it."""
        async with self._lock:
            try:
                await self._wire.do(lambda board: board.cancel())
                await self._wire.do(lambda board: board.clear_fault())
                await self._telemetry()
            except LinkError as error:
                return str(error)
            return OK

    # What the loop does.

    async def look(self) -> None:
        """Look at the board, and set when to look again."""
        if not self._settled and await self._recover() != OK:
            self.next_look_s = self._time.now_s() + RETRY_S
            return
        async with self._lock:
            if self._executive is None:
                await self._glance()
            else:
                await self._watch(self._executive)
                if self._executive is None:  # over: what the board does now
                    await self._glance()
            period_s = LOOK_IDLE_S
            if self._executive is not None:
                period_s = self._executive.period_s()
            self.next_look_s = self._time.now_s() + period_s
        await self._ask_watcher()

    async def close(self) -> None:
        """Keep what was seen and hang up; the board cooks on."""
        async with self._lock:
            self._save()
            await self._wire.close()

    async def _recover(self) -> str:
        """The first time: take up what was on when the last daemon ended."""
        async with self._lock:
            try:
                said = await self._settle()
            except LinkError as error:
                return str(error)
            self._settled = True
            if self._cook is not None and self._cook.began_at is not None:
                self._tell(News("back", self._cook))
            return said

    async def _settle(self) -> str:
        cooks = self._memory.cooks.open()
        if not cooks:
            self._release()
            return OK
        seen = await self._telemetry()
        for old in cooks[:-1]:
            await self._drop(old, seen)
        cook = cooks[-1]
        if len(cooks) > 1:
            seen = await self._telemetry()
        if cook.wanted == CANCELLED:
            await self._drop(cook, seen)
            return OK
        await self._hold(cook)
        if cook.began_at is None and seen.cook_id != cook.board_id:
            return await self._begin(cook)
        if cook.began_at is None:  # the daemon died between the board's start and writing it down
            self._memory.cooks.begun(cook.id, self._now())
        if cook.revised_at is not None:
            refused = await self._revise(cook, seen)
            if refused != OK:
                return refused
        await self._pause_or_resume(cook, seen)
        await self._hold(self._memory.cooks.get(cook.id))
        return OK

    async def _drop(self, cook: Cook, seen: Telemetry) -> None:
        """A cook that is wanted no more."""
        on = seen.cook_id == cook.board_id and seen.state in ("cooking", "paused")
        if on:
            await self._wire.do(lambda board: board.cancel())
        elif seen.state == "fault":
            await self._wire.do(lambda board: board.clear_fault())
        self._finish(cook, Outcome.CANCELLED)

    async def _begin(self, cook: Cook) -> str:
        waited_s = self._now() - cook.ordered_at
        schedule = after_waiting(cook.schedule, waited_s)
        if waited_s > _STALE_S and schedule[0].kind is not PhaseKind.WAIT:
            self._finish(cook, Outcome.CANCELLED)
            return "the order is too old to begin unasked"
        executive = self._executive
        assert executive is not None
        phase_s = (schedule[0].duration_s, *cook.phase_s[1:])
        phase_s = phase_s if schedule[0].kind is PhaseKind.WAIT else cook.phase_s
        try:
            await self._wire.use(
                executive, lambda: executive.begin(schedule, phase_s, cook.board_id)
            )
        except LinkError as error:
            with suppress(LinkError):  # it may have started, and only its answer was lost
                await self._wire.do(lambda board: board.cancel())
            self._finish(cook, Outcome.FAULT)
            return str(error)
        with self._memory.transaction():
            self._memory.cooks.begun(cook.id, self._now())
            self._memory.cooks.revise(
                cook.id, schedule=schedule, phase_s=phase_s, about=cook.about, at=None
            )
        await self._hold(self._memory.cooks.get(cook.id))
        return OK

    async def _revise(self, cook: Cook, seen: Telemetry) -> str:
        """Send the schedule that the memory has, unless the board was sent it already."""
        executive = self._executive
        assert executive is not None
        assert cook.revised_at is not None
        before = executive.schedule, executive.phase_s
        if self._settled or not await self._was_replaced(seen, cook.revised_at):
            try:
                await self._wire.use(
                    executive, lambda: executive.revise(cook.schedule, cook.phase_s)
                )
            except LinkError as error:
                about = self._cook.about if self._cook else cook.about
                self._memory.cooks.revise(
                    cook.id, schedule=before[0], phase_s=before[1], about=about, at=None
                )
                return str(error)
        self._memory.cooks.revised(cook.id)
        return OK

    async def _was_replaced(self, seen: Telemetry, since: float) -> bool:
        """Whether the board's own events say that it took a schedule after that moment."""
        first = max(0, seen.events - _KEPT_EVENTS)
        events = await self._wire.do(lambda board: board.events(first, seen.events))
        return replaced_since(since, events, seen, self._now())

    async def _pause_or_resume(self, cook: Cook, seen: Telemetry) -> None:
        if seen.cook_id != cook.board_id:
            return
        if cook.wanted == PAUSED and seen.state == "cooking":
            await self._wire.do(lambda board: board.pause())
        elif cook.wanted == COOKING and seen.state == "paused":
            await self._wire.do(lambda board: board.resume())

    def _give_up_unbegun(self) -> None:
        """Nobody wants a cook that failed to begin to begin by itself, later."""
        for cook in self._memory.cooks.open():
            if cook.began_at is None and cook.wanted == COOKING:
                self._finish(cook, Outcome.FAULT)

    async def _hold(self, cook: Cook) -> None:
        """This is the cook that is on."""
        if self._cook is None or self._cook.id != cook.id or self._executive is None:
            self._release()
            clock = CookClock(self._time, cook.ordered_at)
            board = await self._wire.do(lambda board: board)
            self._executive = Executive(
                board, clock, finish_alone=self._finish_alone, note=self._notes.append
            )
            self._executive.take_up(
                cook.board_id,
                cook.schedule,
                cook.phase_s,
                last=self._memory.cooks.last_sample(cook.id),
                served_s=cook.served_s,
                events_told=cook.events_told,
            )
        self._cook = cook

    def _release(self) -> None:
        self._save()
        self._cook = self._executive = None

    def _finish(self, cook: Cook, outcome: Outcome) -> None:
        if self._cook is not None and self._cook.id == cook.id:
            self._release()
        self._memory.cooks.end(cook.id, outcome.value, self._now())

    async def _glance(self) -> None:
        try:
            await self._telemetry()
        except LinkError:
            self._seen = None

    async def _telemetry(self) -> Telemetry:
        self._seen = await self._wire.do(lambda board: board.telemetry())
        return self._seen

    async def _watch(self, executive: Executive) -> None:
        """A look at the board in the middle of a cook."""
        had = executive.schedule
        served = executive.log.served_s
        try:
            sample = await self._wire.use(executive, executive.look)
            if executive.is_silent:
                await self._wire.do(lambda _board: self._wire.drop())
        except LinkError as error:
            sample = None
            try:
                executive.bear_silence(error)
            except LinkError:
                self._end(executive, Outcome.FAULT, "link")
                return
        if sample is not None:
            self._unsaved.append(sample)
        cook = self._cook
        if cook is None:
            return
        if executive.schedule is not had:  # after a power cut, what was left of it
            self._memory.cooks.revise(
                cook.id,
                schedule=executive.schedule,
                phase_s=executive.phase_s,
                about=cook.about,
                at=None,
            )
            self._cook = self._memory.cooks.get(cook.id)
            self._tell(News("power", cook))
        if served is None and executive.log.served_s is not None:
            self._save()
            self._tell(News("ready", cook))
        if executive.log.outcome is not None:
            faults = executive.log.faults
            self._end(executive, executive.log.outcome, faults[-1] if faults else "")
        elif self._notes or self._now() - self._saved_s >= _SAVE_S:
            self._save()

    def _end(self, executive: Executive, outcome: Outcome, detail: str) -> None:
        cook = self._cook
        if cook is None:
            return
        with self._memory.transaction():
            self._save()
            self._finish(cook, outcome)
        if outcome is Outcome.FAULT:
            self._tell(News("fault", cook, detail))

    def _save(self) -> None:
        """Write down what was seen since the last time, as a whole."""
        cook, executive = self._cook, self._executive
        if cook is None or executive is None:
            return
        with self._memory.transaction():
            self._memory.cooks.seen(
                cook.id,
                self._unsaved,
                self._notes,
                served_s=executive.log.served_s,
                events_told=executive.events_told,
            )
        self._unsaved = []
        self._notes.clear()
        self._saved_s = self._now()

    async def _ask_watcher(self) -> None:
        """Whether whoever watches the pot wants another schedule."""
        executive = self._executive
        sample = executive.last if executive is not None else None
        if self._cook is None or executive is None or sample is None or executive.is_silent:
            return
        cook = self._memory.cooks.get(self._cook.id)
        if cook.revised_at is not None:  # what the board runs is about to change anyhow
            return
        change = await self._watcher.consider(cook, executive, sample)
        if change is None:
            return
        record = ChangeRecord(self._memory, cook)
        if self._executive is not executive or record.is_overtaken():
            self._watcher.undelivered()
            return
        record.ask(change, self._now())
        board = await self.settle()
        record.answered(change, board, ok=board == OK)
        if board != OK:
            self._watcher.undelivered()
        elif change.spoken:
            self._tell(News("changed", cook, change.why))

    def _now(self) -> float:
        return self._time.wall().timestamp()
