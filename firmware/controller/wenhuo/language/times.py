"""Times as said turned into dates (the rules of plan.schema.json's ready_at and start_at)."""

from __future__ import annotations

from datetime import datetime, timedelta

from wenhuo.intent import Clock, Day, Period, Span, When

_DAYS_AHEAD = {Day.TODAY: 0, Day.TOMORROW: 1, Day.DAY_AFTER: 2}
_WEEKDAYS = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI, Day.SAT, Day.SUN)
_HALF_DAY_H = 12


def resolve(when: When | None, now: datetime) -> datetime | None:
    """The moment meant. A span counts from now; a bare clock time is the next moment at which a
    12-hour clock shows it, unless a day, a part of day or a 24-hour time says otherwise."""
    if when is None:
        return None
    if isinstance(when, Span):
        return now + timedelta(minutes=when.total_min)
    day = _day_start(when, now)
    moments = sorted(day + timedelta(hours=h, minutes=when.minute) for h in _hours(when))
    ahead = [m for m in moments if m > now]
    if ahead:
        return ahead[0]
    step = timedelta(days=7) if when.day in _WEEKDAYS else timedelta(days=1)
    return moments[0] + step


def _day_start(clock: Clock, now: datetime) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if clock.day in _DAYS_AHEAD:
        return midnight + timedelta(days=_DAYS_AHEAD[clock.day])
    if clock.day in _WEEKDAYS:
        return midnight + timedelta(days=(_WEEKDAYS.index(clock.day) - now.weekday()) % 7)
    return midnight


def _hours(clock: Clock) -> list[int]:
    """The hours, counted from the named day's start, that the words can mean on that day."""
    hour, day_said = clock.hour, clock.day is not None
    if hour == 0 or hour > _HALF_DAY_H:
        return [hour]
    h12 = hour % _HALF_DAY_H
    if clock.period is Period.AM:
        return [h12]
    if clock.period is Period.PM:
        return [h12 + _HALF_DAY_H]
    if clock.period is Period.NOON:
        return [hour if hour >= 10 else hour + _HALF_DAY_H]
    if clock.period is Period.NIGHT:
        return _night_hours(hour, day_said)
    if day_said:
        # "tomorrow at 12" is noon; "tomorrow at 6" the first six o'clock of that day
        return [_HALF_DAY_H] if h12 == 0 else [hour, hour + _HALF_DAY_H]
    return [h12, h12 + _HALF_DAY_H]


def _night_hours(hour: int, day_said: bool) -> list[int]:
    if 5 <= hour < _HALF_DAY_H:
        return [hour + _HALF_DAY_H]
    small_hour = hour % _HALF_DAY_H  # midnight to four: the night that follows the named day
    return [small_hour + 24] if day_said else [small_hour, small_hour + 24]
