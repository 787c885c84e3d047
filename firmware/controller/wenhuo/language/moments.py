"""Patterns for times of day, in text whose numerals are tokens: clocks, days, parts of the day."""

from __future__ import annotations

import re
from collections.abc import Callable

from wenhuo.intent import Day, Period
from wenhuo.language.vocabulary import number

N, HUNDRED = r"<\|\d+\|>", r"<\|hundred\|>"
TIME_MARK = "[\ue000-\ue0ff]"  # what stands for a time already found (measures.py)
_VALUE = re.compile(r"<\|(\d+)\|>")
# A number before these counts something, so it is neither an hour nor minutes.
NOT_A_COUNT = (
    r"(?!\s*(?:[个口位人名杯斤克两度份碗多]|小时|分|钟|%|[-.:/]<"
    r"|people|person|pax|ppl|folks?|of us|guests?|adults?|kids?|servings?|portions?|helpings?"
    r"|bowls?"
    r"|degrees?|percent|cups?|min|hour|hr|h\b|pound|lb|gram|g\b|kilo|kg|and a half|more\b|or <))"
)
_WEEK = r"(?<![下上])[这本]?个?(?:周|星期|礼拜)"
# 大后天, 下周一 and "next monday" are other days, which the language has no word for.
_DAYS: tuple[tuple[str, Day], ...] = (
    (r"今天|今日|今儿个?", Day.TODAY),
    (r"明天|明日|明儿个?|明个儿?|翌日|听日", Day.TOMORROW),
    (r"(?<!大)后[天儿]", Day.DAY_AFTER),
    *((f"{_WEEK}{re.escape(number(i))}", day) for i, day in enumerate(list(Day)[3:9], 1)),
    (f"{_WEEK}[日天]", Day.SUN),
    (r"\b(?:the )?day after (?:tomorrow|tmrw)\b", Day.DAY_AFTER),
    (r"(?<!after )\b(?:tomorrow|tommorow|tomorow|tmrw|tmr|2moro)\b", Day.TOMORROW),
    (r"\btoday\b", Day.TODAY),
    *(
        (rf"(?<!next )\b(?:on |this |coming )*(?:{name}|{name[:3]})\b", day)
        for name, day in zip(
            "monday tuesday wednesday thursday friday saturday sunday".split(),
            list(Day)[3:],
            strict=True,
        )
    ),
)
_PERIODS: tuple[tuple[str, Period], ...] = (
    (
        r"大?清早|(?:<\|1\|>)?大?早上?|早[上晨]|清晨|凌晨|上午|今早[上晨]?|今晨|晨|(?<![最尽趁赶再])早",
        Period.AM,
    ),
    (r"正午|中午|晌午", Period.NOON),
    (r"下午|午后|傍晚|后晌", Period.PM),
    (r"今晚上?|今夜|晚[上间]|夜[里晚间]|半夜|深夜|午夜|(?<![最再太])晚", Period.NIGHT),
    (r"a\.?\s?m\b\.?|(?:in the |this )?morning\b", Period.AM),
    (r"p\.?\s?m\b\.?|(?:in the |this )?afternoon\b", Period.PM),
    (r"tonight\b|tonite\b|(?:in the |this )?evening\b|(?:at )?night\b", Period.NIGHT),
    (r"(?:at |in the )?(?:noon|midday)\b", Period.NOON),
)
_BOTH: tuple[tuple[str, Day, Period], ...] = (
    (r"明早[上晨]?|明晨", Day.TOMORROW, Period.AM),
    (r"明晚上?", Day.TOMORROW, Period.NIGHT),
    (r"明中午", Day.TOMORROW, Period.NOON),
)


def _any(*patterns: str) -> str:
    return "(?:" + "|".join(patterns) + ")"


_DAY = _any(*(p for p, _ in _DAYS))
_ZH_PERIOD = _any(*(p for p, _ in _PERIODS[:4]))
_EN_PERIOD = _any(*(p for p, _ in _PERIODS[4:]))
_SAID_TOGETHER = _any(*(p for p, _, _ in _BOTH))
_ZH_BEFORE = rf"(?:{_SAID_TOGETHER}|{_DAY}(?:的|\s)*{_ZH_PERIOD}|{_DAY}|{_ZH_PERIOD})"
_EN_PART = r"(?:morning|afternoon|evening|night|noon)\b"
_FILLER = r"(?:的|大概|大约|差不多|[,\s]|\b(?:at|by|around|about|before|for)\b)*"
# A time with a day or a part of day before it, or after it.
BESIDE_A_TIME = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?P<time>{TIME_MARK})\s*(?P<words>{_EN_PERIOD})",
        rf"(?P<words>{_ZH_BEFORE}){_FILLER}(?P<time>{TIME_MARK})",
        rf"(?P<words>{_DAY}\s+{_EN_PART}|(?:in the |this ){_EN_PART}|tonight){_FILLER}"
        rf"(?P<time>{TIME_MARK})",
        rf"(?P<time>{TIME_MARK})(?:\s|,|\bon\b|\bfor\b)*(?P<words>{_DAY}(?:\s+{_EN_PART})?)",
    )
)

_Builder = Callable[[re.Match[str]], tuple[str, ...] | None]


def values(text: str) -> list[int]:
    """The numbers whose tokens stand in a text."""
    return [int(v) for v in _VALUE.findall(text)]


def with_parts(clock: tuple[str, ...], words: str) -> tuple[str, ...]:
    """A clock's tokens with the day and the part of day of these words, where it has none yet."""
    days = [t for t in clock if t.removeprefix("<|").removesuffix("|>") in set(Day)]
    periods = [t for t in clock if t.removeprefix("<|").removesuffix("|>") in set(Period)]
    day, period = _parts(words)
    days = days or ([f"<|{day}|>"] if day else [])
    periods = periods or ([f"<|{period}|>"] if period else [])
    return (*days, *periods, *clock[-2:])


def _parts(words: str) -> tuple[Day | None, Period | None]:
    for pattern, day, period in _BOTH:
        if re.fullmatch(pattern, words.strip()):
            return day, period
    said = next(((d, m) for p, d in _DAYS if (m := re.search(p, words))), None)
    rest = words if said is None else words[: said[1].start()] + words[said[1].end() :]
    part = next((p for pattern, p in _PERIODS if re.search(rf"(?:{pattern})", rest)), None)
    return (said[0] if said else None), part


def _clock(hour: int, minute: int, *parts: str) -> tuple[str, ...] | None:
    if hour > 24 or not 0 <= minute < 60:
        return None
    return (*parts, number(hour), number(minute))


def _before(minutes: int, hour: int) -> tuple[str, ...] | None:
    """So many minutes before the hour."""
    if not 0 < minutes < 60 or not 1 <= hour <= 24:
        return None
    return _clock(hour - 1 if hour > 1 else 12, 60 - minutes)


def _quarters(text: str) -> int:
    """The minutes of 一刻, 三刻 and of minutes said."""
    return values(text)[-1] * (15 if "刻" in text else 1)


def _zh_clock(m: re.Match[str]) -> tuple[str, ...] | None:
    minute = 30 if m["half"] else _quarters(m["minutes"]) if m["minutes"] else 0
    return _clock(values(m["hour"])[0], minute)


def _zh_before(m: re.Match[str]) -> tuple[str, ...] | None:
    return _before(_quarters(m["left"]), values(m["hour"])[0])


def _digits(m: re.Match[str]) -> tuple[str, ...] | None:
    said = values(m["clock"])
    return _clock(said[0], said[-1])


def _en_past_to(m: re.Match[str]) -> tuple[str, ...] | None:
    minutes = 30 if m["half"] else 15 if m["quarter"] else values(m["minutes"])[0]
    hour = values(m["hour"])[0]
    if m["minutes"] and not m["unit"]:
        counted = m["before"] and m["way"] in ("after", "before")  # "for 5 before 7": five people
        if minutes not in (3, 5, 10, 15, 20, 25) or counted:
            return None
    return _clock(hour, minutes) if m["way"] in ("past", "after") else _before(minutes, hour)


def _hour(m: re.Match[str]) -> tuple[str, ...] | None:
    return _clock(values(m["hour"])[0], 0)


def _noon(m: re.Match[str]) -> tuple[str, ...] | None:
    night = "night" in m[0]
    return _clock(12, 0, f"<|{Period.NIGHT if night else Period.NOON}|>")


def _compiled(pattern: str, build: _Builder) -> tuple[re.Pattern[str], _Builder]:
    return re.compile(pattern, re.ASCII), build


_A_BIT = (  # before 一点: "a bit thicker"
    "[稠稀软硬大小多少早晚快慢烂浓厚脆嫩干湿甜淡咸清水好糯弹散紧实焦熟生热凉温轻重高低长短老绵滑细"
    "粗糊松黏粘道有]"
)
_MINUTE = (
    rf"(?:<\|0\|>)?{N}(?:刻|分(?![熟饱飽])钟?)"
    rf"|<\|0\|>{N}{NOT_A_COUNT}|{N}{NOT_A_COUNT}"
)
ZH_CLOCKS = (
    _compiled(rf"差(?P<left>{N}(?:刻|分)?)钟?(?:到)?(?P<hour>{N})点", _zh_before),
    _compiled(rf"(?P<hour>{N})点差(?P<left>{N}(?:刻|分))钟?", _zh_before),
    # 一点 alone is "a bit" more often than one o'clock
    _compiled(
        rf"(?P<hour>(?!<\|1\|>){N}|(?<=[上午天到在改]){N}|(?<=[今明][早晚]){N}|(?<=午后){N}"
        rf"|(?<!{_A_BIT})<\|1\|>(?=点(?:[半整钟吃前左开]|之前|{N}[刻分]|<\|(?:0|\d\d)\|>)))"
        rf"点(?P<half>半)?(?(half)|(?P<minutes>{_MINUTE})?)[钟整正]?",
        _zh_clock,
    ),
    _compiled(
        rf"(?P<hour>{N})时(?![候间常刻])(?P<half>半)?(?(half)|(?P<minutes>{_MINUTE})?)[整正]?",
        _zh_clock,
    ),
)
_SMALL_N = rf"(?:<\|0\|>)?{N}"  # 05
_PREPOSITION = r"(?:at|by|before|until|till|til|around|round|about|after|from|past)"
EN_CLOCKS = (
    _compiled(r"<\|12\|>\s*(?:noon|midday|midnight)\b", _noon),
    _compiled(
        rf"(?P<before>\bfor\s+|\bfrom\s+)?"
        rf"(?:(?P<half>\bhalf)|(?P<quarter>\b(?:a )?quarter)|(?P<minutes>{N})"
        rf"(?P<unit>\s*min(?:ute)?s?)?)\s+(?P<way>past|after|to|till|til|before|of)\s+(?P<hour>{N})"
        rf"{NOT_A_COUNT}",
        _en_past_to,
    ),
    _compiled(
        rf"(?<!for )\b(?P<half>half)\s+(?P<hour>{N}){NOT_A_COUNT}",
        lambda m: _clock(values(m["hour"])[0], 30),
    ),
    _compiled(rf"(?<!\|>:)(?P<clock>{N}:{_SMALL_N})(?!:<)", _digits),
    _compiled(rf"(?P<clock>{N}\s?[.h]\s?{_SMALL_N})(?=\s*[ap]\.?\s?m\b)", _digits),
    _compiled(rf"(?P<clock><\|(?:1[3-9]|2[0-4])\|>\s?[.h]\s?{_SMALL_N}){NOT_A_COUNT}", _digits),
    _compiled(
        rf"(?P<before>\b{_PREPOSITION}\s+)(?P<clock>{N}\s?\.\s?{_SMALL_N}){NOT_A_COUNT}", _digits
    ),
    _compiled(rf"(?P<clock>{N}{HUNDRED}{N})(?=\s*[ap]\.?\s?m\b)", _digits),
    _compiled(rf"(?P<hour>{N})\s*o'?\s?clock\b", _hour),
    _compiled(rf"(?P<hour>{N})\s+sharp\b", _hour),
    _compiled(rf"(?P<clock><\|(?:\d|1[0-2])\|>\s+oh?\s+{N}){NOT_A_COUNT}", _digits),
    _compiled(
        rf"(?P<clock><\|(?:[1-9]|1[0-2])\|>[\s-]+(?:<\|0\|>{N}|<\|[1-5]\d\|>)){NOT_A_COUNT}",
        _digits,
    ),
    _compiled(
        rf"(?P<hour>{N})(?=\s*(?:[ap]\.?\s?m\b|in the (?:morning|afternoon|evening)))", _hour
    ),
    _compiled(rf"(?P<before>\b{_PREPOSITION}\s+)(?P<hour>{N}){NOT_A_COUNT}", _hour),
)
NAMED = _compiled(r"\b(?:noon|midday|midnight)\b|正午", _noon)
