"""Times, lengths, amounts and temperatures in the words become references, and are read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenhuo.intent import Action, Clock, Day, Degrees, Intent, Period, Quantity, Span, Unit
from wenhuo.language.answer import intent_tokens
from wenhuo.language.measures import MOST_OF_A_KIND
from wenhuo.language.parse import parse_intent
from wenhuo.language.prompt import hear
from wenhuo.language.vocabulary import grammar_text, reference, reference_kind


def names(tokens) -> str:
    return " ".join(token[2:-2] for token in tokens)


def only_measure(text: str) -> str:
    heard = hear(text)
    assert len(heard.measures) == 1, heard
    return names(*heard.measures.values())


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("明早七点半吃", "tomorrow am 7 30"),
        ("後天早上七點鐘", "day_after am 7 0"),
        ("兩個半小時", "2 30"),
        ("今天晚上8:05吃", "today night 8 5"),
        ("差一刻八点吃", "7 45"),
        ("八点差五分开饭", "7 55"),
        ("周三十一点四十五要好", "wed 11 45"),
        ("礼拜四两点三十之前", "thu 2 30"),
        ("最晚五点", "5 0"),
        ("下午一点吃", "pm 1 0"),
        ("一点半吃", "1 30"),
        ("八点三个人吃", "8 0"),
        ("定时任务：2:45煮粥", "2 45"),
        ("by half past seven tonight", "night 7 30"),
        ("at quarter to eight tomorrow morning", "tomorrow am 7 45"),
        ("by ten to 12 tomorrow", "tomorrow 11 50"),
        ("tomorrow at 5 05", "tomorrow 5 5"),
        ("ready at seven thirty pm", "pm 7 30"),
        ("at 7", "7 0"),
        ("around 18.30", "18 30"),
        ("friday evening at six", "fri night 6 0"),
        ("noon tomorrow", "tomorrow noon 12 0"),
        ("by midnight", "night 12 0"),
        ("明天 at 7 o'clock", "tomorrow 7 0"),
        ("一个半小时以后", "1 30"),
        ("再煮半个钟头", "0 30"),
        ("三刻钟", "0 45"),
        ("2小时20分钟", "2 20"),
        ("再来十分", "0 10"),
        ("in an hour and a half", "1 30"),
        ("three quarters of an hour", "0 45"),
        ("2h30", "2 30"),
        ("forty-five more minutes", ""),
        ("一斤二两", "1 jin 2 liang"),
        ("两杯半", "2 half cup"),
        ("半斤", "0 half jin"),
        ("3两", "3 liang"),
        ("1千克", "1 kilo"),
        ("三百五十克", "3 hundred 50 gram"),
        ("a cup and a half", "1 half cup"),
        ("half a pound", "0 half pound"),
        ("2 liang", "2 liang"),
        ("七十五度", "75"),
        ("160 degrees fahrenheit", "160 fahrenheit"),
    ],
)
def test_a_measure_is_understood(text, meaning):
    if not meaning:
        assert not hear(text).measures
        return
    assert only_measure(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "稠一点",
        "软1点吧",
        "早一点好",
        "十分好吃",
        "等一下",
        "三两个人",
        "ah forget it",
        "for 5 people",
    ],
)
def test_what_is_no_measure_stays_as_it_was_said(text):
    assert not hear(text).measures


def test_an_answer_refers_to_what_was_said_and_reads_back():
    intent = Intent(
        Action.COOK,
        dish="congee",
        servings=4,
        dry=(Quantity(2, False, Unit.CUP),),
        keep_warm=Span(1, 0),
        ready=Clock(7, 30, Period.AM, Day.TOMORROW),
    )
    heard = hear("明天四个人两杯米煮粥，早上七点半吃，然后保温一小时")
    tokens = intent_tokens(intent, heard.measures)
    assert names(tokens) == (
        "cook dish:congee servings 4 dry amount:1 warm span:1 ready at tomorrow time:1"
    )
    assert parse_intent(heard.written_out([*tokens, "<|end|>"])) == intent


def test_a_correction_refers_to_the_second_time():
    heard = hear("七点，哦不，八点吃")
    tokens = intent_tokens(Intent(Action.COOK, ready=Clock(8, 0)), heard.measures)
    assert names(tokens) == "cook ready at time:2"


def test_a_temperature_keeps_its_number_beside_the_reference():
    heard = hear("保温45度")
    assert heard.words == "保温<|temp:1|><|45|>"
    said = Intent(Action.KEEP_WARM, target=Degrees(45))
    assert parse_intent(heard.written_out(intent_tokens(said, heard.measures))) == said


def test_there_are_as_many_references_as_the_grammar_has():
    heard = hear("1点半 2点半 3点半 4点半 5点半")
    assert len(heard.measures) == MOST_OF_A_KIND
    assert all(reference("time", i) in grammar_text() for i in range(1, MOST_OF_A_KIND + 1))
    assert reference("time", MOST_OF_A_KIND + 1) not in grammar_text()
    assert heard.words.endswith("<|5|>点半")


@given(st.text(max_size=60))
def test_any_text_is_read_and_only_references_are_added(text):
    heard = hear(text)
    assert all(reference_kind(token) and token in heard.words for token in heard.measures)


@given(st.text(alphabet="一二两三十半点分斤杯度小时个周早晚明天 atpm0123456789:.half", max_size=40))
def test_odd_combinations_of_measures_are_read_too(text):
    heard = hear(text)
    assert all(token in heard.words for token in heard.measures)
