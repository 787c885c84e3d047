"""How values sound in Chinese. Each function gives one of many forms of the same value."""

from __future__ import annotations

from random import Random

from wenhuo.intent import Clock, Day, Degrees, Period, Quantity, Span, Unit

_DIGITS = "零一二三四五六七八九"
_DAYS: dict[Day, tuple[str, ...]] = {
    Day.TODAY: ("今天", "今天", "今儿", "今日"),
    Day.TOMORROW: ("明天", "明天", "明天", "明儿", "明日", "明个儿"),
    Day.DAY_AFTER: ("后天", "后天", "后儿"),
    **{
        day: (f"周{char}", f"周{char}", f"星期{char}", f"礼拜{char}", f"这周{char}")
        for day, char in zip(
            (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI, Day.SAT), "一二三四五六", strict=True
        )
    },
    Day.SUN: ("周日", "周日", "星期天", "礼拜天", "这周日", "星期日"),
}
_PERIODS: dict[Period, tuple[str, ...]] = {
    Period.AM: (
        "早上",
        "早上",
        "早上",
        "上午",
        "早晨",
        "清早",
        "大清早",
        "一早",
        "一大早",
        "早",
        "早",
    ),
    Period.NOON: ("中午", "中午", "晌午"),
    Period.PM: ("下午", "下午", "下午", "午后"),
    Period.NIGHT: ("晚上", "晚上", "晚上", "晚间", "夜里", "晚", "晚"),
}
# day and part of day in one word; 今早 and 今晚 name no day of their own (wenhuo.intent.Period)
_SHORT: dict[tuple[Day | None, Period], tuple[str, ...]] = {
    (None, Period.AM): ("今早",),
    (None, Period.NIGHT): ("今晚", "今晚", "今儿晚上", "今夜"),
    (Day.TODAY, Period.NIGHT): ("今天晚上", "今日晚上"),
    (Day.TOMORROW, Period.AM): ("明早", "明早", "明早", "明儿早上", "明晨", "明天一早"),
    (Day.TOMORROW, Period.NIGHT): ("明晚", "明晚", "明儿晚上"),
    (Day.TOMORROW, Period.NOON): ("明儿中午", "明天中午", "明中午"),
    (Day.DAY_AFTER, Period.AM): ("后天早上", "后天一早"),
    (Day.DAY_AFTER, Period.NIGHT): ("后天晚上",),
}
_UNITS: dict[Unit, tuple[str, ...]] = {
    Unit.GRAM: ("克", "克", "g"),
    Unit.CUP: ("杯", "杯", "杯", "量杯"),
    Unit.JIN: ("斤",),
    Unit.LIANG: ("两",),
    Unit.POUND: ("磅",),
    Unit.KILO: ("公斤", "公斤", "千克", "kg"),
}


def cardinal(value: int) -> str:
    """A number below ten thousand in Chinese numerals, 二 for two."""
    if value >= 1000:
        rest = value % 1000
        return f"{cardinal(value // 1000)}千" + (
            ("零" if rest < 100 else "") + cardinal(rest) if rest else ""
        )
    if value >= 100:
        rest = value % 100
        tail = ("一" + cardinal(rest) if 10 <= rest < 20 else cardinal(rest)) if rest else ""
        return f"{cardinal(value // 100)}百" + (("零" if rest < 10 else "") + tail if rest else "")
    if value >= 10:
        tens = "" if value < 20 else _DIGITS[value // 10]
        return f"{tens}十" + (_DIGITS[value % 10] if value % 10 else "")
    return _DIGITS[value]


def count(rng: Random, value: int) -> str:
    """A number before a measure word: 两, not 二."""
    if rng.random() < 0.45:
        return str(value)
    return "两" if value == 2 else cardinal(value)


def clock(rng: Random, said: Clock) -> str:
    """A time of day with its day and part of day."""
    if said.period is Period.NOON and said.hour == 12 and said.minute == 0 and rng.random() < 0.15:
        return _day(rng, said) + "正午"
    if said.period is Period.NIGHT and said.hour == 12 and said.minute == 0 and rng.random() < 0.5:
        return _day(rng, said) + rng.choice(("午夜十二点", "半夜十二点", "半夜12点", "夜里12点"))
    return _day_and_period(rng, said) + _hour_minute(rng, said.hour, said.minute)


def day_part(rng: Random, said: Clock) -> str:
    """The day and part of day of a time, said apart from it."""
    return _day_and_period(rng, said)


def _day(rng: Random, said: Clock) -> str:
    return rng.choice(_DAYS[said.day]) if said.day else ""


def _day_and_period(rng: Random, said: Clock) -> str:
    if said.period is None:
        return _day(rng, said)
    short = _SHORT.get((said.day, said.period))
    if short and rng.random() < (0.5 if said.day else 0.3):
        return rng.choice(short)
    word = rng.choice(_PERIODS[said.period])
    if said.period is Period.AM and said.hour < 6 and rng.random() < 0.7:
        word = "凌晨"
    if said.period is Period.PM and said.hour >= 5 and rng.random() < 0.3:
        word = "傍晚"
    if word == "夜里" and said.hour < 8:
        word = "晚上"
    if said.period is Period.NIGHT and said.hour == 12:
        word = rng.choice(("晚上", "半夜", "夜里"))
    return _day(rng, said) + word


def _hour_minute(rng: Random, hour: int, minute: int) -> str:
    kind = rng.random()
    if kind < 0.17:
        return f"{hour}:{minute:02d}" if rng.random() < 0.8 else f"{hour}：{minute:02d}"
    digits = kind < 0.5
    word = str(hour) if digits else ("两" if hour == 2 else cardinal(hour))
    return _past(rng, word, minute, digits) if rng.random() < 0.94 else _before(rng, hour, minute)


def _past(rng: Random, hour: str, minute: int, digits: bool) -> str:
    if minute == 0:
        return hour + rng.choice(("点", "点", "点", "点", "点", "点钟", "点整"))
    if minute == 30:
        return f"{hour}点半" if rng.random() < 0.8 else f"{hour}点{'30' if digits else '三十'}"
    if minute == 15 and rng.random() < 0.6:
        return f"{hour}点一刻"
    if minute == 45 and rng.random() < 0.35:
        return f"{hour}点三刻"
    if digits:
        said = str(minute) if minute >= 10 else rng.choice((f"0{minute}", f"零{minute}"))
    else:
        said = cardinal(minute) if minute >= 10 else f"零{cardinal(minute)}"
    return f"{hour}点{said}" + ("分" if rng.random() < 0.3 else "")


def _before(rng: Random, hour: int, minute: int) -> str:
    """差一刻八点 and 八点差五分, where the minute allows it."""
    left = 60 - minute
    if left > 15 or hour >= 23:
        return _past(rng, "两" if hour == 2 else cardinal(hour), minute, False)
    following = hour % 12 + 1 if hour <= 12 else hour + 1
    to_go = "一刻" if left == 15 else f"{cardinal(left)}分"
    name = "两" if following == 2 else cardinal(following)
    return rng.choice((f"差{to_go}{name}点", f"{name}点差{to_go}"))


def span(rng: Random, said: Span) -> str:
    """A length of time."""
    if said.hours and said.minutes == 30:
        return _hours_and_half(rng, said.hours)
    if said == Span(2, 0) and rng.random() < 0.1:
        return rng.choice(("俩小时", "俩钟头"))
    parts = []
    if said.hours:
        hour = rng.choice(("个小时", "个小时", "小时", "个钟头", "个钟"))
        parts.append(count(rng, said.hours) + hour)
    if said.minutes or not said.hours:
        if said.hours and rng.random() < 0.2:
            parts.append("零" if said.minutes < 10 else "又")
        parts.append(_minutes(rng, said.minutes, alone=not said.hours))
    return "".join(parts)


def _hours_and_half(rng: Random, hours: int) -> str:
    if rng.random() < 0.15:
        return f"{hours}.5" + rng.choice(("小时", "个小时"))
    number = count(rng, hours)
    return rng.choice(
        (
            f"{number}个半小时",
            f"{number}个半小时",
            f"{number}个半钟头",
            f"{number}小时半",
            f"{number}小时三十分钟",
            f"{number}小时30分钟",
            f"{number}个半钟",
        )
    )


def _minutes(rng: Random, minutes: int, alone: bool) -> str:
    if alone and minutes == 30 and rng.random() < 0.7:
        return rng.choice(("半小时", "半个小时", "半个钟头", "半个钟"))
    if alone and minutes == 15 and rng.random() < 0.3:
        return "一刻钟"
    if alone and minutes == 45 and rng.random() < 0.2:
        return "三刻钟"
    word = rng.choice(("分钟", "分钟", "分钟", "分"))
    return (str(minutes) if rng.random() < 0.45 else _two(minutes)) + word


def _two(value: int) -> str:
    return "两" if value == 2 else cardinal(value)


def quantity(rng: Random, said: tuple[Quantity, ...]) -> str:
    """An amount of dry food."""
    return "".join(_one_quantity(rng, q, alone=len(said) == 1) for q in said)


def _one_quantity(rng: Random, said: Quantity, alone: bool) -> str:
    unit = rng.choice(_UNITS[said.unit])
    if not said.half:
        if said.unit is Unit.LIANG:
            return (cardinal(said.whole) if rng.random() < 0.7 else str(said.whole)) + unit
        if said.whole > 12 and rng.random() < 0.6:
            return f"{said.whole}{unit}"
        return count(rng, said.whole) + unit
    if said.whole == 0:
        return f"半{unit}"
    if alone and rng.random() < 0.2:
        return f"{said.whole}.5{unit}"
    return f"{count(rng, said.whole)}{unit}半"


def degrees(rng: Random, said: Degrees) -> str:
    """A temperature."""
    number = str(said.value) if rng.random() < 0.55 else cardinal(said.value)
    if said.fahrenheit:
        return rng.choice((f"{number}华氏度", f"华氏{number}度", f"{number}°F"))
    return number + rng.choice(("度", "度", "度", "度", "摄氏度", "℃", "°C"))
