"""Which sentence a finished turn is answered with, and what it mentions."""

from __future__ import annotations

from datetime import datetime, timedelta

from wenhuo.agent import replies
from wenhuo.agent.facts import Facts, load_g
from wenhuo.agent.turn import Turn
from wenhuo.intent import Action, Reason, Topic
from wenhuo.schedule import PhaseKind


def reply(turn: Turn, facts: Facts, action: Action) -> str:
    """One short sentence in the language of the request, and that the model failed if it did."""
    text = _reply(turn, facts, action)
    return text + replies.say("model_failed", turn.request.lang) if turn.model_failed else text


def _reply(turn: Turn, facts: Facts, action: Action) -> str:
    lang = turn.request.lang
    if turn.verdict is not None:
        return replies.say(turn.verdict.say, lang, **_said(turn, turn.verdict.values))
    if action is Action.COOK:
        return _cook(turn, facts)
    if action is Action.STATUS:
        return _status(turn)
    if action is Action.ANSWER:
        return _answer(turn, facts)
    if action in (Action.ASK, Action.REFUSE):
        return replies.say(facts.intent.reason or Reason.OUT_OF_SCOPE, lang)
    if action is Action.ADJUST:
        return _adjust(turn, facts)
    return replies.say(action, lang, **_common(turn, facts))


def _adjust(turn: Turn, facts: Facts) -> str:
    """What is changed, and whether that makes it late."""
    lang, intent = turn.request.lang, facts.intent
    values = _common(turn, facts)
    what = [replies.change_words(c, lang) for c in (intent.change, intent.power) if c]
    if facts.ready_at is not None:
        to = replies.moment_words(facts.ready_at, turn.request.now, lang).removeprefix("at ")
        what.append(replies.say("changed_ready", lang, to=to).lower())
    for key, span in (("changed_more", intent.more), ("changed_less", intent.less)):
        if span is not None:
            length = replies.length_words(timedelta(minutes=span.total_min), lang)
            what.append(replies.say(key, lang, span=length))
    if intent.keep_warm is not None:
        length = replies.length_words(timedelta(minutes=intent.keep_warm.total_min), lang)
        what.append(replies.say("changed_warm", lang, span=length).lower())
    joined = ("，" if lang == "zh" else ", ").join(what)
    late_s = turn.late_s or 0
    values["late"] = replies.length_words(timedelta(seconds=late_s), lang)
    values["what"] = joined or replies.say("changed_nothing", lang).lower()
    key = "adjust_late" if late_s >= 60 and facts.ready_at is not None else "adjust"
    return replies.say(key, lang, **values)


def _common(turn: Turn, facts: Facts) -> dict[str, object]:
    """What most sentences mention."""
    lang, now = turn.request.lang, turn.request.now
    product = turn.product
    dish_id = facts.dish or turn.request.state.dish
    held = turn.schedule[-1] if turn.schedule else None
    return {
        "people": replies.people_words(facts.servings, lang),
        "texture": replies.texture_words(facts.texture, lang),
        "dish": replies.dish_name(product.dish(dish_id), lang) if dish_id in product.menu else "",
        "ready": replies.moment_words(turn.ready_at, now, lang) if turn.ready_at else None,
        "target": round(held.target_c) if held and held.target_c else None,
        "hold": replies.length_words(timedelta(seconds=held.duration_s), lang) if held else None,
    }


def _cook(turn: Turn, facts: Facts) -> str:
    lang, dish = turn.request.lang, turn.product.dish(facts.dish or "")
    dry_g = load_g(facts, turn.request, dish)
    values = _common(turn, facts)
    share_pct = turn.request.memory.get(dish.id, {}).get("water_pct", 100)
    water = replies.water_values(dish, dry_g, facts.texture, lang, share_pct)
    values["water"] = replies.say("water", lang, **water).lower()
    late_s = turn.late_s or 0
    values["late"] = replies.length_words(timedelta(seconds=late_s), lang)
    text = replies.say("cook_late" if late_s >= 60 else "cook", lang, **values)
    refused = not turn.from_model and not turn.model_failed
    return text + replies.say("fallback", lang) if refused else text


def _status(turn: Turn) -> str:
    lang, state = turn.request.lang, turn.request.state
    if state.mode == "idle":
        return replies.say("status_idle", lang)
    if state.mode == "fault":
        return replies.say("status_fault", lang)
    dish_id = state.dish
    dish = turn.product.menu.get(dish_id or "")
    name = replies.dish_name(dish, lang) if dish else ""
    if state.mode == PhaseKind.KEEP_WARM:
        return replies.say("status_keep_warm", lang, dish=name)
    left = None
    if state.remaining_s is not None:
        left = replies.length_words(timedelta(seconds=state.remaining_s), lang)
    return replies.say("status", lang, dish=name, left=left)


def _answer(turn: Turn, facts: Facts) -> str:
    lang, topic = turn.request.lang, facts.intent.topic
    if facts.dish is None or topic is Topic.MENU or topic is None:
        dishes = replies.menu_words(list(turn.product.menu.values()), lang)
        return replies.say("menu", lang, dishes=dishes)
    dish = turn.product.dish(facts.dish)
    if topic is Topic.WATER_AMOUNT:
        dry_g = load_g(facts, turn.request, dish)
        return replies.say(topic, lang, **replies.water_values(dish, dry_g, facts.texture, lang))
    zh = lang == "zh"
    return replies.say(
        topic,
        lang,
        dish=replies.dish_name(dish, lang),
        time=dish.time_zh if zh else dish.time_en,
        how_to=dish.how_to_zh if zh else dish.how_to_en,
    )


def _said(turn: Turn, values: dict[str, object]) -> dict[str, object]:
    """A verdict's values as words."""
    lang, now = turn.request.lang, turn.request.now
    said = dict(values)
    latest = said.get("latest")
    if isinstance(latest, datetime):
        said["latest"] = replies.moment_words(latest, now, lang)
    if turn.conditions is not None:
        said["dish"] = replies.dish_name(turn.product.dish(turn.conditions.dish), lang)
    return said
