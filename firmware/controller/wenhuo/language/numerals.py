"""Numbers in words and digits, Chinese and English, turned into number tokens.

The model then reads 七, 7 and seven as the same token that it will write, so that it copies numbers
instead of learning numerals. What a number means (an hour, people, a bit) stays the model's task.
"""

from __future__ import annotations

import re

from wenhuo.language.answer import amount_tokens

_ZH_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_ZH_UNIT = {"十": 10, "百": 100, "千": 1000}
_EN_SMALL = {
    w: i
    for i, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_EN_TENS = {
    w: 10 * i
    for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_EN_WORD = "|".join(sorted([*_EN_SMALL, *_EN_TENS], key=len, reverse=True))
_EN_UNITS = "|".join(w for w, v in _EN_SMALL.items() if 0 < v < 10)
_EN_TEN = "|".join(_EN_TENS)
_EN_BELOW_100 = rf"(?:(?:{_EN_TEN})(?:[\s-]+(?:{_EN_UNITS}))?|{_EN_WORD})"
_ZH = r"(?:[零〇一二两俩三四五六七八九十百]|千(?!克))"
_NUMBER = re.compile(
    rf"(?P<digits>\d+)"
    rf"|(?P<zh>(?<=[周期拜])[一二三四五六](?!个)|{_ZH}+)"  # 周三十一点: a day, then eleven
    rf"|\b(?P<hundred>(?:a|{_EN_UNITS})\s+hundred(?:\s+(?:and\s+)?{_EN_BELOW_100})?)\b"
    rf"|\b(?P<en>{_EN_BELOW_100})\b",
    re.ASCII,  # so that a word ends where Chinese begins
)
_COUNTED = frozenset("点个位口")
_MOST = 20_099  # the largest amount that the schedule language can say


def tokenize_numbers(text: str) -> str:
    """The text with each numeral replaced by number tokens ("七点半" -> "<|7|>点半").

    The text must be lower case. Numbers beyond the language (phone numbers, years of a century
    hence) are spelt digit by digit, so that nothing is lost.
    """
    return _NUMBER.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    if match["digits"]:
        zero = [0] if re.fullmatch("0[1-9]", match["digits"]) else []  # 7:05
        return _spell([*zero, int(match["digits"])], match["digits"])
    if match["zh"]:
        before = match.string[: match.start()][-1:]
        counts = match.string[match.end() :][:1] in _COUNTED
        if match["zh"] == "两" and before.isdigit() and not counts:
            return "两"  # 3两
        return _chinese(match["zh"], counts=counts)
    return _spell([_english(match[0])], match[0])


def _spell(values: list[int], raw: str) -> str:
    if any(v > _MOST for v in values):
        values = [int(c) for c in raw if c.isdigit()]
    return "".join(token for v in values for token in amount_tokens(v))


def _english(words: str) -> int:
    total = 0
    for word in re.split(r"[\s-]+", words):
        if word == "hundred":
            total *= 100
        else:
            total += 1 if word == "a" else _EN_SMALL.get(word, 0) + _EN_TENS.get(word, 0)
    return total


def _chinese(run: str, *, counts: bool = False) -> str:
    """A run of numeral characters; 两 after a number is the unit of weight and stays as it is.

    counts: what follows is counted, so a 两 at the end is the number two ("礼拜四两点").
    """
    if counts and len(run) > 1 and run.endswith("两") and run[-2] not in _ZH_UNIT:
        return _chinese(run[:-1]) + _chinese("两")
    head, unit, tail = run, "", ""
    weight = re.search(r"(?<=[^两俩])两(?![百千])|(?<=两)两$", run)
    if weight:
        head, unit, tail = run[: weight.start()], "两", run[weight.end() :]
    return _chinese_values(head) + unit + (_chinese(tail) if tail else "")


def _chinese_values(run: str) -> str:
    if any(c in _ZH_UNIT for c in run):
        return _spell([_chinese_value(run)], run)
    if len(run) <= 2 and not run.startswith(("零", "〇")):
        # "三四个人" is three or four, not thirty-four
        return "".join(amount_tokens(_ZH_DIGIT[c])[0] for c in run)
    if set(run) <= {"零", "〇"} or run[0] in "零〇":
        return "".join(amount_tokens(_ZH_DIGIT[c])[0] for c in run)
    return _spell([int("".join(str(_ZH_DIGIT[c]) for c in run))], run)


def _chinese_value(run: str) -> int:
    total, digit, last_unit = 0, 0, 1
    for char in run:
        if char in _ZH_UNIT:
            last_unit = _ZH_UNIT[char]
            total += (digit or 1) * last_unit
            digit = 0
        else:
            digit = _ZH_DIGIT[char]
            if digit == 0:
                last_unit = 1  # 一百零五 is 105
    if digit and last_unit >= 100:
        return total + digit * last_unit // 10  # 一百五 is 150
    return total + digit
