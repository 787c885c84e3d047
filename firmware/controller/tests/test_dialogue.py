"""Several turns by several people. The model is scripted; rules, memory and tools are real."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from household_bench import NOW, PRODUCT, planner, served
from hypothesis import given, settings
from hypothesis import strategies as st

from wenhuo.dialogue import tools
from wenhuo.dialogue.cues import read_cues
from wenhuo.dialogue.dialogue import Dialogue
from wenhuo.dialogue.merge import overlay
from wenhuo.dialogue.ports import Said
from wenhuo.dialogue.thread import EXPIRES_S, Question, Thread, Topic
from wenhuo.intent import Action, Clock, Intent, Reason, Span, Texture, TextureChange
from wenhuo.memory import Memory
from wenhuo.memory.cooks import CANCELLED, PAUSED
from wenhuo.memory.likes import Like, Source

ASK = Intent(Action.ASK, Reason.MISSING_DISH)
COOK = Intent(Action.COOK)
IDLE = {
    "rice for <|4|>": Intent(Action.COOK, dish="white_rice", servings=4),
    "rice": Intent(Action.COOK, dish="white_rice"),
    "congee": Intent(Action.COOK, dish="congee"),
    "thick congee": Intent(Action.COOK, dish="congee", texture=Texture.THICK),
    "no, brown": Intent(Action.COOK, dish="brown_rice"),
    "something for <|4|>": Intent(Action.ASK, Reason.MISSING_DISH, servings=4),
    "for <|6|>": Intent(Action.ASK, Reason.MISSING_DISH, servings=6),
    "<|time:1|>": Intent(Action.ASK, Reason.MISSING_DISH, ready=Clock(8, 0)),
    "remember rice for <|4|>": Intent(Action.REMEMBER, dish="white_rice", servings=4),
    "the usual": COOK,
    "congee in <|span:1|>": Intent(Action.COOK, dish="congee", ready=Span(20, 0)),
}
BUSY = {
    "thicker": Intent(Action.ADJUST, change=TextureChange.THICKER),
    "for <|6|>": Intent(Action.COOK, dish="white_rice", servings=6),
    "<|time:1|>": Intent(Action.ADJUST, ready=Clock(8, 0)),
    "keep it warm": Intent(Action.KEEP_WARM),
}


class Mind:
    def __init__(self) -> None:
        self.planner = planner(IDLE, BUSY)
        self.hook = None
        self.requests = []

    @property
    def product(self):
        return PRODUCT

    async def understand(self, request):
        return self.planner.understand(request)

    async def carry_out(self, request, intent):
        self.requests.append(request)
        if self.hook is not None:
            await self.hook()
        return self.planner.carry_out(request, intent)


class Pot:
    """What is wanted is done at once, or not, with the reason."""

    def __init__(self, memory: Memory) -> None:
        self.memory, self.mode, self.answer = memory, None, "ok"
        self.settled = self.stopped = 0

    def state(self):
        cooks = self.memory.cooks.open()
        if not cooks:
            return {"mode": self.mode or "idle"}
        about = cooks[-1].about
        return {"mode": self.mode or "cooking", "dish": cooks[-1].dish, "elapsed_s": 60.0,
                "phase": "soak", "texture": about["texture"], "dry_g": about["dry_g"]}  # fmt: skip

    def sensors(self):
        return {}

    async def stop(self):
        self.stopped += 1
        return "ok"

    async def settle(self):
        self.settled += 1
        *old, latest = self.memory.cooks.open()
        for cook in old:
            self.memory.cooks.end(cook.id, "cancelled", 0.0)
        if latest.wanted == CANCELLED:
            self.memory.cooks.end(latest.id, "cancelled", 0.0)
        return self.answer


class Talk:
    def __init__(self, memory: Memory) -> None:
        self.memory, self.mind, self.pot = memory, Mind(), Pot(memory)
        self.at = NOW
        self.dialogue = Dialogue(memory, self.mind, self.pot)

    def say(self, text, by="", after_s=10.0, message=None):
        self.at += timedelta(seconds=after_s)
        return asyncio.run(self.dialogue.hear(Said(text, self.at, by, message)))

    def restart(self) -> None:
        self.dialogue = Dialogue(self.memory, self.mind, self.pot)


@pytest.fixture
def talk(tmp_path):
    with Memory.open(tmp_path) as memory:
        yield Talk(memory)


def test_a_correction_completes_the_order(talk):
    talk.say("rice for 4")
    answer = talk.say("no, brown")
    assert answer.tool == "cook"
    assert (answer.arguments["dish"], answer.arguments["servings"]) == ("brown_rice", 4)
    assert [cook.dish for cook in talk.memory.cooks.open()] == ["brown_rice"]


def test_an_open_question_takes_its_answer_also_after_a_restart(talk):
    assert talk.say("something for 4").arguments == {"topic": Topic.DISH}
    talk.restart()
    answer = talk.say("congee")
    assert (answer.arguments["dish"], answer.arguments["servings"]) == ("congee", 4)


def test_an_open_question_expires(talk):
    talk.say("something for 4")
    answer = talk.say("yes", after_s=EXPIRES_S + 1)
    assert (answer.tool, answer.arguments) == ("ask", {"topic": ""})
    assert talk.memory.cooks.open() == []


def test_two_people_do_not_mix_two_cooks(talk):
    talk.say("something for 4", by="Ann")
    talk.say("for 6", by="Ben")
    answer = talk.say("congee", by="Ann")
    assert (answer.arguments["dish"], answer.arguments["servings"]) == ("congee", 4)
    asked = talk.say("rice", by="Ben")  # completes his own question
    assert (asked.tool, asked.arguments) == ("ask", {"topic": Topic.REPLACE})
    replaced = talk.say("yes", by="Ben")
    assert (replaced.arguments["dish"], replaced.arguments["servings"]) == ("white_rice", 6)


def test_a_fragment_of_one_is_not_about_the_others_cook(talk):
    talk.say("rice for 4", by="Ann")
    assert talk.say("for 6", by="Ben").arguments == {"topic": Topic.DISH}
    answer = talk.say("for 6", by="Ann")
    assert (answer.arguments["dish"], answer.arguments["servings"]) == ("white_rice", 6)


def test_what_is_on_is_not_dropped_unasked(talk):
    talk.say("congee", by="Ann")
    assert talk.say("rice", by="Ann", after_s=1000).arguments == {"topic": Topic.REPLACE}
    assert talk.say("no", by="Ann").tool == "status"
    assert [cook.dish for cook in talk.memory.cooks.open()] == ["congee"]


def test_stop_does_not_wait_for_anybodys_turn(talk):
    """It is said while the planner still works on an order, which then must not begin."""

    async def both():
        async def stop():
            talk.mind.hook = None
            await talk.dialogue.hear(Said("stop", NOW, "Ben"))

        talk.mind.hook = stop
        return await talk.dialogue.hear(Said("rice for 4", NOW, "Ann"))

    answer = asyncio.run(asyncio.wait_for(both(), 60))
    assert answer.tool == "refuse"
    assert talk.memory.cooks.open() == []


def test_a_running_cook_is_stopped_and_paused_at_once(talk):
    talk.say("rice")
    assert talk.say("pause").tool == "pause"
    assert talk.memory.cooks.open()[0].wanted == PAUSED
    asked = talk.mind.planner.model.asked
    assert talk.say("stop").tool == "cancel"
    assert talk.mind.planner.model.asked == asked
    assert talk.memory.cooks.open() == []


def test_stop_also_stops_a_board_that_does_what_nobody_remembers(talk):
    talk.pot.mode = "cooking"
    assert talk.say("stop").tool == "cancel"
    assert talk.pot.stopped == 1


def test_the_same_message_is_done_once(talk):
    first = talk.say("rice", message="m1")
    assert talk.say("rice", message="m1").reply == first.reply
    assert len(talk.memory.cooks.recent(9)) == 1
    assert talk.memory.calls.count() == 1


def test_a_board_that_refuses_is_told_and_recorded(talk):
    talk.pot.answer = "fault_latched"
    answer = talk.say("rice")
    assert "fault_latched" in answer.reply
    call = talk.memory.calls.of_cook(talk.memory.cooks.recent(1)[0].id)[0]
    assert (call.board, call.reply) == ("fault_latched", answer.reply)


def test_a_call_records_words_model_envelope_and_board(talk):
    talk.say("thick congee", by="Ann", message="m1")
    call = talk.memory.calls.by_message("m1")
    assert (call.tool, call.speaker, call.envelope, call.board) == ("cook", "Ann", "passed", "ok")
    assert call.lines[0][:2] == ["<|cook|>", "<|dish:congee|>"]
    assert call.requests[0]["text"] == "thick congee"
    assert call.plan["schedule"]
    assert call.arguments["believed"]["texture"] == "thick"


def test_remembered_likes_reach_the_request_only_for_their_dish(talk):
    talk.say("remember rice for 4")
    talk.say("congee")
    assert "memory" not in talk.mind.requests[-1] or not talk.mind.requests[-1]["memory"]
    talk.say("stop")
    answer = talk.say("rice")
    assert talk.mind.requests[-1]["memory"] == {"white_rice": {"servings": 4}}
    assert answer.arguments["servings"] == 4


def test_the_usual_is_the_dish_cooked_most_at_its_usual_time(talk):
    talk.say("rice")
    served(talk.memory, 1)
    talk.memory.likes.put(Like("white_rice", "ready", "19:30"), 0.0)
    answer = talk.say("the usual", after_s=0)
    assert answer.arguments["dish"] == "white_rice"
    assert answer.arguments["ready_at"].startswith("2026-11-23T19:30")


def test_a_complaint_after_the_meal_changes_the_next_one(talk):
    talk.say("congee")
    served(talk.memory, 1)
    answer = talk.say("太稀了", after_s=4000)
    assert answer.tool == "outcome"
    assert "稠" in answer.reply
    assert talk.memory.cooks.get(1).verdict == "thicker"
    assert talk.say("congee").arguments["texture"] == "thick"


def test_at_the_end_of_the_textures_water_does_it(talk):
    talk.memory.likes.put(Like("congee", "texture", "thick", Source.SAID), 0.0)
    talk.say("congee")
    served(talk.memory, 1)
    before = talk.say("congee", after_s=4000).reply
    served(talk.memory, 2)
    talk.say("太稀了", after_s=4000)
    assert talk.memory.likes.of("congee") == {"texture": "thick", "water_pct": 90}
    assert talk.say("congee").reply != before  # it asks for less water


def test_a_complaint_while_it_cooks_is_a_correction(talk):
    talk.say("congee")
    answer = talk.say("太稀了")
    assert (answer.tool, answer.arguments["texture"]) == ("adjust", "thicker")


def test_corrections_on_two_cooks_lead_to_a_question_and_yes_keeps_it(talk):
    for _ in range(2):
        talk.say("congee")
        answer = talk.say("thicker")
        served(talk.memory, talk.memory.cooks.last().id)
    assert "remember" in answer.reply
    assert talk.say("yes").tool == "remember"
    assert talk.memory.likes.of("congee") == {"texture": "thick"}


def test_food_that_would_wait_too_long_is_offered_at_the_latest_safe_moment(talk):
    answer = talk.say("congee in 20 hours")
    assert (answer.tool, answer.arguments["reason"]) == ("refuse", "unsafe")
    taken = talk.say("yes")
    assert taken.tool == "cook"
    assert taken.arguments["late_s"] == 0
    assert talk.memory.cooks.open()[0].schedule[0].kind == "wait"


def test_to_keep_warm_what_still_cooks_means_afterwards(talk):
    talk.say("rice")
    answer = talk.say("keep it warm", after_s=1000)
    assert answer.tool == "adjust"
    kinds = [phase.kind for phase in talk.memory.cooks.open()[0].schedule]
    assert kinds[-1] == "keep_warm"
    assert len(kinds) > 1


def test_a_timer_and_its_end(talk):
    assert talk.say("remind me in 10 minutes").tool == "timer"
    assert len(talk.memory.timers()) == 1
    assert talk.say("cancel the reminder").arguments == {"count": 1}
    assert talk.memory.timers() == []


def test_forgetting_all_is_asked_for_once_more(talk):
    talk.memory.likes.put(Like("congee", "texture", "thick"), 0.0)
    assert talk.say("forget everything").arguments == {"topic": Topic.FORGET_ALL}
    assert talk.memory.likes.all()
    talk.say("yes")
    assert talk.memory.likes.all() == []


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("好的", "yes"), ("yes please", "yes"), ("不用了", "no"), ("never mind", "no"),
        ("老样子", "usual"), ("跟昨天一样", "same"), ("你记得什么", "recall"),
        ("don't remember that", "forget"), ("定个闹钟", "timer"), ("I mean brown", "correction"),
    ],
)  # fmt: skip
def test_cues_are_heard(text, cue):
    assert cue in read_cues(text)


@pytest.mark.parametrize(
    "text", ["don't forget to cook rice", "煮粥", "cook rice for four", "别忘了加水"]
)
def test_orders_are_no_cues(text):
    assert not read_cues(text).found & {"yes", "no", "forget", "recall", "timer", "usual"}


@pytest.mark.parametrize(
    ("text", "change"),
    [("太稀了", "thicker"), ("a bit hard", "softer"), ("too mushy", "firmer"), ("太稠", "thinner")],
)
def test_what_was_too_much_is_wished_otherwise(text, change):
    assert read_cues(text).complaint == change


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_words_break_the_cues(text):
    assert isinstance(read_cues(text).found, frozenset)


_ORDERS = st.builds(
    Intent,
    action=st.just(Action.COOK),
    dish=st.none() | st.sampled_from(sorted(PRODUCT.menu)),
    servings=st.none() | st.integers(1, 12),
    texture=st.none() | st.sampled_from(list(Texture)),
    ready=st.none() | st.just(Clock(8, 0)),
    start=st.none() | st.just(Span(1, 0)),
)


@given(_ORDERS, _ORDERS)
@settings(max_examples=100, deadline=None)
def test_what_is_said_last_holds_and_nothing_contradicts_it(base, said):
    order = overlay(base, said, PRODUCT)
    for name in ("dish", "servings", "ready", "start"):
        wanted = getattr(said, name)
        assert getattr(order, name) == wanted or wanted is None
    if bool(said.ready) != bool(said.start):
        assert not (order.ready and order.start)
    if order.texture and said.dish and not said.texture:
        assert order.texture in PRODUCT.dish(said.dish).textures


@given(_ORDERS, st.sampled_from(list(Topic)))
@settings(max_examples=40, deadline=None)
def test_a_thread_outlives_a_restart(order, topic):
    like = Like("congee", "servings", 3, Source.LEARNED)
    thread = Thread("Ann", order, 5.0, 7, Question(topic, 6.0, order, like))
    assert Thread.from_json("Ann", thread.as_json()) == thread


def test_every_tool_has_a_name_of_its_own():
    # by name: what slots=True has replaced lives until the garbage is collected
    kinds = {kind.__qualname__: kind for kind in tools.Tool.__subclasses__()}
    assert len({kind.name for kind in kinds.values()}) == len(kinds)
