"""A schedule laid out in time: the rows of the table and the blocks of the Gantt strip."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from wenhuo.schedule import Phase, PhaseKind, Schedule, Until
from wenhuo_tools.report.words import LABELS, PHASE_COLOURS, PHASE_WORDS, UNTIL_WORDS, span_words

# Waiting and keeping warm may last hours in which nothing is to be seen: they get at most this
# share of the strip each.
_IDLE_SHARE = 0.16
_IDLE = (PhaseKind.WAIT, PhaseKind.KEEP_WARM)
_SHADES = " ░▒▓█"  # heater power: none, to 25, 50, 75, 100 %


@dataclass(frozen=True, slots=True)
class Planned:
    """A phase with its place in time, s from the start: as forecast, not as it may last at most."""

    phase: Phase
    start_s: int
    expected_s: int


def cell_width(text: str) -> int:
    """Columns that `text` takes in a terminal (Chinese characters take two)."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` filled with blanks to `width` columns; `right` puts the blanks before it."""
    blanks = " " * max(0, width - cell_width(text))
    return blanks + text if right else text + blanks


def timeline(schedule: Schedule, phase_s: Sequence[int]) -> list[Planned]:
    """The phases one after the other; phase_s: how long each is expected to last, s."""
    starts = accumulate(phase_s, initial=0)
    return [Planned(*item) for item in zip(schedule, starts, phase_s, strict=False)]


def cells(planned: Sequence[Planned], width: int) -> list[int]:
    """Divide `width` cells among the phases, waits squeezed; every phase gets at least one."""
    active_s = sum(p.expected_s for p in planned if p.phase.kind not in _IDLE)
    idle = {
        i: max(1, round(width * min(_IDLE_SHARE, p.expected_s / max(1, active_s + p.expected_s))))
        for i, p in enumerate(planned)
        if p.phase.kind in _IDLE
    }
    left = width - sum(idle.values())
    return [
        idle.get(i, max(1, round(left * p.expected_s / max(1, active_s))))
        for i, p in enumerate(planned)
    ]


def table(planned: Sequence[Planned], start: datetime, lang: str) -> list[list[str]]:
    """Header and one row per phase: name, clock time, length, set-point, power, what ends it."""
    words = LABELS[lang]
    rows = [[words[key] for key in ("phase", "at", "for", "target", "power", "until")]]
    for item in planned:
        phase = item.phase
        length = span_words(item.expected_s, lang)
        if phase.until is not Until.TIME:
            length = f"≈ {length}"
        rows.append(
            [
                PHASE_WORDS[lang][phase.kind],
                f"{start + timedelta(seconds=item.start_s):%H:%M}",
                length,
                words["off"] if phase.target_c is None else f"{phase.target_c:.0f} °C",
                f"{phase.power_pct} %",
                UNTIL_WORDS[lang][phase.until],
            ]
        )
    return rows


def paint(text: str, colour: str, *, background: bool = False) -> str:
    """`text` in a terminal's 24-bit colour (`colour` is #rrggbb)."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    code = (
        f"48;2;{red};{green};{blue};38;2;255;255;255"
        if background
        else f"38;2;{red};{green};{blue}"
    )
    return f"\x1b[{code}m{text}\x1b[0m"


def strip(
    planned: Sequence[Planned], start: datetime, lang: str, width: int, *, colour: bool
) -> list[str]:
    """The Gantt strip in two lines: phases as blocks (denser is more power), clock times below."""
    widths = cells(planned, width)
    names = PHASE_WORDS[lang]
    bar = "".join(
        _block(item.phase, room, names[item.phase.kind], colour=colour)
        for item, room in zip(planned, widths, strict=True)
    )
    return [bar, _ruler(planned, widths, start)]


def _ruler(planned: Sequence[Planned], widths: Sequence[int], start: datetime) -> str:
    """Clock times under the blocks they belong to; where room is short, the long phases win."""
    line = [" "] * (sum(widths) + 8)
    positions = list(accumulate(widths, initial=0))
    for i in sorted(range(len(planned)), key=lambda i: (i != 0, -widths[i])):
        mark = f"{start + timedelta(seconds=planned[i].start_s):%H:%M}"
        position = positions[i]
        around = line[max(0, position - 1) : position + len(mark) + 1]
        if all(char == " " for char in around):
            line[position : position + len(mark)] = mark
    return "".join(line).rstrip()


def _block(phase: Phase, room: int, name: str, *, colour: bool) -> str:
    """One phase's cells, its name in the middle where it fits."""
    fits = cell_width(name) + 2 <= room
    label = f" {name} " if fits and not colour else (name if fits else "")
    shade = " " if colour else _shade(phase)
    left = room - cell_width(label)
    text = shade * (left // 2) + label + shade * (left - left // 2)
    return paint(text, PHASE_COLOURS[phase.kind], background=True) if colour else text


def _shade(phase: Phase) -> str:
    if phase.kind in _IDLE:
        return "╌"
    heat = phase.power_pct if phase.target_c is not None else 0
    return _SHADES[min(4, -(-heat // 25))] if heat else "·"
