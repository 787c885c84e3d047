"""One turn: from the model's words to a judged, timed and checked schedule.

The model's line has two halves (wenhuo.language). Between them it calls back here (interject): what
it understood is completed from memory, menu and readings, judged, and handed on as conditions, for
which it then writes the schedule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wenhuo.agent import revise
from wenhuo.agent.facts import (
    Facts,
    cook_conditions,
    gather,
    running_conditions,
    running_texture,
    warm_conditions,
)
from wenhuo.agent.request import Request
from wenhuo.agent.rules import Verdict, judge_wait, judge_words
from wenhuo.boards import Product
from wenhuo.conditions import Conditions, Known
from wenhuo.errors import EnvelopeError
from wenhuo.intent import Action, Intent, Reason
from wenhuo.language.answer import condition_tokens, schedule_tokens
from wenhuo.language.parse import parse_intent, parse_schedule
from wenhuo.language.prompt import hear
from wenhuo.planning import envelope
from wenhuo.planning.estimate import time_to_ready_s
from wenhuo.planning.programme import programme
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

_CONDITIONS = {
    Action.COOK: cook_conditions,
    Action.ADJUST: running_conditions,
    Action.KEEP_WARM: warm_conditions,
}


@dataclass
class Turn:
    """One request on its way to a plan."""

    request: Request
    product: Product
    facts: Facts | None = None
    verdict: Verdict | None = None
    conditions: Conditions | None = None
    known: Known | None = None
    schedule: Schedule = ()
    from_model: bool = True
    model_failed: bool = False
    late_s: int | None = None
    ready_at: datetime | None = None
    refusal: str | None = None  # why the envelope did not let the model's schedule pass

    def interject(self, tokens: list[str]) -> list[str] | None:
        """What the host writes after the model's first half, and the menu's programme as a guess
        at what the model answers; None: no schedule is wanted."""
        self.take(self._meant(tokens))
        return self.asking()

    def asking(self) -> list[str] | None:
        """What the model writes the phases from: the conditions, and the guess behind them."""
        if self.verdict is not None or self.conditions is None:
            return None
        guess = programme(self.product, self.conditions)  # the model's answer is mostly like it
        return [*condition_tokens(self.conditions), *schedule_tokens(guess)]

    def take(self, intent: Intent) -> None:
        """Complete and judge what was meant; conditions where it needs a schedule."""
        self.facts = gather(intent, self.request, self.product)
        self.verdict = judge_words(self.facts, self.request, self.product)
        if self.verdict is None and self.facts.intent.action in _CONDITIONS:
            conditions, seen = _CONDITIONS[self.facts.intent.action](
                self.facts, self.request, self.product
            )
            # a cook that runs has left behind what was measured at its beginning
            self.conditions, self.known = conditions, None if conditions.from_phase else seen
            self.verdict = self._judge_wait(conditions)

    def _meant(self, tokens: list[str]) -> Intent:
        """The intent that the model wrote, with what it referred to in the words."""
        return parse_intent(hear(self.request.text).written_out(tokens))

    def _judge_wait(self, conditions: Conditions) -> Verdict | None:
        """Whether the food may wait as long as it would have to under the menu's programme."""
        if self.facts is None or self.facts.intent.action is Action.KEEP_WARM:
            return None
        if conditions.from_phase is not None:  # it cooks already
            return None
        if judge_wait(self.request, self.product, self._wait_s(0.0), 0.0) is None:
            return None  # however short the cook; a forecast takes longer than all the rest
        menu_way = programme(self.product, conditions)
        cook_s = time_to_ready_s(menu_way, self.product, conditions, self.known)
        return judge_wait(self.request, self.product, self._wait_s(cook_s), cook_s)

    def _wait_s(self, cook_s: float) -> float:
        """How long to wait before heating, s; negative where the deadline cannot be met."""
        if self.facts is None:
            return 0.0
        deadline = self._deadline()
        if deadline is not None:
            return (deadline - self.request.now).total_seconds() - cook_s
        if self.facts.start_at is not None:
            return (self.facts.start_at - self.request.now).total_seconds()
        return 0.0

    def _deadline(self) -> datetime | None:
        """When the food is wanted: as said now, or as a waiting cook was promised."""
        if self.facts is None or self.facts.ready_at is not None:
            return self.facts.ready_at if self.facts else None
        promised = self.request.state.ready_at
        if self.facts.intent.action is Action.ADJUST and promised:
            return promised
        return None

    def _done_s(self, conditions: Conditions) -> float:
        """How much of the running phase on is done already: the menu's time less what is left."""
        left_s = self.request.state.remaining_s
        if conditions.from_phase is None or left_s is None:
            return 0.0
        dish = self.product.dish(conditions.dish)
        before = replace(conditions, texture=dish.meant(running_texture(self.request, dish.id)))
        menu_way = programme(self.product, before)
        return max(0.0, time_to_ready_s(menu_way, self.product, before) - left_s)

    def finish(self, tokens: list[str]) -> None:
        """Take the model's schedule if the envelope lets it pass, the menu's otherwise."""
        if self.facts is None:
            self.take(self._meant(tokens))
        if self.verdict is not None or self.conditions is None:
            return
        try:
            self.schedule = self._timed(parse_schedule(tokens), self.conditions)
            envelope.check(self.schedule, self.product, self.conditions, self.known)
        except EnvelopeError as error:
            self.refusal = str(error)
            self._use_the_menu()

    def stand_in(self, intent: Intent) -> None:
        """Finish without the model, which failed: what it understood before that is kept, else
        `intent` is taken; the schedule is the menu's."""
        self.from_model, self.model_failed = False, True
        if self.facts is None:
            self.take(intent)
        if self.verdict is None and self.conditions is not None:
            self._use_the_menu()

    def _use_the_menu(self) -> None:
        if self.conditions is None:
            return
        self.from_model = False
        menu_way = programme(self.product, self.conditions)
        try:
            self.schedule = self._timed(menu_way, self.conditions)
            envelope.check(self.schedule, self.product, self.conditions, self.known)
        except EnvelopeError as error:  # no way of doing what was asked, such as nine hours less
            self.refusal, self.schedule = str(error), ()
            self.verdict = Verdict(Action.REFUSE, Reason.UNSAFE, "unsafe", {})

    def _timed(self, schedule: Schedule, conditions: Conditions) -> Schedule:
        """The schedule with what was said about it applied and its wait filled in."""
        if self.facts is None:
            return schedule
        phases = tuple(p for p in schedule if p.kind is not PhaseKind.WAIT)
        phases = revise.shortened(phases, self._done_s(conditions))
        phases = revise.apply(phases, self.facts)
        cook_s = time_to_ready_s(phases, self.product, conditions, self.known)
        wait_s = self._wait_s(cook_s)
        if self._deadline() is not None:
            self.late_s = max(0, round(-wait_s))
        self.ready_at = self.request.now + timedelta(seconds=max(0.0, wait_s) + cook_s)
        if wait_s < 1 or conditions.from_phase is not None:
            return phases
        return (Phase(PhaseKind.WAIT, None, 0, round(wait_s), Until.TIME), *phases)
