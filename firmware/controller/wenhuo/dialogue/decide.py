"""Which intent a sentence amounts to, given what its speaker ordered before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wenhuo.boards import Product
from wenhuo.dialogue.merge import has_slots, overlay, settle_numbers, slots_of, with_usual
from wenhuo.dialogue.ports import Exchange
from wenhuo.dialogue.thread import Topic
from wenhuo.intent import Action, Intent
from wenhuo.memory import Memory

_WISHES = (Action.COOK, Action.ASK, Action.REFUSE)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model makes of the words: as the cooker is; as if nothing were on; as if something
    were. None where it was not asked."""

    plain: Intent
    bare: Intent | None
    mid: Intent | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be carried out. correcting: it takes the place of the speaker's last order."""

    intent: Intent
    correcting: bool = False


def decide(
    heard: Heard, base: Intent | None, x: Exchange, product: Product, memory: Memory
) -> Decided:
    """The intent to carry out. base: the order that the words may complete or correct."""
    bare = heard.bare or heard.plain
    if x.cues.complaint is not None and x.cook is not None and "order" not in x.cues:
        return Decided(Intent(Action.ADJUST, change=x.cues.complaint))
    if "remember" in x.cues and bare.action is not Action.COOK and has_slots(bare):
        return Decided(replace(slots_of(bare), action=Action.REMEMBER))
    bare = settle_numbers(bare, heard.mid, base, x.cues)
    if "usual" in x.cues and heard.plain.action in _WISHES:
        return Decided(_usual(bare, memory))
    if base is None:
        return Decided(_alone(heard.plain, bare, x))
    if x.cook is not None and not (x.thread.question and x.thread.question.intent):
        return _on_the_cook(heard, bare, base, x, product)
    return _on_the_question(heard, bare, base, x, product)


def _usual(said: Intent, memory: Memory) -> Intent:
    """As always: the dish named, else the one cooked most often, at its usual time."""
    order = replace(slots_of(said), dish=said.dish or memory.cooks.usual_dish())
    if order.dish is None:
        likes = {like.dish for like in memory.likes.all()}
        order = replace(order, dish=likes.pop() if len(likes) == 1 else None)
    return with_usual(order, memory.likes.of(order.dish)) if order.dish else order


def _alone(plain: Intent, bare: Intent, x: Exchange) -> Intent:
    """Nothing came before: the words stand for themselves."""
    if x.cook is None and plain.action is Action.ASK:
        return bare
    return plain


def _on_the_cook(
    heard: Heard, bare: Intent, base: Intent, x: Exchange, product: Product
) -> Decided:
    """Said about the speaker's own cook, which waits or cooks."""
    mid = heard.mid or heard.plain
    said = slots_of(bare) if bare.action in _WISHES else Intent(Action.COOK)
    if "same" in x.cues and has_slots(said):
        return Decided(overlay(base, said, product), correcting=True)
    if mid.action is Action.ADJUST and x.cues.people is None and said.dish is None:
        return Decided(mid)
    if has_slots(said):
        amends = said.dish in (None, base.dish) or "correction" in x.cues or _only_dish(said)
        if amends:
            return Decided(overlay(base, said, product), correcting=True)
    return Decided(heard.plain)


def _on_the_question(
    heard: Heard, bare: Intent, base: Intent, x: Exchange, product: Product
) -> Decided:
    """Said about an order that has led to no cook yet: asked back, refused, or the last one."""
    said = slots_of(bare) if bare.action in _WISHES else Intent(Action.COOK)
    mid = heard.mid
    if mid is not None and mid.action is Action.ADJUST:
        said = replace(said, ready=said.ready or mid.ready, change=mid.change)
    asked = x.thread.question
    if not has_slots(said) and said.change is None:
        if "same" in x.cues:
            return Decided(replace(base, action=Action.COOK))
        return Decided(heard.plain)
    whole = said.dish is not None and "correction" not in x.cues and "same" not in x.cues
    if whole and not (asked is not None and asked.topic is Topic.DISH):
        return Decided(said)
    order = overlay(base, said, product)
    if base.action is Action.REMEMBER:
        order = replace(order, action=Action.REMEMBER)
    replacing = asked is not None and asked.topic is Topic.REPLACE
    return Decided(order, correcting=not replacing and x.cook is not None)


def _only_dish(said: Intent) -> bool:
    """A dish and nothing else."""
    return said == Intent(Action.COOK, dish=said.dish)
