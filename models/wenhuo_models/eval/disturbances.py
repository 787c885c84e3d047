"""Disturbed cooks: what people, mains and cables do to a cook that runs, sampled.

Each event kind of scenario.schema.json that is no hardware fault. Equal seeds give equal cooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from wenhuo.agent.facts import changed
from wenhuo.boards import Dish, load_product
from wenhuo.conditions import Conditions
from wenhuo.intent import Action, Intent, Span, Texture, TextureChange
from wenhuo.planning.estimate import time_to_ready_s
from wenhuo.planning.programme import programme
from wenhuo.schedule import PhaseKind
from wenhuo_models.factory.expert.cooks import Cook, cooks
from wenhuo_tools.twin.batch import run_schedule
from wenhuo_tools.twin.dishes import Measure, dish_by_id
from wenhuo_tools.twin.plant import cooker_of

KINDS = ("say", "lid", "pot", "add", "mains", "power_cut", "host_kill", "link_noise")
NOW = datetime(2026, 3, 2, 16, 0)
_MORE_EVENTS = (0.6, 0.9)  # one, two, three
_LATEST = 0.9  # of the cook, when the last thing may happen
_LATEST_ADD = 0.6  # nobody pours water into rice that is done
_LATEST_TEXTURE = 0.35
_IN_WAIT_SHARE = 0.15
_LONGER_S = 120
_SOONEST = 0.9  # of the time that was left, in which a cook can be made ready
_SAG = (0.8, 1.1)  # of the voltage
_MAINS_V_PER_RATED = (170 / 220, 250 / 220)
_POURED = (0.03, 0.12)  # of the pot's water
_TEXTURE_WORDS = {
    TextureChange.SOFTER: ("再软一点", "make it softer please"),
    TextureChange.FIRMER: ("硬一点", "a bit firmer please"),
    TextureChange.THINNER: ("稀一点", "make it thinner"),
    TextureChange.THICKER: ("稠一点", "make it thicker"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """Words, and what they mean where no model is asked."""

    text: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A cook and what happens to it. events: as scenario.schema.json has them, at_s from the start;
    said: by the index of its event. texture: what is wanted in the end; deadline_s: when, None for
    no time; feasible: it could be met. kinds: of KINDS, what was drawn."""

    cook: Cook
    events: tuple[dict[str, Any], ...]
    said: dict[int, Said]
    texture: Texture
    deadline_s: float | None
    feasible: bool
    kinds: tuple[str, ...]


@dataclass(slots=True)
class _Draw:
    """A disturbed cook in the making."""

    rng: Random
    cook: Cook
    dish: Dish
    wait_s: float
    cook_s: float
    texture: Texture
    deadline_s: float | None
    feasible: bool
    events: list[tuple[dict[str, Any], Said | None]] = field(default_factory=list)

    def at_s(self, latest: float) -> float:
        """A moment of the cook, now and then of the wait before it."""
        if self.wait_s > 600 and self.rng.random() < _IN_WAIT_SHARE:
            return self.rng.uniform(60, self.wait_s - 60)
        return self.wait_s + self.rng.uniform(20, latest * self.cook_s)

    def put(self, at_s: float, kind: str, **values: float | str) -> None:
        self.events.append(({"at_s": round(at_s), "kind": kind, **values}, None))


def disturbed(seed: int, count: int) -> list[Disturbed]:
    """`count` disturbed cooks; the dishes in turn, the first event's kinds in turn."""
    drawn = cooks(seed, count)
    return [_disturb(Random(f"disturbed:{seed}:{i}"), cook, i) for i, cook in enumerate(drawn)]


def _disturb(rng: Random, cook: Cook, number: int) -> Disturbed:
    product = load_product(cook.product_id)
    dish = product.dish(cook.conditions.dish)
    cook_s = _expected_s(cook, cook.conditions)
    spare_s = 0.0 if cook.deadline_s is None else cook.deadline_s - cook_s
    draw = _Draw(
        rng=rng,
        cook=cook,
        dish=dish,
        wait_s=min(max(spare_s, 0.0), cook.raw_hold_s),
        cook_s=cook_s,
        texture=cook.conditions.texture,
        deadline_s=cook.deadline_s,
        feasible=cook.deadline_s is not None and 0 <= spare_s <= cook.raw_hold_s,
    )
    # 15 dishes and 8 kinds: both in turn meet in every pair
    kinds = [KINDS[number % len(KINDS)]]
    chance = rng.random()
    kinds += rng.sample(KINDS, sum(chance > limit for limit in _MORE_EVENTS))
    for kind in dict.fromkeys(kinds):
        _DRAWN[kind](draw)
    events = sorted(draw.events, key=lambda pair: float(pair[0]["at_s"]))
    return Disturbed(
        cook=cook,
        events=tuple(event for event, _ in events),
        said={i: said for i, (_, said) in enumerate(events) if said is not None},
        texture=draw.texture,
        deadline_s=draw.deadline_s,
        feasible=draw.feasible,
        kinds=tuple(dict.fromkeys(kinds)),
    )


def _lid(draw: _Draw) -> None:
    at_s, open_s = draw.at_s(_LATEST), draw.rng.uniform(10, 180)
    if draw.rng.random() < 0.5:
        draw.put(at_s, "lid_open", for_s=round(open_s))
    else:
        draw.put(at_s, "lid_open")
        draw.put(at_s + open_s, "lid_close")


def _expected_s(cook: Cook, conditions: Conditions) -> float:
    """How long the controller expects a cook to take."""
    product = load_product(cook.product_id)
    return time_to_ready_s(programme(product, conditions), product, conditions)


def _undisturbed_s(cook: Cook) -> float:
    """How long the menu's programme truly takes in this kitchen."""
    product = load_product(cook.product_id)
    phases = tuple(p for p in programme(product, cook.conditions) if p.kind is not PhaseKind.WAIT)
    result = run_schedule(cooker_of(product.id), cook.conditions.dish, cook.load, cook.site, phases)
    return result.served_s


def _pot(draw: _Draw) -> None:
    at_s, out_s = draw.at_s(_LATEST), draw.rng.uniform(10, 120)
    if draw.rng.random() < 0.5:
        draw.put(at_s, "pot_out", for_s=round(out_s))
    else:
        draw.put(at_s, "pot_out")
        draw.put(at_s + out_s, "pot_in")


def _add(draw: _Draw) -> None:
    """A splash, cold from the tap or hot from the kettle; into a lid opened for it."""
    if draw.cook.load.water_g <= 0:  # batter and milk: nobody pours water into them
        _lid(draw)
        return
    rng = draw.rng
    temp_c = rng.uniform(10, 30) if rng.random() < 0.6 else rng.uniform(80, 95)
    _pour(draw, draw.at_s(_LATEST_ADD), draw.cook.load.water_g * rng.uniform(*_POURED), temp_c)


def _pour(draw: _Draw, at_s: float, mass_g: float, temp_c: float) -> None:
    draw.put(at_s, "lid_open", for_s=round(draw.rng.uniform(15, 40)))
    draw.put(at_s + 8, "add", mass_g=round(mass_g), temp_c=round(temp_c))


def _mains(draw: _Draw) -> None:
    rng, rated_v = draw.rng, load_product(draw.cook.product_id).heater.rated_v
    volts = draw.cook.site.mains_v * rng.uniform(*_SAG)
    volts = min(max(volts, _MAINS_V_PER_RATED[0] * rated_v), _MAINS_V_PER_RATED[1] * rated_v)
    lasts: dict[str, float] = {} if rng.random() < 0.25 else {"for_s": round(rng.uniform(60, 1800))}
    draw.put(draw.at_s(_LATEST), "mains", value=round(volts, 1), **lasts)


def _cut(draw: _Draw) -> None:
    draw.put(draw.at_s(_LATEST), "power_cut", for_s=round(5 * 120 ** draw.rng.random()))


def _kill(draw: _Draw) -> None:
    draw.put(draw.at_s(_LATEST), "host_kill", for_s=round(draw.rng.uniform(30, 600)))


def _noise(draw: _Draw) -> None:
    draw.put(draw.at_s(_LATEST), "link_noise", for_s=round(draw.rng.uniform(30, 300)))


def _say(draw: _Draw) -> None:
    """Another time, or another texture where it can still be had."""
    changes = _changes(draw)
    if changes and draw.rng.random() < 0.5:
        _say_texture(draw, draw.rng.choice(changes))
    else:
        _say_time(draw)


def _changes(draw: _Draw) -> list[TextureChange]:
    """What would change something: softer and firmer by time; softer and thinner by water, which
    the person pours in as the reply asks."""
    if any(r.until.value == "dry" for r in draw.dish.phases) and draw.texture is Texture.CRISPY:
        return []
    wished = [c for c in TextureChange if changed(draw.dish, draw.texture, c) is not draw.texture]
    if dish_by_id(draw.dish.id).measure is Measure.SOFTNESS:
        longer = {TextureChange.SOFTER, TextureChange.FIRMER}
        return [c for c in wished if c in longer]
    wetter = {TextureChange.SOFTER, TextureChange.THINNER}
    return [c for c in wished if c in wetter and _more_water_g(draw, c) > 0]


def _more_water_g(draw: _Draw, change: TextureChange) -> float:
    dry_g = draw.cook.load.dry_g
    after = changed(draw.dish, draw.texture, change)
    return draw.dish.water_g(dry_g, after) - draw.dish.water_g(dry_g, draw.texture)


def _say_texture(draw: _Draw, change: TextureChange) -> None:
    rng = draw.rng
    at_s = draw.wait_s + rng.uniform(20, _LATEST_TEXTURE * draw.cook_s)
    words = Said(rng.choice(_TEXTURE_WORDS[change]), Intent(Action.ADJUST, change=change))
    draw.events.append(({"at_s": round(at_s), "kind": "say", "text": words.text}, words))
    if dish_by_id(draw.dish.id).measure is not Measure.SOFTNESS:
        _pour(draw, at_s + 60, _more_water_g(draw, change), rng.uniform(20, 60))
    draw.texture = changed(draw.dish, draw.texture, change)
    after_s = _expected_s(draw.cook, replace(draw.cook.conditions, texture=draw.texture))
    if after_s > draw.cook_s + _LONGER_S:
        draw.feasible = False  # longer cooking cannot be ready at the same time


def _say_time(draw: _Draw) -> None:
    """Later by 10 to 60 min, or a little sooner than it would be ready."""
    rng = draw.rng
    at_s = round(draw.wait_s + rng.uniform(20, 0.7 * draw.cook_s))
    ready_s = max(draw.deadline_s or 0.0, draw.wait_s + draw.cook_s)
    later = rng.random() < 0.7
    if later:
        ready_s += rng.uniform(600, 3600)
    else:
        ready_s -= (ready_s - at_s) * rng.uniform(0.03, 0.08)
    minutes = max(1, round((ready_s - at_s) / 60))
    text = rng.choice((f"改成{minutes}分钟后吃", f"make it ready in {minutes} minutes instead"))
    intent = Intent(Action.ADJUST, ready=Span(0, minutes))
    draw.events.append(({"at_s": at_s, "kind": "say", "text": text}, Said(text, intent)))
    draw.deadline_s = at_s + 60.0 * minutes
    # a cook whose dryness comes late cannot be sooner than it
    undisturbed_s = draw.wait_s + _undisturbed_s(draw.cook)
    draw.feasible = later or draw.deadline_s >= at_s + _SOONEST * (undisturbed_s - at_s)


_DRAWN = {
    "say": _say,
    "lid": _lid,
    "pot": _pot,
    "add": _add,
    "mains": _mains,
    "power_cut": _cut,
    "host_kill": _kill,
    "link_noise": _noise,
}


def moment(at_s: float) -> datetime:
    """The time of day at a second of a disturbed cook."""
    return NOW + timedelta(seconds=at_s)


def plant_events(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that the plant plays by itself."""
    ours = {"say", "power_cut", "host_kill", "link_noise"}
    return [event for event in events if event["kind"] not in ours]
