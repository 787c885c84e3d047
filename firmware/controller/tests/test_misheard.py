"""Numerals and units that a recognizer wrote as words of the same sound."""

import pytest

from wenhuo.language.prompt import hear


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("明早七点班吃", "明早七点半吃"),
        ("改成八点一课", "改成八点一刻"),
        ("六店半喝粥", "六点半喝粥"),
        ("再煮十五分中", "再煮十五分钟"),
        ("保温两个小食", "保温两个小时"),
        ("两个仁的饭", "两个人的饭"),
        ("煮三个人的饭", "煮三个人的米饭"),
        ("ready at ate", "ready at 8"),
        ("soup by ate tonight", "soup by 8 tonight"),
        ("start it at for in the morning", "start it at 4 in the morning"),
        ("rice for for people", "rice for 4 people"),
        ("rice for too people", "rice for 2 people"),
        ("too cups of rice", "2 cups of rice"),
        ("soup for won person", "soup for 1 person"),
        ("half passed seven", "half past seven"),
        ("keep it warm one our", "keep it warm one hour"),
        ("in two and a half ours", "in two and a half hours"),
        ("warm at seventy degrease", "warm at seventy degrees"),
        ("ten minuets more", "ten minutes more"),
    ],
)
def test_what_was_misheard_is_read_as_it_was_said(written, said):
    assert hear(written) == hear(said)


@pytest.mark.parametrize(
    "plain",
    ["七点班车来之前", "we ate at home", "we ate rice", "cook rice for people i like", "our rice",
     "that is for the kids", "小食拼盘", "go to people's park", "一分中肯的话"],
)  # fmt: skip
def test_plain_words_stay(plain):
    assert "<|time" not in hear(plain.removeprefix("七点")).words
    assert "<|8|>" not in hear(plain).words
