"""The agent's turn: from a line of the schedule language to a judged, timed, checked schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from wenhuo.agent.planner import as_plan
from wenhuo.agent.request import read_request
from wenhuo.agent.turn import Turn
from wenhuo.boards import load_product
from wenhuo.errors import RequestError
from wenhuo.intent import (
    Action,
    Clock,
    Day,
    Degrees,
    Intent,
    Period,
    PowerChange,
    Quantity,
    Reason,
    Span,
    Texture,
    TextureChange,
    Unit,
)
from wenhuo.language.answer import PLAN, intent_tokens, schedule_tokens
from wenhuo.llm.engine import Generation
from wenhuo.planning.programme import programme
from wenhuo.schedule import Phase, PhaseKind, Until

PRODUCT = load_product()
NOW = "2026-11-23T22:00:00+08:00"


def turn_for(intent: Intent, scheduled=None, **request) -> Turn:
    """A finished turn: the line says `intent`, then `scheduled` (the menu's way by default)."""
    turn = Turn(read_request({"id": "1", "text": "话", "now": NOW, **request}), PRODUCT)
    line = [*intent_tokens(intent), PLAN]
    conditions = turn.interject(line)
    if conditions is not None:
        assert turn.conditions is not None
        phases = scheduled or programme(PRODUCT, turn.conditions)
        line += [*conditions, *schedule_tokens(phases), "<|end|>"]
    turn.finish(line)
    return turn


def running(phase: str, **more) -> dict:
    return {"state": {"mode": "cooking", "dish": "congee", "phase": phase, **more}}


def total_s(turn: Turn) -> int:
    return sum(p.duration_s for p in turn.schedule)


def test_a_deadline_becomes_a_wait():
    turn = turn_for(Intent(Action.COOK, dish="congee", ready=Clock(7, 0, Period.AM)))
    assert turn.schedule[0].kind is PhaseKind.WAIT
    assert turn.late_s == 0
    assert turn.ready_at is not None
    wanted = datetime.fromisoformat("2026-11-24T07:00:00+08:00")
    assert abs(turn.ready_at - wanted) < timedelta(seconds=2)


def test_a_deadline_too_soon_is_late_by_what_is_missing():
    turn = turn_for(Intent(Action.COOK, dish="congee", ready=Span(0, 10)))
    assert all(p.kind is not PhaseKind.WAIT for p in turn.schedule)
    assert turn.late_s is not None
    assert turn.late_s > 1200


def test_a_start_time_becomes_a_wait_of_that_length():
    turn = turn_for(Intent(Action.COOK, dish="soup", start=Span(1, 30)))
    assert turn.schedule[0] == Phase(PhaseKind.WAIT, None, 0, 5400, Until.TIME)


@pytest.mark.parametrize(
    ("ambient_c", "hours", "allowed"),
    [
        (None, 11, True),
        (None, 15, False),
        (22, 7, True),
        (22, 10, False),
        (33, 2, True),
        (33, 5, False),
    ],
)
def test_raw_food_waits_no_longer_than_food_safety_allows(ambient_c, hours, allowed):
    intent = Intent(Action.COOK, dish="white_rice", ready=Span(hours, 0))
    turn = turn_for(intent, sensors={"ambient_c": ambient_c})
    assert (turn.verdict is None) is allowed
    if turn.verdict is not None:
        assert (turn.verdict.action, turn.verdict.reason) == (Action.REFUSE, Reason.UNSAFE)
        assert turn.schedule == ()
        assert turn.facts is not None
        assert turn.facts.ready_at is not None  # the slots are kept


@pytest.mark.parametrize("action", [Action.ADJUST, Action.PAUSE, Action.RESUME, Action.CANCEL])
def test_nothing_runs_nothing_to_change(action):
    turn = turn_for(Intent(action))
    assert turn.verdict is not None
    assert turn.verdict.reason is Reason.NOTHING_RUNNING


def test_a_cook_without_a_dish_asks_for_it_and_keeps_what_was_said():
    turn = turn_for(Intent(Action.COOK, servings=4))
    assert turn.verdict is not None
    assert (turn.verdict.action, turn.verdict.reason) == (Action.ASK, Reason.MISSING_DISH)
    assert turn.facts is not None
    assert turn.facts.servings == 4


def test_the_usual_is_what_memory_holds():
    memory = {"congee": {"texture": "thick", "servings": 3}}
    turn = turn_for(Intent(Action.COOK), memory=memory)
    assert turn.facts is not None
    assert (turn.facts.dish, turn.facts.servings) == ("congee", 3)
    assert turn.conditions is not None
    assert turn.conditions.texture is Texture.THICK
    assert turn.conditions.dry_g == 150


def test_grams_are_summed_as_said():
    dry = (Quantity(1, False, Unit.JIN), Quantity(2, True, Unit.LIANG))
    turn = turn_for(Intent(Action.COOK, dish="white_rice", dry=dry))
    assert turn.facts is not None
    assert turn.facts.dry_g == 625


@pytest.mark.parametrize(("degrees", "safe"), [(40, False), (70, True), (95, False)])
def test_keep_warm_stays_where_food_is_safe(degrees, safe):
    intent = Intent(Action.KEEP_WARM, target=Degrees(degrees), keep_warm=Span(2, 0))
    turn = turn_for(intent)
    assert (turn.verdict is None) is safe
    if safe:
        (hold,) = turn.schedule
        assert (hold.kind, hold.target_c, hold.duration_s) == (PhaseKind.KEEP_WARM, 70.0, 7200)


def test_ten_more_minutes_are_ten_more_minutes():
    left = running("simmer", remaining_s=1200)
    plain = turn_for(Intent(Action.ADJUST), **left)
    longer = turn_for(Intent(Action.ADJUST, more=Span(0, 10)), **left)
    assert total_s(longer) - total_s(plain) == 600
    assert plain.ready_at is not None
    away_s = (plain.ready_at - plain.request.now).total_seconds()
    assert abs(away_s - 1200) <= 60


def test_less_fire_is_less_power_in_what_cooks():
    plain = turn_for(Intent(Action.ADJUST), **running("simmer"))
    lower = turn_for(Intent(Action.ADJUST, power=PowerChange.LOWER), **running("simmer"))
    pairs = list(zip(plain.schedule, lower.schedule, strict=True))
    assert any(b.power_pct < a.power_pct for a, b in pairs if a.kind is PhaseKind.SIMMER)


def test_thicker_is_the_next_class_of_the_dish():
    turn = turn_for(Intent(Action.ADJUST, change=TextureChange.THICKER), **running("simmer"))
    assert turn.conditions is not None
    assert turn.conditions.texture is Texture.THICK
    assert turn.conditions.from_phase is PhaseKind.SIMMER


def test_a_waiting_cook_keeps_its_promise_unless_told_otherwise():
    state = {
        "mode": "waiting",
        "dish": "congee",
        "phase": "wait",
        "ready_at": "2026-11-24T07:00:00+08:00",
    }
    kept = turn_for(Intent(Action.ADJUST, change=TextureChange.THICKER), state=state)
    assert kept.ready_at is not None
    assert abs((kept.ready_at - datetime.fromisoformat(state["ready_at"])).total_seconds()) < 2
    moved = turn_for(Intent(Action.ADJUST, ready=Clock(8, 0, Period.AM)), state=state)
    assert moved.ready_at is not None
    assert moved.ready_at.hour == 8


def test_a_schedule_that_the_envelope_refuses_gives_way_to_the_menu():
    hostile = (Phase(PhaseKind.BOIL, 150.0, 100, 4 * 3600, Until.TIME),)
    turn = turn_for(Intent(Action.COOK, dish="congee"), scheduled=hostile)
    assert not turn.from_model
    assert turn.conditions is not None
    assert turn.schedule == programme(PRODUCT, turn.conditions)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ({"id": "1", "text": "x"}, "now"),
        ({"id": "1", "text": "x", "now": "yesterday"}, "now"),
        ({"id": 1, "text": "x", "now": NOW}, "id"),
        ({"id": "1", "text": "x", "now": NOW, "state": {"mode": "flying"}}, "state/mode"),
        ({"id": "1", "text": "x", "now": NOW, "state": {"ready_at": "soon"}}, "state/ready_at"),
    ],
)
def test_a_wrong_request_says_where(line, place):
    with pytest.raises(RequestError, match=place):
        read_request(line)


@pytest.mark.parametrize("ready", [Clock(8, 0, Period.AM, Day.DAY_AFTER), Span(30, 0)])
def test_a_waiting_cook_is_not_put_off_beyond_what_raw_food_stands(ready):
    waiting = {"state": {"mode": "waiting", "dish": "congee", "phase": "wait", "elapsed_s": 3600}}
    turn = turn_for(Intent(Action.ADJUST, ready=ready), **waiting)
    assert turn.verdict is not None
    assert (turn.verdict.action, turn.verdict.reason) == (Action.REFUSE, Reason.UNSAFE)
    assert turn.schedule == ()
    assert "粥" in as_plan(turn, Generation())["reply"]


def test_a_waiting_cook_has_waited_part_of_its_time_already():
    state = {"mode": "waiting", "dish": "congee", "phase": "wait", "elapsed_s": 6 * 3600}
    later = Intent(Action.ADJUST, ready=Span(8, 0))
    assert turn_for(later, state={**state, "elapsed_s": 0}).verdict is None
    refused = turn_for(later, state=state).verdict
    assert refused is not None
    assert refused.reason is Reason.UNSAFE


def test_what_is_said_of_a_cook_that_is_not_there_has_no_slots():
    plan = as_plan(
        turn_for(Intent(Action.ADJUST, more=Span(0, 10), ready=Clock(8, 0))), Generation()
    )
    assert (plan["action"], plan["reason"]) == ("refuse", "nothing_running")
    slots = ("dish", "servings", "dry_g", "texture", "ready_at", "start_at", "adjust", "target_c")
    assert all(plan[slot] is None for slot in slots)


def test_a_temperature_is_told_only_where_it_is_kept():
    warm = Intent(Action.KEEP_WARM, target=Degrees(70))
    assert as_plan(turn_for(warm, **running("rest")), Generation())["target_c"] == 70
    refused = as_plan(turn_for(replace(warm, target=Degrees(45))), Generation())
    assert (refused["action"], refused["reason"], refused["target_c"]) == ("refuse", "unsafe", None)


@pytest.mark.parametrize(
    ("action", "mode", "phase", "meant"),
    [
        ("adjust", "keep_warm", "keep_warm", "cancel"),
        ("adjust", "paused", "keep_warm", "cancel"),
        ("keep_warm", "keep_warm", "keep_warm", "cancel"),
        ("keep_warm", "cooking", "simmer", "adjust"),
        ("adjust", "cooking", "simmer", "adjust"),
    ],
)
def test_no_minutes_of_warmth_end_it_or_change_what_comes_after(action, mode, phase, meant):
    state = {"mode": mode, "dish": "congee", "phase": phase}
    turn = turn_for(Intent(Action(action), keep_warm=Span(0, 0)), state=state)
    assert turn.facts is not None
    assert turn.facts.intent.action == meant
    assert bool(turn.schedule) == (meant == "adjust")
    assert all(p.kind is not PhaseKind.KEEP_WARM for p in turn.schedule)


@pytest.mark.parametrize("action", [Action.ADJUST, Action.KEEP_WARM])
@pytest.mark.parametrize("dish", sorted(PRODUCT.menu))
@pytest.mark.parametrize("phase", [p.value for p in PhaseKind])
def test_whatever_runs_a_wish_is_done_or_refused(action, dish, phase):
    """Without the model, and in states that cannot be: a dish in a phase that it has not."""
    mode = phase if phase == "keep_warm" else "cooking"
    state = {"mode": mode, "dish": dish, "phase": phase}
    for wish in ({}, {"less": Span(9, 0)}, {"keep_warm": Span(0, 0)}, {"keep_warm": Span(9, 0)}):
        request = read_request({"id": "1", "text": "话", "now": NOW, "state": state})
        turn = Turn(request, PRODUCT)
        turn.stand_in(Intent(action, **wish))
        assert turn.facts is not None
        plan = as_plan(turn, Generation())
        assert bool(plan["schedule"]) == (plan["action"] in ("adjust", "keep_warm"))
        assert plan["action"] in ("adjust", "keep_warm", "cancel", "refuse")


def test_a_wish_that_no_schedule_can_do_is_refused_as_unsafe():
    state = {"mode": "waiting", "dish": "congee"}
    turn = turn_for(Intent(Action.ADJUST, less=Span(9, 0)), state=state)
    assert turn.refusal is not None
    plan = as_plan(turn, Generation())
    assert (plan["action"], plan["reason"]) == ("refuse", "unsafe")
    assert plan["schedule"] == []
