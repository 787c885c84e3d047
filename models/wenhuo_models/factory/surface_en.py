"""How values sound in English. Each function gives one of many forms of the same value."""

from __future__ import annotations

from random import Random

from wenhuo.intent import Clock, Day, Degrees, Period, Quantity, Span, Unit

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_DAYS: dict[Day, tuple[str, ...]] = {
    Day.TODAY: ("today",),
    Day.TOMORROW: ("tomorrow", "tomorrow", "tomorrow", "tmrw"),
    Day.DAY_AFTER: ("the day after tomorrow", "day after tomorrow"),
    Day.MON: ("monday", "on monday", "this monday"),
    Day.TUE: ("tuesday", "on tuesday", "this tuesday"),
    Day.WED: ("wednesday", "on wednesday", "this wednesday"),
    Day.THU: ("thursday", "on thursday", "this thursday"),
    Day.FRI: ("friday", "on friday", "this friday"),
    Day.SAT: ("saturday", "on saturday", "this saturday"),
    Day.SUN: ("sunday", "on sunday", "this sunday"),
}
_PERIOD_AFTER: dict[Period, tuple[str, ...]] = {
    Period.AM: ("am", "am", " am", " a.m.", " in the morning", " in the morning", " a m"),
    Period.PM: ("pm", "pm", " pm", " p.m.", " in the afternoon", " in the afternoon", " p m"),
    Period.NIGHT: (" tonight", " tonight", " this evening", " in the evening", " at night"),
    Period.NOON: (" noon", " at noon", " midday"),
}
_PERIOD_BEFORE: dict[Period, tuple[str, ...]] = {
    Period.AM: ("this morning", "in the morning"),
    Period.PM: ("this afternoon", "in the afternoon"),
    Period.NIGHT: ("tonight", "tonight", "this evening"),
}
_UNITS: dict[Unit, tuple[tuple[str, str], ...]] = {
    Unit.GRAM: (("gram", "grams"), ("g", "g"), ("gram", "grams"), ("gr", "gr")),
    Unit.CUP: (("cup", "cups"), ("cup", "cups"), ("cupful", "cupfuls")),
    Unit.JIN: (("jin", "jin"), ("catty", "catties")),
    Unit.LIANG: (("liang", "liang"),),
    Unit.POUND: (("pound", "pounds"), ("pound", "pounds"), ("lb", "lbs")),
    Unit.KILO: (("kilo", "kilos"), ("kg", "kg"), ("kilogram", "kilograms")),
}


def cardinal(value: int) -> str:
    """A number below a thousand in words."""
    if value >= 100:
        rest = value % 100
        return f"{_SMALL[value // 100]} hundred" + (f" {cardinal(rest)}" if rest else "")
    if value >= 20:
        rest = value % 10
        return _TENS[value // 10 - 2] + (f" {_SMALL[rest]}" if rest else "")
    return _SMALL[value]


def count(rng: Random, value: int) -> str:
    """A number of things."""
    return str(value) if rng.random() < 0.45 or value >= 1000 else cardinal(value)


def clock(rng: Random, said: Clock) -> str:
    """A time of day with its day and part of day, without a preposition before it."""
    if said.hour == 12 and said.minute == 0 and said.period in (Period.NOON, Period.NIGHT):
        word = rng.choice(("noon", "midday", "12 noon", "twelve noon"))
        if said.period is Period.NIGHT:
            word = rng.choice(("midnight", "midnight", "12 midnight", "twelve midnight"))
        return _with_day(rng, word, said.day)
    if said.period is Period.NOON:  # nobody says "one noon"
        return _with_day(rng, _hour_minute(rng, said, bare=False) + " at noon", said.day)
    if said.period and said.day is Day.TOMORROW and rng.random() < 0.45:
        part = {Period.AM: "morning", Period.PM: "afternoon"}.get(said.period)
        return _around(
            rng,
            _hour_minute(rng, said, bare=False),
            f"tomorrow {part or rng.choice(('night', 'evening'))}",
        )
    if (
        said.period
        and said.day
        and said.day not in (Day.TODAY, Day.DAY_AFTER)
        and rng.random() < 0.5
    ):
        part = {Period.AM: "morning", Period.PM: "afternoon"}.get(said.period)
        day = rng.choice(_DAYS[said.day][:2])
        return _around(
            rng,
            _hour_minute(rng, said, bare=False),
            f"{day} {part or rng.choice(('night', 'evening'))}",
        )
    if said.period is None:
        return _with_day(rng, _hour_minute(rng, said, bare=True), said.day)
    before = _PERIOD_BEFORE.get(said.period)
    if before and said.day is None and rng.random() < 0.25:
        return f"{rng.choice(before)} at {_hour_minute(rng, said, bare=True)}"
    after = rng.choice(_PERIOD_AFTER[said.period])
    if said.day and said.period is Period.NIGHT:
        after = rng.choice((" in the evening", " at night"))
    if said.period is Period.AM and said.day is None and rng.random() < 0.15:
        after = " this morning"
    if said.period is Period.PM and said.day is None and rng.random() < 0.15:
        after = " this afternoon"
    if after in ("am", "pm"):
        return _with_day(rng, _hour_minute(rng, said, bare=False, tight=True) + after, said.day)
    return _with_day(rng, _hour_minute(rng, said, bare=True) + after, said.day)


def day_part(rng: Random, said: Clock) -> str:
    """The day and part of day of a time, said apart from it."""
    part = {Period.AM: "morning", Period.PM: "afternoon", Period.NIGHT: "evening"}
    if said.period is None:
        return rng.choice(_DAYS[said.day or Day.TODAY])
    if said.day in (None, Day.TODAY):
        return rng.choice((*_PERIOD_BEFORE[said.period][:2], f"this {part[said.period]}"))
    if said.day is Day.DAY_AFTER:
        return f"the day after tomorrow in the {part[said.period]}"
    return f"{rng.choice(_DAYS[said.day][:2])} {part[said.period]}"


def _with_day(rng: Random, time: str, day: Day | None) -> str:
    if day is None:
        return time
    word = rng.choice(_DAYS[day])
    return f"{time} {word}" if rng.random() < 0.7 else f"{word} at {time}"


def _around(rng: Random, time: str, words: str) -> str:
    return f"{time} {words}" if rng.random() < 0.6 else f"{words} at {time}"


def _hour_minute(rng: Random, said: Clock, *, bare: bool, tight: bool = False) -> str:
    """bare: o'clock may follow. tight: am or pm follows without a blank, so figures only."""
    hour, minute = said.hour, said.minute
    if hour > 12 or tight:
        if minute == 0 and hour <= 12:
            return str(hour)
        separator = ":" if rng.random() < 0.85 else rng.choice((".", "h" if not tight else ":"))
        return f"{hour}{separator}{minute:02d}"
    if minute:
        return _with_minutes(rng, hour, minute)
    kind = rng.random()
    if bare and kind < 0.25:
        return f"{count(rng, hour)} o'clock" if rng.random() < 0.7 else f"{hour} oclock"
    return f"{hour}:00" if kind < 0.32 else count(rng, hour)


def _with_minutes(rng: Random, hour: int, minute: int) -> str:
    kind = rng.random()
    if kind < 0.4:
        return f"{hour}:{minute:02d}"
    if kind < 0.68:
        return _spoken(rng, hour, minute)
    if kind < 0.74:
        return f"{hour} {minute:02d}"
    if kind < 0.78 and minute >= 10:
        return f"{cardinal(hour)}-{cardinal(minute).replace(' ', '-')}"
    return f"{cardinal(hour)} " + (cardinal(minute) if minute >= 10 else f"oh {cardinal(minute)}")


def _spoken(rng: Random, hour: int, minute: int) -> str:
    following = hour % 12 + 1
    if minute == 30:
        return f"half past {count(rng, hour)}" if rng.random() < 0.8 else f"half {cardinal(hour)}"
    if minute in (15, 45):
        quarter = rng.choice(("quarter", "a quarter"))
        if minute == 15:
            return f"{quarter} {rng.choice(('past', 'past', 'after'))} {count(rng, hour)}"
        return f"{quarter} {rng.choice(('to', 'to', 'till', 'before'))} {count(rng, following)}"
    if minute % 5 == 0 and minute < 30:
        return f"{count(rng, minute)} {rng.choice(('past', 'past', 'after'))} {count(rng, hour)}"
    if minute % 5 == 0:
        word = rng.choice(("to", "to", "before"))
        return f"{count(rng, 60 - minute)} {word} {count(rng, following)}"
    return f"{hour} {minute:02d}"


def span(rng: Random, said: Span) -> str:
    """A length of time."""
    hours, minutes = said.hours, said.minutes
    if not hours:
        return _minutes(rng, minutes)
    if minutes == 30:
        if hours == 1 and rng.random() < 0.6:
            return rng.choice(
                ("an hour and a half", "one and a half hours", "1.5 hours", "an hour thirty")
            )
        number = count(rng, hours)
        return rng.choice(
            (
                f"{number} and a half hours",
                f"{number} hours and a half",
                f"{hours}.5 hours",
                f"{number} hours thirty minutes",
                f"{hours}h30",
                f"{hours} and a half hours",
            )
        )
    if hours == 1:
        head = rng.choice(("an hour", "an hour", "one hour", "1 hour", "1h", "1 hr"))
    else:
        head = count(rng, hours) + rng.choice((" hours", " hours", " hours", " hrs", "h"))
        if head.endswith("h") and not head[0].isdigit():
            head = f"{hours}h"
    if not minutes:
        return head
    return head + rng.choice((" and ", " ", " and ")) + _minutes(rng, minutes, alone=False)


def _minutes(rng: Random, minutes: int, *, alone: bool = True) -> str:
    if alone and minutes == 30 and rng.random() < 0.55:
        return rng.choice(("half an hour", "half an hour", "half hour", "a half hour"))
    if alone and minutes == 15 and rng.random() < 0.2:
        return "a quarter of an hour"
    if alone and minutes == 45 and rng.random() < 0.15:
        return rng.choice(("three quarters of an hour", "three quarters of an hour"))
    unit = "minute" if minutes == 1 else rng.choice(("minutes", "minutes", "mins", "min"))
    return f"{count(rng, minutes)} {unit}"


def quantity(rng: Random, said: tuple[Quantity, ...]) -> str:
    """An amount of dry food."""
    return " ".join(_one_quantity(rng, q) for q in said)


def _one_quantity(rng: Random, said: Quantity) -> str:
    one, many = rng.choice(_UNITS[said.unit])
    if not said.half:
        if said.whole == 1 and rng.random() < 0.6:
            return f"a {one}"
        tight = len(one) <= 2 and said.whole > 12 and rng.random() < 0.6
        return (f"{said.whole}" if tight else f"{count(rng, said.whole)} ") + (
            one if said.whole == 1 else many
        )
    if said.whole == 0:
        return rng.choice((f"half a {one}", f"half a {one}", f"a half {one}", f"0.5 {many}"))
    if said.whole == 1 and rng.random() < 0.4:
        return rng.choice((f"a {one} and a half", f"1.5 {many}", f"one and a half {many}"))
    return rng.choice(
        (
            f"{count(rng, said.whole)} and a half {many}",
            f"{said.whole}.5 {many}",
            f"{count(rng, said.whole)} {many} and a half",
        )
    )


def degrees(rng: Random, said: Degrees) -> str:
    """A temperature."""
    number = str(said.value) if rng.random() < 0.6 or said.value > 199 else cardinal(said.value)
    if said.fahrenheit:
        return rng.choice(
            (
                f"{number} fahrenheit",
                f"{number} degrees fahrenheit",
                f"{said.value}°F",
                f"{said.value} F",
            )
        )
    return rng.choice(
        (
            f"{number} degrees",
            f"{number} degrees",
            f"{number} celsius",
            f"{number} degrees celsius",
            f"{said.value}°C",
            f"{said.value}C",
        )
    )
