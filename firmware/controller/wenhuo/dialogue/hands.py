"""The tools that reach the power board: each is written down as wanted, then brought to the board.

In this order, so that a daemon that dies in between finds at its next start what is left to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from wenhuo.agent import replies
from wenhuo.agent.planner import Planned
from wenhuo.boards import Product
from wenhuo.dialogue import tools
from wenhuo.dialogue.keeping import likes_words
from wenhuo.dialogue.merge import liked_by
from wenhuo.dialogue.ports import Answer, Exchange, Pot
from wenhuo.dialogue.record import Recorder
from wenhuo.dialogue.thread import Question, Topic
from wenhuo.intent import Action, Intent
from wenhuo.language.answer import intent_tokens
from wenhuo.memory import Memory
from wenhuo.memory.cooks import CANCELLED, COOKING, PAUSED, Cook
from wenhuo.memory.likes import ASKED, CORRECTED, Value

OK = "ok"
_WANTED = {Action.PAUSE: PAUSED, Action.RESUME: COOKING, Action.CANCEL: CANCELLED}
_SIMPLE: dict[Action, type[tools.Tool]] = {
    Action.PAUSE: tools.Pause,
    Action.RESUME: tools.Resume,
    Action.CANCEL: tools.Cancel,
}


class Hands:
    """Does what was planned."""

    def __init__(self, memory: Memory, pot: Pot, product: Product, recorder: Recorder) -> None:
        self._memory = memory
        self._pot = pot
        self._product = product
        self._record = recorder

    async def begin(
        self, x: Exchange, planned: Planned, order: Intent, *, correcting: bool = False
    ) -> Answer:
        """A new cook; what is on is dropped for it. correcting: it takes the place of an order that
        was not meant so."""
        said = x.said
        old = x.cook
        tool = tools.of_plan(planned.plan, old.id if old else None)
        reply = self._instead(x, planned) + planned.plan["reply"]
        with self._memory.transaction():
            if old is not None:
                self._memory.cooks.want(old.id, CANCELLED)
            cook = self._memory.cooks.order(
                speaker=said.speaker,
                intent=intent_tokens(order),
                plan=planned.plan,
                schedule=planned.schedule,
                phase_s=planned.phase_s,
                about=_about(planned, said.lang, planned.plan["ready_at"]),
                at=said.now_s,
            )
            x.thread.order, x.thread.at, x.thread.cook = order, said.now_s, cook.id
            x.thread.question = None
            wishes = self._wishes(order, planned)
            if cook.dish is not None and wishes:
                weight = CORRECTED if correcting else ASKED
                self._memory.likes.wish(cook.id, cook.dish, wishes, weight)
            reply += self._offer(x, cook)
            asked = self._record.call(x, tool, reply, planned=planned, board="asked", cook=cook.id)
        return await self._settled(x, asked)

    async def change(self, x: Exchange, planned: Planned, cook: Cook) -> Answer:
        """Another schedule for the cook that is on, from where it stands."""
        said, intent = x.said, planned.intent
        ready_at = (planned.plan["adjust"] or {}).get("ready_at") or cook.about.get("ready_at")
        reply = planned.plan["reply"]
        with self._memory.transaction():
            self._memory.cooks.revise(
                cook.id,
                schedule=planned.schedule,
                phase_s=planned.phase_s,
                about={**cook.about, **_about(planned, said.lang, ready_at)},
                at=said.now_s,
            )
            if intent.change and cook.dish is not None and planned.conditions is not None:
                texture = planned.conditions.texture.value
                self._memory.likes.wish(cook.id, cook.dish, {"texture": texture}, CORRECTED)
                reply += self._offer(x, cook)
            asked = self._record.call(
                x, tools.of_plan(planned.plan), reply, planned=planned, board="asked", cook=cook.id
            )
        return await self._settled(x, asked)

    async def turn(self, x: Exchange, action: Action, cook: Cook, reply: str) -> Answer:
        """Pause, go on with, or drop the cook that is on."""
        with self._memory.transaction():
            self._memory.cooks.want(cook.id, _WANTED[action])
            if action is Action.CANCEL:
                x.thread.question = None
            asked = self._record.call(x, _SIMPLE[action](), reply, board="asked", cook=cook.id)
        return await self._settled(x, asked)

    async def stop(self, x: Exchange) -> Answer:
        """Stop a board that does what the memory knows nothing of, or that is at a fault."""
        reply = replies.say(Action.CANCEL, x.said.lang)
        asked = self._record.call(x, tools.Cancel(), reply, board="asked")
        return self._answered(x, asked, await self._pot.stop())

    async def _settled(self, x: Exchange, asked: Answer) -> Answer:
        return self._answered(x, asked, await self._pot.settle())

    def _answered(self, x: Exchange, asked: Answer, board: str) -> Answer:
        reply = asked.reply
        if board != OK:
            reply = replies.say("board_failed", x.said.lang, why=board)
        assert asked.call is not None
        self._memory.calls.answered(asked.call, board, reply)
        return Answer(reply, asked.tool, asked.arguments, asked.call)

    def _instead(self, x: Exchange, planned: Planned) -> str:
        """What is dropped for it, where that is another dish."""
        old = x.cook.dish if x.cook is not None else None
        if old is None or old == planned.plan["dish"]:
            return ""
        name = replies.dish_name(self._product.dish(old), x.said.lang)
        return replies.say("instead", x.said.lang, dish=name)

    def _wishes(self, order: Intent, planned: Planned) -> dict[str, Value]:
        """What was said with the order beside what is the dish's default."""
        wishes = liked_by(order)
        if "texture" in wishes and planned.conditions is not None:
            dish = self._product.dish(planned.conditions.dish)
            if planned.conditions.texture is dish.default_texture:
                del wishes["texture"]
            else:
                wishes["texture"] = planned.conditions.texture.value
        return wishes

    def _offer(self, x: Exchange, cook: Cook) -> str:
        """The question whether to remember what was wished for again and again, if it was."""
        like = self._memory.likes.offered(cook.dish, cook.id) if cook.dish else None
        if like is None or cook.dish is None:
            return ""
        x.thread.question = Question(Topic.REMEMBER, x.said.now_s, like=like)
        lang = x.said.lang
        return replies.say(
            "offer_remember",
            lang,
            dish=replies.dish_name(self._product.dish(cook.dish), lang),
            like=likes_words({like.key: like.value}, lang),
        )


def _about(planned: Planned, lang: str, ready_at: str | None) -> Mapping[str, Any]:
    """What is known of a cook beside its schedule. ready_at: as asked for; expected_at: as
    forecast; conditions: what the schedule was written for, for who watches the pot."""
    conditions = planned.conditions
    return {
        "dish": conditions.dish if conditions else None,
        "texture": conditions.texture.value if conditions else None,
        "dry_g": conditions.dry_g if conditions else None,
        "conditions": asdict(conditions) if conditions else None,
        "ready_at": ready_at,
        "expected_at": planned.ready_at.isoformat() if planned.ready_at else None,
        "lang": lang,
    }
