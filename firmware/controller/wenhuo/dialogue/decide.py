"""Which intent a sentence amounts to, given what its speaker ordered before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wenhuo.boards import Product
from wenhuo.dialogue.merge import has_slots, overlay, settle_numbers, slots_of, with_usual
from wenhuo.dialogue.ports import Exchange
from wenhuo.dialogue.thread import Topic as Asked
from wenhuo.intent import Action, Intent, Span, Topic
from wenhuo.memory import Memory

_SLIP_S = 120.0  # so soon after an order, another dish's name alone corrects it
_HOLD = Span(1, 0)
_NEW = (Action.COOK, Action.REMEMBER)
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
    if _is_about_the_cook(heard.plain, x):
        return Decided(Intent(Action.STATUS))
    if base is None:
        return Decided(_afterwards(_alone(heard.plain, bare, x), x))
    if "go_ahead" in x.cues and (x.cook is None or x.thread.cook != x.cook.id):
        return Decided(replace(base, action=Action.COOK))
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
    if x.cook is None:
        return bare if plain.action is Action.ASK else plain
    # "for six" means somebody else's pot to the model; who says it has not ordered that
    return bare if plain.action in _NEW and bare.action is Action.ASK else plain


def _is_about_the_cook(plain: Intent, x: Exchange) -> bool:
    """How long the dish takes that is on: how long it still takes."""
    on = x.cook is not None and plain.dish in (None, x.cook.dish)
    return on and plain.action is Action.ANSWER and plain.topic is Topic.COOK_TIME


def _afterwards(intent: Intent, x: Exchange) -> Intent:
    """To keep warm what is not cooked yet means: when it is done."""
    if intent.action is not Action.KEEP_WARM or x.mode not in ("waiting", "cooking", "paused"):
        return intent
    return Intent(Action.ADJUST, keep_warm=intent.keep_warm or _HOLD)


def _on_the_cook(
    heard: Heard, bare: Intent, base: Intent, x: Exchange, product: Product
) -> Decided:
    """Said about the speaker's own cook, which waits or cooks."""
    mid = heard.mid or heard.plain
    said = slots_of(bare) if bare.action in _WISHES else Intent(Action.COOK)
    if "same" in x.cues and has_slots(said):
        return Decided(overlay(base, said, product), correcting=x.early)
    if mid.action is Action.KEEP_WARM and mid.keep_warm and mid.target is None and x.early:
        said = Intent(Action.COOK, keep_warm=mid.keep_warm)
    elif mid.action in (Action.ADJUST, Action.KEEP_WARM) and not _restated(said, x):
        return Decided(_afterwards(mid, x))
    if has_slots(said):
        recent = x.said.now_s - x.thread.at <= _SLIP_S and "order" not in x.cues
        slip = "correction" in x.cues or (_only_dish(said) and recent)
        if said.dish in (None, base.dish) or slip:
            return Decided(overlay(base, said, product), correcting=x.early)
    return Decided(heard.plain)


def _restated(said: Intent, x: Exchange) -> bool:
    """Whether the order itself is said anew, not a little more or less of something."""
    if said.dish is not None or x.cues.people is not None:
        return True
    return said.texture is not None and x.early


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
    if whole and not (asked is not None and asked.topic is Asked.DISH):
        return Decided(said)
    order = overlay(base, said, product)
    if base.action is Action.REMEMBER:
        order = replace(order, action=Action.REMEMBER)
    replacing = asked is not None and asked.topic is Asked.REPLACE
    own = x.cook is not None and x.thread.cook == x.cook.id
    return Decided(order, correcting=own and not replacing)


def _only_dish(said: Intent) -> bool:
    """A dish and nothing else."""
    return said == Intent(Action.COOK, dish=said.dish)
