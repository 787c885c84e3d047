"""The daemon's watcher: a cook's watch (wenhuo.agent.watch), fed with every sample.

A watch is begun with its cook, from what the order's record says. A daemon that starts in the
middle of a cook rebuilds it from the records: the readings that were kept, and what the household
and the watch itself changed on the way; what happened unseen is taken from the energy that the
board counts. Without readings the watch begins afresh, with what the forecast makes of the time
that has passed.

Forecasts and the model take their time, so a watch thinks in a thread. The daemon waits a little
for it; an answer that comes later is given at a later look, if the phase it was made for still
runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from wenhuo.agent import replies
from wenhuo.agent import watch as agent
from wenhuo.agent.facts import menu_dry_g
from wenhuo.agent.watch.asking import by_model
from wenhuo.agent.watch.remains import left_of
from wenhuo.boards import Product
from wenhuo.conditions import read_conditions
from wenhuo.daemon.times import Time
from wenhuo.daemon.watcher import REPLAN, Change
from wenhuo.dialogue.tools import Adjust, CookIt
from wenhuo.errors import WenhuoError
from wenhuo.executive.executive import Executive
from wenhuo.executive.records import BoardState, Sample
from wenhuo.intent import Texture
from wenhuo.llm.generation import Scheduler
from wenhuo.memory import Memory
from wenhuo.memory.calls import Call
from wenhuo.memory.cooks import Cook
from wenhuo.schedule import PhaseKind, Schedule, read_schedule

_LOG = logging.getLogger(__name__)
PATIENCE_S = 5.0  # of the machine's time; a quarter of the service manager's watchdog
_SAME_LOOK_S = 1.0  # a change is made at once after the look that it answers, not before it
_IN_TIME_S = 60.0

_Look = tuple[Sample, Schedule]


@dataclass(slots=True)
class _Thought:
    """A watch at work on a look. task: gives the Change that it comes to."""

    sample: Sample
    running: Schedule
    task: asyncio.Future[agent.Change | None]


@dataclass(slots=True)
class _Watched:
    """A cook and its watch, None where this cook cannot be watched. calls: how many calls about it
    are known; seen_s: the latest look; looks: those that the watch was too busy for."""

    cook: int
    watch: agent.Watch | None
    calls: int
    seen_s: float
    schedule: Schedule
    looks: list[_Look] = field(default_factory=list)
    thought: _Thought | None = None


class Watching:
    """A Watcher (wenhuo.daemon.watcher)."""

    def __init__(
        self,
        product: Product,
        model: Scheduler,
        memory: Memory,
        time: Time,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """model: asked for the phases; where it has none in time, the menu's rule is. patience_s:
        how long a look may be held up, s of the machine's time."""
        self._product, self._memory, self._time = product, memory, time
        self._ask = by_model(model)
        self._patience_s = patience_s
        self._held: _Watched | None = None
        self._turn = asyncio.Lock()

    async def consider(self, cook: Cook, executive: Executive, sample: Sample) -> Change | None:
        """What the watch wants changed after this look, or None."""
        async with self._turn:
            held = self._held
            if held is None or held.cook != cook.id:
                held = self._held = await self._begin(cook)
            if sample.t_s > held.seen_s:  # else the board was silent, and this look is known
                held.seen_s = sample.t_s
                held.looks.append((sample, executive.schedule))
            if held.watch is not None and held.thought is None and held.looks:
                await self._hear(cook, held, held.watch)
                looks, held.looks = held.looks, []
                task = asyncio.ensure_future(asyncio.to_thread(_see, held.watch, looks))
                held.thought = _Thought(*looks[-1], task)
        return await self._answer(cook, executive, held)

    def undelivered(self) -> None:
        """The next look makes the Change again, if it still is one."""
        if self._held is not None and self._held.watch is not None:
            self._held.watch.undelivered()

    async def _answer(self, cook: Cook, executive: Executive, held: _Watched) -> Change | None:
        """What the watch came to, as soon as it has."""
        thought, watch = held.thought, held.watch
        if thought is None or watch is None:
            return None
        await asyncio.wait({thought.task}, timeout=self._patience_s)
        if not thought.task.done() or held.thought is not thought:
            return None
        held.thought = None
        try:
            made = thought.task.result()
        except Exception:  # whatever is wrong with a watch, the cook goes on as planned
            _LOG.exception("cook %d: its watch failed; nobody watches it now", cook.id)
            held.watch = None
            return None
        if made is None:
            return None
        last = executive.last
        same = last is not None and last.phase_index == thought.sample.phase_index
        if executive.schedule is not thought.running or not same:
            watch.undelivered()
            return None
        held.schedule = made.schedule
        return self._told(cook, watch, made, thought)

    def _told(
        self, cook: Cook, watch: agent.Watch, made: agent.Change, thought: _Thought
    ) -> Change:
        now = self._time.wall()
        left_s = sum(
            length
            for phase, length in zip(made.schedule, made.phase_s, strict=True)
            if phase.kind is not PhaseKind.KEEP_WARM
        )
        ready = now + timedelta(seconds=left_s)
        lang = cook.about.get("lang", "en")
        why = agent.sentence(
            made,
            left_of(thought.running, thought.sample),
            lang,
            replies.moment_words(ready, now, lang),
        )
        expected_at = ready.isoformat(timespec="seconds")
        return Change(
            schedule=made.schedule,
            phase_s=made.phase_s,
            why=why,
            spoken=_is_news(made, thought.sample),
            about={"expected_at": expected_at},
            arguments=_arguments(watch, made, expected_at),
        )

    # What the household and the records say.

    async def _hear(self, cook: Cook, held: _Watched, watch: agent.Watch) -> None:
        """Take over what people have changed since the last look."""
        if cook.schedule == held.schedule:
            return
        held.schedule = cook.schedule
        calls = self._memory.calls.of_cook(cook.id)
        for call in calls[held.calls :]:
            if call.tool == Adjust.name:
                await asyncio.to_thread(_adjust, watch, cook, call)
        held.calls = len(calls)

    async def _begin(self, cook: Cook) -> _Watched:
        calls = self._memory.calls.of_cook(cook.id)
        samples = self._memory.cooks.samples(cook.id)
        liked = self._memory.likes.of(cook.dish) if cook.dish else {}
        water_share = float(liked.get("water_pct", 100)) / 100
        try:
            watch = await asyncio.to_thread(self._rebuilt, cook, calls, samples, water_share)
        except (WenhuoError, KeyError, ValueError) as error:  # a record of another version
            _LOG.warning("cook %d: it cannot be watched: %s", cook.id, error)
            watch = None
        if samples and watch is not None:
            _LOG.info("cook %d: its watch is rebuilt from %d readings", cook.id, len(samples))
        seen_s = samples[-1].t_s if samples else float("-inf")
        return _Watched(cook.id, watch, len(calls), seen_s, cook.schedule)

    def _rebuilt(
        self, cook: Cook, calls: Sequence[Call], samples: Sequence[Sample], water_share: float
    ) -> agent.Watch | None:
        """The watch as it would be had this program run all the time; None for what is no cook of
        the menu's from its beginning, such as keeping something warm."""
        order = next(
            (c for c in calls if c.tool == CookIt.name and "believed" in c.arguments), None
        )
        if order is None or order.plan is None:
            return None
        conditions = read_conditions(order.arguments["believed"])
        if conditions.from_phase is not None or conditions.dish not in self._product.menu:
            return None
        schedule = read_schedule(order.plan["schedule"])
        watch = agent.Watch(
            self._product,
            conditions,
            tuple(phase for phase in schedule if phase.kind is not PhaseKind.WAIT),
            self._ask,
            dry_g=menu_dry_g(self._product.dish(conditions.dish), order.plan),
            ready_s=_wanted_s(cook, order, order.plan["ready_at"]),
            water_share=water_share,
        )
        _recall(watch, cook, schedule, calls, samples)
        return watch


def _see(watch: agent.Watch, looks: Sequence[_Look]) -> agent.Change | None:
    for sample, schedule in looks[:-1]:
        watch.recall(sample, schedule)
    return watch.see(*looks[-1])


def _recall(
    watch: agent.Watch,
    cook: Cook,
    schedule: Schedule,
    calls: Sequence[Call],
    samples: Sequence[Sample],
) -> None:
    """Go through what was seen and changed, in order. schedule: as it was ordered."""
    changes = [c for c in calls if c.tool in (Adjust.name, REPLAN) and c.board in ("ok", "asked")]
    last: Sample | None = None
    for sample in samples:
        while changes and changes[0].at - cook.ordered_at + _SAME_LOOK_S <= sample.t_s:
            call = changes.pop(0)
            schedule = _schedule_of(call) or schedule
            if call.tool == Adjust.name:
                _adjust(watch, cook, call)
            elif last is not None:
                watch.recall_change(last)
        watch.recall(_aligned(sample, schedule), schedule)
        last = sample
    for call in changes:  # in the minute whose readings were lost
        if call.tool == Adjust.name:
            _adjust(watch, cook, call)
        elif last is not None:
            watch.recall_change(last)


def _aligned(sample: Sample, schedule: Schedule) -> Sample:
    """The sample with its phase's place in this schedule: a wait that was over and a power cut
    leave phases out that the record still has."""
    index = sample.phase_index
    if index is not None and index < len(schedule) and schedule[index].kind is sample.kind:
        return sample
    places = (i for i, phase in enumerate(schedule) if phase.kind is sample.kind)
    return replace(sample, phase_index=next(places, None))


def _schedule_of(call: Call) -> Schedule:
    phases = call.arguments.get("schedule") or (call.plan or {}).get("schedule") or ()
    return read_schedule(phases)


def _adjust(watch: agent.Watch, cook: Cook, call: Call) -> None:
    """What somebody wanted changed: another texture or time is the watch's to see to; more time or
    less fire is in the schedule already."""
    adjust = (call.plan or {}).get("adjust")
    if call.plan is None or adjust is None:
        return
    texture = call.arguments.get("believed", {}).get("texture") if adjust["texture"] else None
    ready_s = _wanted_s(cook, call, adjust["ready_at"])
    if texture is not None or ready_s is not None:
        watch.wish(texture=Texture(texture) if texture else None, ready_s=ready_s)
    if (adjust["extra_min"] or adjust["power"]) and call.plan["schedule"]:
        watch.took(read_schedule(call.plan["schedule"]))


def _wanted_s(cook: Cook, call: Call, ready_at: str | None) -> float | None:
    """When the food is wanted, s after the order; where that was too soon, when it was promised."""
    if ready_at is None:
        return None
    if call.plan is not None and call.plan["late_s"]:
        ready_at = call.arguments.get("believed", {}).get("expected_at") or ready_at
    return datetime.fromisoformat(ready_at).timestamp() - cook.ordered_at


def _is_news(made: agent.Change, sample: Sample) -> bool:
    """Whether anybody need hear of it: who asked for it has had an answer, unless it cannot be so,
    and what only keeps the time that was promised is what was promised."""
    if agent.cannot_wait(made):
        return True
    kinds = {parting.kind for parting in made.why}
    in_time = made.late_s is not None and made.late_s < _IN_TIME_S
    kept = sample.state is BoardState.WAITING or (kinds == {agent.Kind.SLIP} and in_time)
    return not kept and kinds != {agent.Kind.WISH}


def _arguments(watch: agent.Watch, made: agent.Change, expected_at: str) -> dict[str, Any]:
    """For the record: what was believed, what parted, what was decided and by whom."""
    belief = watch.belief
    return {
        "believed": {
            **asdict(made.conditions),
            "dry_g": round(belief.lump.dry_g),
            "water_g": round(belief.water_g) if belief.water_known else None,
            "expected_at": expected_at,
        },
        "why": {parting.kind.value: round(parting.amount, 3) for parting in made.why},
        "schedule": [phase.as_json() for phase in made.schedule],
        "by": "model" if made.by_model else "rule",
        "problem": None if made.by_model else watch.problem,
    }
