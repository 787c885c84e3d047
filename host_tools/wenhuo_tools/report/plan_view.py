"""A plan as people read it: what was understood, the table, the strip, the sentence said back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from wenhuo_tools.report.timeline import Planned, cell_width, pad, paint, strip, table
from wenhuo_tools.report.words import (
    ACTION_WORDS,
    LABELS,
    PHASE_COLOURS,
    span_words,
    texture_word,
)

_WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_DIM = "#8a929a"
_MOST_CHARS = 120


def when_words(moment: str, now: datetime, lang: str) -> str:
    """A moment of the plan for people: the weekday is said where it is not today."""
    then = datetime.fromisoformat(moment)
    day = "" if then.date() == now.date() else f"{_WEEKDAYS[lang][then.weekday()]} "
    return f"{day}{then:%H:%M}"


def understood(plan: Mapping[str, Any], dish_name: str | None, now: datetime) -> str:
    """One line of what was understood, e.g. "白粥 · 4 人份 · 稠 · 周二 07:00 吃"."""
    lang = plan["lang"]
    words = LABELS[lang]
    parts = [] if plan["action"] == "cook" else [ACTION_WORDS[lang][plan["action"]]]
    if dish_name:
        parts.append(dish_name)
    if plan["servings"] is not None:
        parts.append(f"{plan['servings']} {words['servings']}")
    if plan["dry_g"] is not None:
        parts.append(f"{words['dry']} {plan['dry_g']} g")
    if plan["texture"] is not None:
        parts.append(texture_word(plan["texture"], lang))
    parts += _changes(plan["adjust"], now, lang)
    parts += _times(plan, now, lang)
    return " · ".join(parts)


def _changes(adjust: Mapping[str, Any] | None, now: datetime, lang: str) -> list[str]:
    if adjust is None:
        return []
    parts = []
    if adjust["extra_min"] is not None:
        parts.append(f"{adjust['extra_min']:+d} min")
    if adjust["power"] is not None:
        fire = {"lower": "小火", "higher": "大火"} if lang == "zh" else {}
        parts.append(fire.get(adjust["power"], f"{adjust['power']} heat"))
    if adjust["texture"] is not None:
        parts.append(texture_word(adjust["texture"], lang))
    if adjust["ready_at"] is not None:
        parts.append(_eat_at(adjust["ready_at"], now, lang))
    return parts


def _times(plan: Mapping[str, Any], now: datetime, lang: str) -> list[str]:
    words = LABELS[lang]
    parts = []
    if plan["start_at"] is not None:
        parts.append(f"{words['start at']} {when_words(plan['start_at'], now, lang)}")
    if plan["ready_at"] is not None:
        parts.append(_eat_at(plan["ready_at"], now, lang))
    if plan["target_c"] is not None:
        parts.append(f"{plan['target_c']:.0f} °C")
    if plan["keep_warm_min"]:
        parts.append(f"{words['warm']} {span_words(plan['keep_warm_min'] * 60, lang)}")
    return parts


def _eat_at(moment: str, now: datetime, lang: str) -> str:
    when = when_words(moment, now, lang)
    return f"{when} {LABELS[lang]['eat at']}" if lang == "zh" else f"eat at {when}"


def plan_lines(
    plan: Mapping[str, Any],
    text: str,
    dish_name: str | None,
    now: datetime,
    planned: Sequence[Planned],
    *,
    width: int = 78,
    colour: bool = False,
) -> list[str]:
    """The whole plan as lines of text, at most `width` columns of strip.

    dish_name: the dish in the plan's language. now: the request's time, with its time zone.
    planned: the plan's schedule laid out in time.
    """
    lang = plan["lang"]
    words = LABELS[lang]
    pairs = [
        ("heard", _one_line(text)),
        ("understood", understood(plan, dish_name, now)),
        ("reply", plan["reply"]),
    ]
    if plan["late_s"]:
        pairs.append(("note", f"{words['late']} {span_words(plan['late_s'], lang)}"))
    margin = max(cell_width(words[key]) for key, _ in pairs)
    lines = [f"{_label(pad(words[key], margin), colour)}  {value}" for key, value in pairs]
    if planned:
        lines += ["", *_table_lines(planned, now, lang, colour=colour)]
        lines += ["", *strip(planned, now, lang, width, colour=colour)]
    return lines


def _one_line(text: str) -> str:
    """Words as they fit in a line: control characters and line breaks are blanks."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= _MOST_CHARS else f"{words[:_MOST_CHARS]} …"


def _label(text: str, colour: bool) -> str:
    return paint(text, _DIM) if colour else text


def _table_lines(
    planned: Sequence[Planned], now: datetime, lang: str, *, colour: bool
) -> list[str]:
    rows = table(planned, now, lang)
    widths = [max(cell_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        cells = [
            pad(cell, widths[column], right=column in (1, 2, 3, 4))
            for column, cell in enumerate(row)
        ]
        line = "   ".join(cells).rstrip()
        if colour:
            if number == 0:
                line = paint(line, _DIM)
            else:
                line = line.replace(
                    cells[0], paint(cells[0], PHASE_COLOURS[planned[number - 1].phase.kind]), 1
                )
        lines.append(line)
    return lines
