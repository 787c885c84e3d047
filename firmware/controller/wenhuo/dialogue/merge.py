"""An order completed by what is said after it; pure functions over intents."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta

from wenhuo.agent.facts import changed
from wenhuo.boards import Product
from wenhuo.dialogue.cues import Cues
from wenhuo.intent import Action, Clock, Day, Intent, Period, Texture
from wenhuo.memory.likes import Value

_SLOTS = ("dish", "servings", "dry", "texture", "keep_warm", "ready", "start")
_DAYS = (Day.TODAY, Day.TOMORROW, Day.DAY_AFTER)


def has_slots(intent: Intent) -> bool:
    """Whether it says anything of a cook."""
    return any(getattr(intent, name) for name in _SLOTS)


def slots_of(intent: Intent) -> Intent:
    """An order of nothing but the slots that were said."""
    return Intent(Action.COOK, **{name: getattr(intent, name) for name in _SLOTS})


def overlay(base: Intent, said: Intent, product: Product) -> Intent:
    """The order with what was said on top of it; what the new words contradict is dropped.

    How many people and how much grain exclude each other, as do when to eat and when to begin; a
    texture that the new dish does not have is not carried over to it.
    """
    given = {name: value for name in _SLOTS if (value := getattr(said, name))}
    order = replace(base, action=Action.COOK, reason=None, **given)
    if said.servings and not said.dry:
        order = replace(order, dry=())
    if said.dry and not said.servings:
        order = replace(order, servings=None)
    if said.ready and not said.start:
        order = replace(order, start=None)
    if said.start and not said.ready:
        order = replace(order, ready=None)
    if said.change and order.dish:
        dish = product.dish(order.dish)
        order = replace(order, texture=changed(dish, order.texture, said.change))
    if said.dish and not said.texture and order.texture:
        has_it = order.texture in product.dish(said.dish).textures
        order = replace(order, texture=order.texture if has_it else None)
    known = {f.name for f in fields(Intent)} - set(_SLOTS) - {"action"}
    return replace(order, **{name: getattr(Intent(Action.COOK), name) for name in known})


def settle_numbers(bare: Intent, mid: Intent | None, base: Intent | None, cues: Cues) -> Intent:
    """Whether a bare number is people or an hour: by the word beside it, else by what the words
    mean in the middle of a cook, else by what the order has already."""
    if cues.people is not None:
        timed = bare.ready if cues.timed else None
        return replace(bare, servings=cues.people, ready=timed)
    if bare.servings is None or bare.ready is not None or cues.timed:
        return bare
    if base is not None and not cues.counted:  # "thin for me" counts nobody
        return replace(bare, servings=None)
    hour = mid is not None and mid.action is Action.ADJUST and mid.ready is not None
    if not hour and base is not None:
        hour = base.ready is not None and base.servings is None
    return replace(bare, servings=None, ready=Clock(bare.servings, 0)) if hour else bare


def with_usual(order: Intent, likes: dict[str, Value]) -> Intent:
    """The order with the usual time, where none was said. The rest of what is liked is filled in by
    the planner (agent/facts.py)."""
    clock = likes.get("ready")
    if order.ready or order.start or not isinstance(clock, str):
        return order
    hour, minute = map(int, clock.split(":"))
    return replace(order, ready=clock_of(hour, minute))


def clock_of(hour: int, minute: int, day: Day | None = None) -> Clock:
    """A time of a 24-hour clock in the words' terms."""
    period = Period.AM if hour < 12 else Period.PM
    return Clock(hour if hour <= 12 else hour - 12, minute, period if hour else None, day)


def clock_at(moment: datetime, now: datetime) -> Clock:
    """A moment within two days, in the words' terms, rounded down to the minute."""
    days = (moment.date() - now.date()) // timedelta(days=1)
    return clock_of(moment.hour, moment.minute, _DAYS[min(days, len(_DAYS) - 1)])


def liked_by(order: Intent) -> dict[str, Value]:
    """What an order says that can be remembered."""
    found: dict[str, Value] = {}
    if order.texture:
        found["texture"] = order.texture.value
    if order.servings:
        found["servings"] = order.servings
    if order.keep_warm:
        found["keep_warm_min"] = order.keep_warm.total_min
    return found


def texture_of(likes: dict[str, Value]) -> Texture | None:
    """The texture liked."""
    value = likes.get("texture")
    return Texture(value) if value in set(Texture) else None
