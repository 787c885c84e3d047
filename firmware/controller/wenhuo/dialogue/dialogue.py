"""A turn of talk: questions that wait, corrections, follow-ups; then the planner, then the tools.

The order of the checks is the order of how sure they are: words that are an answer to a question of
ours, words whose form alone says what they are (cues.py), then the model. What a sentence leaves
out is completed from the same speaker's last order (merge.py), never from somebody else's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from wenhuo.agent import replies
from wenhuo.agent.alone import dish_named
from wenhuo.agent.planner import Planned, Understood
from wenhuo.dialogue import tools
from wenhuo.dialogue.cues import read_cues
from wenhuo.dialogue.decide import Heard, decide
from wenhuo.dialogue.hands import Hands
from wenhuo.dialogue.keeping import Keeper
from wenhuo.dialogue.merge import clock_at, slots_of
from wenhuo.dialogue.ports import Answer, Exchange, Mind, Pot, Said
from wenhuo.dialogue.record import Recorder
from wenhuo.dialogue.thread import Question, Thread, Topic
from wenhuo.intent import Action, Intent
from wenhuo.language.certain import certain_action
from wenhuo.language.parse import parse_intent
from wenhuo.memory import Memory
from wenhuo.memory.cooks import Cook

_NEW = (Action.COOK, Action.REMEMBER)
_AT_ONCE = (Action.CANCEL, Action.PAUSE)
_EARLY_S = 600.0  # a cook's first ten minutes: the water is not hot yet
_IDLE: dict[str, Any] = {"mode": "idle"}


class Dialogue:
    """Talk with a household. One turn at a time, but "stop" waits for nobody's turn."""

    def __init__(self, memory: Memory, mind: Mind, pot: Pot) -> None:
        self._memory = memory
        self._mind = mind
        self._pot = pot
        self._record = Recorder(memory)
        self._hands = Hands(memory, pot, mind.product, self._record)
        self._keeper = Keeper(memory, mind.product, self._record)
        self._turn = asyncio.Lock()
        self._epoch = 0

    async def hear(self, said: Said) -> Answer:
        """Do what was said, and what to say back."""
        kept = self._memory.calls.by_message(said.message) if said.message else None
        if kept is not None:
            return Answer(kept.reply, kept.tool, kept.arguments, kept.id)
        x = self._exchange(said)
        at_once = certain_action(said.text)
        if at_once in _AT_ONCE and not self._is_an_answer(x):
            if x.cook is not None:
                self._epoch += 1
                return await self._hands.turn(x, at_once, x.cook, replies.say(at_once, said.lang))
            if at_once is Action.CANCEL and x.mode != "idle":
                return await self._hands.stop(x)
            if at_once is Action.CANCEL and self._turn.locked():  # somebody may just begin one
                self._epoch += 1
                reply = replies.say(Action.CANCEL, said.lang)
                return self._record.call(x, tools.Cancel(), reply)
        async with self._turn:
            x = self._exchange(said)
            answer = await self._answer_to_question(x)
            if answer is None:
                answer = await self._by_form(x)
            return answer or await self._by_meaning(x)

    def _exchange(self, said: Said) -> Exchange:
        thread = Thread.from_json(said.speaker, self._memory.thread(said.speaker))
        thread.expire(said.now_s)
        open_cooks = self._memory.cooks.open()
        cook = open_cooks[-1] if open_cooks else None
        state = self._pot.state()
        mode = str(state["mode"])
        early = mode == "waiting" or (state.get("elapsed_s") or 0.0) <= _EARLY_S
        return Exchange(said, thread, read_cues(said.text), cook, self._epoch, mode, early)

    # Answers to a question of ours.

    def _is_an_answer(self, x: Exchange) -> bool:
        """Whether a word that may stop the cooker is a no to our question, or to nothing."""
        return "bare_no" in x.cues or ("no" in x.cues and x.thread.question is not None)

    async def _answer_to_question(self, x: Exchange) -> Answer | None:
        yes, no = "yes" in x.cues, "no" in x.cues or "bare_no" in x.cues
        question = x.thread.question
        if not (yes or no):
            return None
        if question is None:
            if "bare_no" not in x.cues and certain_action(x.said.text) is not None:
                return None
            return self._record.call(x, tools.Ask(""), replies.say("nothing_asked", x.said.lang))
        x.thread.question = None
        return await self._yes(x, question) if yes else self._no(x, question)

    async def _yes(self, x: Exchange, question: Question) -> Answer:
        if question.topic is Topic.REMEMBER and question.like is not None:
            return self._keeper.remember_offer(x, question.like)
        if question.topic is Topic.FORGET_ALL:
            return self._keeper.forget_all(x)
        if question.topic is Topic.DISH or question.intent is None:
            return self._record.ask(x, replace(question, at=x.said.now_s), "missing_dish")
        return await self._carry(x, question.intent, replacing=True)

    def _no(self, x: Exchange, question: Question) -> Answer:
        if question.topic is Topic.REMEMBER and question.like is not None:
            return self._keeper.decline(x, question.like)
        lang = x.said.lang
        if question.topic is Topic.FORGET_ALL:
            return self._keeper.recall(x)
        x.thread.order = None
        if x.cook is not None and x.cook.dish is not None:
            name = replies.dish_name(self._mind.product.dish(x.cook.dish), lang)
            return self._record.call(x, tools.Status(), replies.say("kept", lang, dish=name))
        return self._record.call(x, tools.Cancel(), replies.say("dropped", lang))

    # What the form of the words says.

    async def _by_form(self, x: Exchange) -> Answer | None:
        cues, keeper = x.cues, self._keeper
        certain = certain_action(x.said.text)
        if "timer_off" in cues and keeper.has_timers(x):
            return keeper.stop_timers(x)
        if certain is Action.CANCEL and x.thread.question is not None and x.cook is None:
            return self._no(x, x.thread.question)
        if certain is not None:
            return None
        rules: list[tuple[bool, Callable[[Exchange], Answer]]] = [
            ("timer" in cues and not self._names_dish(x), keeper.timer),
            ("recall" in cues, keeper.recall),
            ("forget" in cues, keeper.forget),
        ]
        for applies, rule in rules:
            if applies:
                return rule(x)
        return self._meal_talk(x)

    def _names_dish(self, x: Exchange) -> bool:
        return dish_named(x.said.text, self._mind.product) is not None

    def _meal_talk(self, x: Exchange) -> Answer | None:
        """How the food was, said when it has been served."""
        cues = x.cues
        if cues.complaint is None and "praise" not in cues:
            return None
        served = x.cook is None or x.mode == "keep_warm"
        meal = self._keeper.meal(x) if served and "order" not in cues else None
        return self._keeper.outcome(x, meal, cues.complaint) if meal else None

    # What the model makes of the words.

    async def _by_meaning(self, x: Exchange) -> Answer:
        state = self._pot.state()
        base = x.thread.base(x.cook.id if x.cook else None, x.said.now_s)
        plain = await self._understand(x, state)
        base = base or self._last_order(x, plain.intent)
        other = None
        if x.cook is not None and (base or "usual" in x.cues or plain.intent.action in _NEW):
            other = await self._understand(x, _IDLE)
        elif base is not None and x.cook is None:
            other = await self._understand(x, {"mode": "waiting", "dish": base.dish})
        bare, mid = (other, plain) if x.cook is not None else (plain, other)
        heard = Heard(plain.intent, bare.intent if bare else None, mid.intent if mid else None)
        decided = decide(heard, base, x, self._mind.product, self._memory)
        if decided.intent.action is Action.REMEMBER:
            return self._keeper.remember(x, decided.intent)
        return await self._carry(x, decided.intent, correcting=decided.correcting)

    def _last_order(self, x: Exchange, plain: Intent) -> Intent | None:
        """For "the same as last time": the last cook's order, without its time."""
        same = "same" in x.cues or ("again" in x.cues and plain.dish is None)
        last = self._memory.cooks.last() if same else None
        if last is None:
            return None
        return replace(parse_intent(last.intent), ready=None, start=None)

    async def _understand(self, x: Exchange, state: dict[str, Any]) -> Understood:
        request = self._request(x, state)
        understood = await self._mind.understand(request)
        x.requests.append(request)
        x.lines.append(list(understood.line))
        return understood

    def _request(self, x: Exchange, state: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": x.said.message or "1",
            "text": x.said.text,
            "now": x.said.at.isoformat(timespec="seconds"),
            "state": state,
            "sensors": self._pot.sensors(),
        }

    # Doing it.

    async def _carry(
        self, x: Exchange, intent: Intent, *, correcting: bool = False, replacing: bool = False
    ) -> Answer:
        """Plan what was meant and call its tool."""
        request = self._request(x, self._pot.state())
        if intent.dish is not None and intent.action is Action.COOK:
            likes = self._memory.likes.of(intent.dish)
            request["memory"] = {intent.dish: likes} if likes else {}
        planned = await self._mind.carry_out(request, intent)
        x.requests.append(request)
        x.lines.append(list(planned.line))
        if self._epoch != x.epoch:
            reply = replies.say("overtaken", x.said.lang)
            return self._record.call(x, tools.Refuse(None), reply, planned=planned)
        return await self._call(x, planned, intent, correcting=correcting, replacing=replacing)

    async def _call(
        self, x: Exchange, planned: Planned, intent: Intent, *, correcting: bool, replacing: bool
    ) -> Answer:
        action = Action(planned.plan["action"])
        if planned.verdict is not None and planned.verdict.say == "unsafe_wait":
            return self._offer_later(x, planned, intent)
        if action is Action.ASK:
            x.thread.order, x.thread.at, x.thread.cook = None, x.said.now_s, None
            pending = replace(intent, action=Action.COOK, reason=None)
            question = Question(Topic.DISH, x.said.now_s, pending)
            return self._record.ask(x, question, "missing_dish", planned=planned)
        if action is Action.COOK or (action is Action.KEEP_WARM and x.cook is None):
            kept = x.cook is not None and x.mode in ("waiting", "cooking", "paused")
            if x.cook is not None and kept and not (correcting or replacing):
                return self._ask_to_replace(x, x.cook, intent)
            return await self._hands.begin(x, planned, intent, correcting=correcting)
        if action in (Action.ADJUST, Action.KEEP_WARM) and x.cook is not None:
            if x.thread.order is not None and x.thread.cook == x.cook.id and intent.ready:
                x.thread.order = replace(x.thread.order, ready=intent.ready, start=None)
            return await self._hands.change(x, planned, x.cook)
        if action in (*_AT_ONCE, Action.RESUME) and x.cook is not None:
            return await self._hands.turn(x, action, x.cook, planned.plan["reply"])
        if action is Action.ANSWER and intent.dish is not None:
            x.thread.order, x.thread.at, x.thread.cook = slots_of(intent), x.said.now_s, None
        return self._record.call(
            x, tools.of_plan(planned.plan), planned.plan["reply"], planned=planned
        )

    def _ask_to_replace(self, x: Exchange, cook: Cook, intent: Intent) -> Answer:
        lang, product = x.said.lang, self._mind.product
        old = replies.dish_name(product.dish(cook.dish), lang) if cook.dish else ""
        new = replies.dish_name(product.dish(intent.dish), lang) if intent.dish else ""
        question = Question(Topic.REPLACE, x.said.now_s, intent)
        return self._record.ask(x, question, "replace", dish=old, new=new)

    def _offer_later(self, x: Exchange, planned: Planned, intent: Intent) -> Answer:
        """Raw food would wait too long: the latest moment that is safe is offered instead."""
        latest = planned.verdict.values.get("latest") if planned.verdict else None
        if not isinstance(latest, datetime):
            return self._record.call(
                x, tools.Refuse("unsafe"), planned.plan["reply"], planned=planned
            )
        order = intent
        if intent.action is Action.ADJUST and x.cook is not None:
            order = parse_intent(x.cook.intent)
        later = replace(order, action=Action.COOK, start=None)
        later = replace(later, ready=clock_at(latest, x.said.at), change=None)
        x.thread.question = Question(Topic.LATER, x.said.now_s, later)
        return self._record.call(x, tools.Refuse("unsafe"), planned.plan["reply"], planned=planned)
