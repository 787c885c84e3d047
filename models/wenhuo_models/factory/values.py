"""Values that people say: sampled in the words' own terms, as the intents keep them."""

from __future__ import annotations

from random import Random

from wenhuo.intent import Clock, Day, Degrees, Period, Quantity, Span, Unit

_MINUTES = (0,) * 9 + (30,) * 6 + (15, 15, 45, 45, 20, 40, 10, 50, 5, 25, 35, 55)
_PERIOD_HOURS: dict[Period, tuple[int, ...]] = {
    Period.AM: (5, 6, 6, 7, 7, 7, 8, 8, 9, 10, 11, 4),
    Period.NOON: (12, 12, 12, 11, 1),
    Period.PM: (1, 2, 3, 4, 5, 5, 6),
    Period.NIGHT: (5, 6, 6, 7, 7, 7, 8, 8, 9, 10, 11, 12),
}
_HOURS_24 = (13, 14, 15, 16, 17, 17, 18, 18, 18, 19, 19, 20, 21, 22, 23)
_DAYS = (Day.TOMORROW,) * 8 + (Day.TODAY,) * 4 + (Day.DAY_AFTER,) * 2
_WEEKDAYS = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI, Day.SAT, Day.SUN)
_DAYS_APART = (*(None,) * 4, *(Day.TODAY,) * 2, *_DAYS[:8], *(Day.DAY_AFTER,) * 2, *_WEEKDAYS)
_A_FEW_MIN = (5, 5, 10, 10, 10, 15, 15, 20, 20, 30, 30, 2, 3, 8, 12, 25, 40, 45)
_SERVINGS = (1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10, 11, 12)


def clock(rng: Random) -> Clock:
    """A time of day, with a part of day in about half the cases and a day in a third."""
    minute = rng.choice(_MINUTES) if rng.random() < 0.93 else rng.randrange(60)
    day = None
    if rng.random() < 0.34:
        day = rng.choice(_DAYS) if rng.random() < 0.8 else rng.choice(_WEEKDAYS)
    kind = rng.random()
    if kind < 0.16:
        return Clock(rng.choice(_HOURS_24), minute, None, day)
    if kind < 0.58:
        return Clock(rng.randint(1, 12), minute, None, day)
    period = rng.choice(tuple(_PERIOD_HOURS))
    return Clock(rng.choice(_PERIOD_HOURS[period]), minute, period, day)


def day_part(rng: Random) -> tuple[Day | None, Period | None]:
    """A day, a part of day or both, as they are said apart from the hour."""
    day = rng.choice(_DAYS_APART)
    part = rng.choice((Period.AM, Period.AM, Period.NIGHT, Period.NIGHT, Period.PM, None))
    return day, part if day or part in (Period.AM, Period.NIGHT) else Period.NIGHT


def clock_within(rng: Random, day: Day | None, part: Period | None) -> Clock:
    """A time of a day and part of day that were said already."""
    hours = _PERIOD_HOURS[part] if part else (6, 7, 8, 11, 12, 5)
    return Clock(
        rng.choice([h for h in hours if h < 12 or part is None]), rng.choice(_MINUTES), part, day
    )


def span(rng: Random, most_min: int = 600) -> Span:
    """A length of time, mostly in round steps, at most most_min minutes."""
    if most_min <= 120 and rng.random() < 0.8:  # "a bit longer" is mostly a few minutes
        return Span(0, min(most_min, rng.choice(_A_FEW_MIN)))
    kind = rng.random()
    if kind < 0.34 or most_min < 60:
        pool = (5, 10, 10, 15, 15, 20, 20, 25, 30, 30, 30, 35, 40, 40, 45, 45, 50, 55, 60, 75, 90)
        minutes = rng.choice(pool) if rng.random() < 0.9 else rng.randint(2, 120)
        return Span(0, min(minutes, most_min))
    hours = rng.choice((1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 12))
    hours = min(hours, most_min // 60)
    if kind < 0.64 or (hours + 1) * 60 > most_min:
        return Span(hours, 0)
    if kind < 0.88:
        return Span(hours, 30)
    return Span(hours, rng.choice((5, 10, 15, 20, 40, 45, 50)))


def quantity(rng: Random) -> tuple[Quantity, ...]:
    """An amount of dry food, 20 to 2000 g."""
    while True:
        found = _quantity(rng)
        if 20 <= sum(q.grams for q in found) <= 2000:
            return found


def _quantity(rng: Random) -> tuple[Quantity, ...]:
    unit = rng.choices(tuple(Unit), (30, 34, 14, 10, 8, 6))[0]
    half = rng.random() < 0.28
    if unit is Unit.GRAM:
        pool = (100, 150, 200, 250, 300, 350, 400, 450, 500, 600, 750, 800, 1000, 1200)
        grams = rng.choice(pool) if rng.random() < 0.75 else rng.randrange(20, 1200, 10)
        return (Quantity(grams, False, unit),)
    if unit is Unit.LIANG:
        return (Quantity(rng.randint(1, 9), rng.random() < 0.1, unit),)
    if unit is Unit.JIN and rng.random() < 0.3:
        return (
            Quantity(rng.randint(1, 3), False, unit),
            Quantity(rng.randint(1, 9), False, Unit.LIANG),
        )
    most = {Unit.CUP: 8, Unit.JIN: 3, Unit.POUND: 4, Unit.KILO: 1}[unit]
    return (Quantity(rng.randint(0 if half else 1, most), half, unit),)


def servings(rng: Random, low: int = 1, high: int = 12) -> int:
    """A number of people."""
    pool = [n for n in _SERVINGS if low <= n <= high]
    return rng.choice(pool)


def degrees(rng: Random, low_c: int, high_c: int) -> Degrees:
    """A temperature between two limits in °C, now and then in Fahrenheit."""
    value = rng.randint(low_c, high_c)
    if rng.random() < 0.75:
        value = min(high_c, max(low_c, 5 * round(value / 5)))
    if rng.random() < 0.12 and value * 1.8 + 32 <= 240:
        said = round((value * 1.8 + 32) / 5) * 5
        if low_c <= (said - 32) / 1.8 <= high_c:
            return Degrees(said, True)
    return Degrees(value)
