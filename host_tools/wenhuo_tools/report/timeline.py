"""A schedule laid out in time: the rows of the table and the segments of the Gantt strip."""

from __future__ import annotations

import unicodedata
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
class Segment:
    """A phase's place on the strip, in character cells."""

    phase: Phase
    start_s: int
    cells: int


def cell_width(text: str) -> int:
    """Columns that `text` takes in a terminal (Chinese characters take two)."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` filled with blanks to `width` columns; `right` puts the blanks before it."""
    blanks = " " * max(0, width - cell_width(text))
    return blanks + text if right else text + blanks


def starts_s(schedule: Schedule) -> list[int]:
    """When each phase begins, in seconds from the start, if each lasts as long as it may."""
    starts, total_s = [], 0
    for phase in schedule:
        starts.append(total_s)
        total_s += phase.duration_s
    return starts


def segments(schedule: Schedule, width: int) -> list[Segment]:
    """Divide `width` cells among the phases, waits squeezed; every phase gets at least one."""
    if not schedule:
        return []
    active_s = sum(p.duration_s for p in schedule if p.kind not in _IDLE)
    idle_cells = {
        i: max(1, round(width * min(_IDLE_SHARE, p.duration_s / max(1, active_s + p.duration_s))))
        for i, p in enumerate(schedule)
        if p.kind in _IDLE
    }
    left = width - sum(idle_cells.values())
    result = []
    for i, (phase, start_s) in enumerate(zip(schedule, starts_s(schedule), strict=True)):
        share = round(left * phase.duration_s / max(1, active_s))
        result.append(Segment(phase, start_s, idle_cells.get(i, max(1, share))))
    return result


def table(schedule: Schedule, start: datetime, lang: str) -> list[list[str]]:
    """Header and one row per phase: name, clock time, length, set-point, power, what ends it."""
    words = LABELS[lang]
    rows = [[words[key] for key in ("phase", "at", "for", "target", "power", "until")]]
    for phase, start_s in zip(schedule, starts_s(schedule), strict=True):
        length = span_words(phase.duration_s, lang)
        if phase.until is not Until.TIME:
            length = f"≤ {length}"
        rows.append(
            [
                PHASE_WORDS[lang][phase.kind],
                f"{start + timedelta(seconds=start_s):%H:%M}",
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


def strip(schedule: Schedule, start: datetime, lang: str, width: int, *, colour: bool) -> list[str]:
    """The Gantt strip in two lines: phases as blocks (denser is more power), clock times below."""
    parts = segments(schedule, width)
    names = PHASE_WORDS[lang]
    bar = "".join(_block(part, names[part.phase.kind], colour=colour) for part in parts)
    return [bar, _ruler(parts, start, width)]


def _ruler(parts: list[Segment], start: datetime, width: int) -> str:
    """Clock times under the blocks they belong to; where room is short, the long phases win."""
    line = [" "] * (width + 8)
    positions = list(accumulate((part.cells for part in parts), initial=0))
    for i in sorted(range(len(parts)), key=lambda i: (i != 0, -parts[i].cells)):
        mark = f"{start + timedelta(seconds=parts[i].start_s):%H:%M}"
        position = positions[i]
        around = line[max(0, position - 1) : position + len(mark) + 1]
        if all(char == " " for char in around):
            line[position : position + len(mark)] = mark
    return "".join(line).rstrip()


def _block(segment: Segment, name: str, *, colour: bool) -> str:
    """One phase's cells, its name in the middle where it fits."""
    phase = segment.phase
    fits = cell_width(name) + 2 <= segment.cells
    label = f" {name} " if fits and not colour else (name if fits else "")
    shade = " " if colour else _shade(phase)
    room = segment.cells - cell_width(label)
    text = shade * (room // 2) + label + shade * (room - room // 2)
    return paint(text, PHASE_COLOURS[phase.kind], background=True) if colour else text


def _shade(phase: Phase) -> str:
    if phase.kind in _IDLE:
        return "╌"
    heat = phase.power_pct if phase.target_c is not None else 0
    return _SHADES[min(4, -(-heat // 25))] if heat else "·"
