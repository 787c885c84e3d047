"""The schedule language: what is written is read back, numbers become tokens, times dates."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenhuo.errors import LanguageError
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
    Topic,
    Unit,
)
from wenhuo.language.answer import PHASES, PLAN, intent_tokens, schedule_tokens
from wenhuo.language.numerals import tokenize_numbers
from wenhuo.language.parse import parse_intent, parse_schedule
from wenhuo.language.prompt import normalize, prompt
from wenhuo.language.times import resolve
from wenhuo.language.vocabulary import functional_tokens, number, number_id
from wenhuo.schedule import Phase, PhaseKind, Until

NOW = datetime.fromisoformat("2026-11-23T22:00:00+08:00")  # a Monday

maybe = st.none
spans = st.builds(Span, st.integers(0, 72), st.integers(0, 240))
clocks = st.builds(
    Clock,
    st.integers(0, 24),
    st.integers(0, 59),
    maybe() | st.sampled_from(Period),
    maybe() | st.sampled_from(Day),
)
whens = maybe() | spans | clocks
quantities = st.builds(Quantity, st.integers(0, 2000), st.booleans(), st.sampled_from(Unit))
cook_slots = {
    "dish": maybe() | st.sampled_from(["white_rice", "congee"]),
    "servings": maybe() | st.integers(1, 12),
    "dry": st.lists(quantities, max_size=2).map(tuple),
    "texture": maybe() | st.sampled_from(Texture),
    "keep_warm": maybe() | spans,
    "ready": whens,
    "start": whens,
}
degrees = maybe() | st.builds(Degrees, st.integers(0, 240), st.booleans())
intents = st.one_of(
    st.builds(Intent, st.just(Action.COOK), **cook_slots),
    st.builds(Intent, st.just(Action.REMEMBER), **cook_slots),
    st.builds(Intent, st.just(Action.ASK), st.just(Reason.MISSING_DISH), **cook_slots),
    st.builds(
        Intent,
        st.just(Action.REFUSE),
        st.sampled_from([Reason.UNSAFE, Reason.OUT_OF_SCOPE, Reason.NOTHING_RUNNING]),
        target=degrees,
        **cook_slots,
    ),
    st.builds(Intent, st.just(Action.KEEP_WARM), target=degrees, keep_warm=maybe() | spans),
    st.builds(
        Intent,
        st.just(Action.ADJUST),
        more=maybe() | spans,
        power=maybe() | st.sampled_from(PowerChange),
        change=maybe() | st.sampled_from(TextureChange),
        ready=whens,
    ),
    st.builds(Intent, st.just(Action.ANSWER), topic=st.sampled_from(Topic)),
    st.builds(
        Intent,
        st.sampled_from([Action.CANCEL, Action.PAUSE, Action.RESUME, Action.STATUS]),
    ),
)


@given(intents)
def test_an_intent_survives_the_language(intent):
    assert parse_intent([*intent_tokens(intent), "<|end|>"]) == intent


def test_a_schedule_survives_the_language():
    schedule = (
        Phase(PhaseKind.WAIT, None, 0, 0),
        Phase(PhaseKind.HEAT, 100.0, 100, 1500, Until.BOIL),
        Phase(PhaseKind.SIMMER, 99.0, 35, 4 * 3600),
        Phase(PhaseKind.SIMMER, 99.0, 35, 8 * 3600),
        Phase(PhaseKind.KEEP_WARM, 72.0, 30, 330 * 60),
    )
    line = ["<|cook|>", PLAN, PHASES, *schedule_tokens(schedule), "<|end|>"]
    assert parse_schedule(line) == schedule


def test_the_language_refuses_what_it_cannot_say():
    with pytest.raises(LanguageError, match="whole minutes"):
        schedule_tokens((Phase(PhaseKind.SOAK, 60.0, 50, 61),))
    with pytest.raises(LanguageError, match="no slot"):
        parse_intent(["<|cook|>", "<|gram|>"])
    with pytest.raises(LanguageError, match="stops before its phases"):
        parse_schedule(["<|cook|>", PLAN])


def test_tokens_are_distinct_and_numbers_follow_each_other():
    tokens = functional_tokens(["congee"])
    assert len(tokens) == len(set(tokens))
    assert tokens[number_id(0)] == number(0)
    assert tokens[number_id(240)] == number(240)


@pytest.mark.parametrize(
    ("words", "tokens"),
    [
        ("七点半", "<|7|>点半"),
        ("十九点三十五", "<|19|>点<|35|>"),
        ("三两米", "<|3|>两米"),
        ("两杯半", "<|2|>杯半"),
        ("一斤二两", "<|1|>斤<|2|>两"),
        ("一百五十克", "<|150|>克"),
        ("三百克", "<|3|><|hundred|><|0|>克"),
        ("一千两百克", "<|12|><|hundred|><|0|>克"),
        ("三四个人", "<|3|><|4|>个人"),
        ("一八三零", "<|18|><|hundred|><|30|>"),
        ("18:05", "<|18|>:<|0|><|5|>"),
        ("450 grams", "<|4|><|hundred|><|50|> grams"),
        ("twenty-five minutes", "<|25|> minutes"),
        ("a hundred and fifty grams", "<|150|> grams"),
        ("someone often", "someone often"),
    ],
)
def test_numerals(words, tokens):
    assert tokenize_numbers(words) == tokens


@given(st.text(max_size=200))
def test_words_cannot_forge_tokens(text):
    assert "<|" not in normalize(text)
    assert prompt(text).count("<|reply|>") == 1


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (Clock(7, 0), "2026-11-24T07:00"),  # the next moment a 12-hour clock shows it
        (Clock(11, 0), "2026-11-23T23:00"),
        (Clock(7, 0, Period.AM), "2026-11-24T07:00"),
        (Clock(7, 0, Period.NIGHT), "2026-11-24T19:00"),
        (Clock(18, 30), "2026-11-24T18:30"),
        (Clock(12, 0, Period.NOON), "2026-11-24T12:00"),
        (Clock(1, 0, Period.NOON), "2026-11-24T13:00"),
        (Clock(12, 0, Period.NIGHT), "2026-11-24T00:00"),
        (Clock(12, 0, Period.PM), "2026-11-24T12:00"),
        (Clock(12, 0, Period.NIGHT, Day.TOMORROW), "2026-11-25T00:00"),
        (Clock(6, 0, None, Day.TOMORROW), "2026-11-24T06:00"),
        (Clock(12, 0, None, Day.TOMORROW), "2026-11-24T12:00"),
        (Clock(8, 0, Period.AM, Day.DAY_AFTER), "2026-11-25T08:00"),
        (Clock(9, 0, Period.AM, Day.SAT), "2026-11-28T09:00"),
        (Clock(9, 0, Period.AM, Day.MON), "2026-11-30T09:00"),
        (Span(1, 30), "2026-11-23T23:30"),
    ],
)
def test_times(when, expected):
    assert resolve(when, NOW) == datetime.fromisoformat(expected + ":00+08:00")


@given(clocks)
def test_a_time_is_always_ahead_and_within_nine_days(when):
    moment = resolve(when, NOW)
    assert moment is not None
    assert NOW < moment <= NOW + timedelta(days=9)


def test_no_time_said_is_no_time():
    assert resolve(None, NOW) is None
