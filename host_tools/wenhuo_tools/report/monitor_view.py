"""The monitor in a terminal: a table of the newest reading over a strip of temperatures."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from wenhuo.executive.board_client import Telemetry
from wenhuo_tools.monitor import Look, phase_name
from wenhuo_tools.report.notes import fault_text

if TYPE_CHECKING:
    from rich.table import Table

_BLOCKS = "▁▂▃▄▅▆▇█"
_LOW_C, _HIGH_C = 20.0, 150.0


def strip(values: list[float | None], low: float = _LOW_C, high: float = _HIGH_C) -> str:
    """One character for each value, its height between low and high; a gap for None."""
    top = len(_BLOCKS) - 1
    return "".join(
        " "
        if value is None
        else _BLOCKS[round(top * min(1.0, max(0.0, (value - low) / (high - low))))]
        for value in values
    )


def line(look: Look) -> str:
    """A reading in one line, for what is no terminal."""
    seen = look.telemetry
    if seen is None:
        return f"{look.t_s:8.1f} s  no answer: {look.lost}"
    events = "".join(f"  [{event.kind} {event.reason}]" for event in look.events)
    return (
        f"{look.t_s:8.1f} s  {phase_name(seen):<10}  bottom {_c(seen.bottom_c)}  "
        f"lid {_c(seen.lid_c)}  heater {seen.duty_pct:3.0f} %  {seen.mains_v:.0f} V{events}"
    )


class MonitorView:
    """What the terminal shows; `add` a look, then draw `table`."""

    def __init__(self, width: int) -> None:
        self._bottom: deque[float | None] = deque(maxlen=width)
        self._duty: deque[float | None] = deque(maxlen=width)
        self._notes: deque[str] = deque(maxlen=5)

    def add(self, look: Look) -> None:
        """Take a look in."""
        seen = look.telemetry
        self._bottom.append(seen.bottom_c if seen else None)
        self._duty.append(seen.duty_pct if seen else None)
        for event in look.events:
            self._notes.append(f"{look.t_s:.0f} s  {event.kind} {event.reason}")
        if look.lost:
            self._notes.append(f"{look.t_s:.0f} s  {look.lost}")

    def table(self, look: Look) -> Table:
        """The picture of this moment."""
        from rich.table import Table  # noqa: PLC0415 - only where it is drawn

        table = Table.grid(padding=(0, 2))
        for name, value in _rows(look.telemetry):
            table.add_row(name, value)
        table.add_row("bottom", strip(list(self._bottom)))
        table.add_row("heater", strip(list(self._duty), 0.0, 100.0))
        for note in self._notes:
            table.add_row("", note)
        return table


def _rows(seen: Telemetry | None) -> list[tuple[str, str]]:
    if seen is None:
        return [("state", "no answer")]
    rows = [
        ("state", f"{phase_name(seen)}, {seen.phase_elapsed_s} s of {seen.total_elapsed_s} s"),
        ("bottom, lid", f"{_c(seen.bottom_c)}, {_c(seen.lid_c)}"),
        ("set-point", _c(seen.setpoint_c)),
        ("heater", f"{seen.duty_pct:.0f} %, {seen.energy_j / 3600:.1f} Wh, {seen.mains_v:.0f} V"),
        ("lid, pot", f"{'closed' if seen.lid_closed else 'open'}, "
                     f"{'in' if seen.pot_present else 'out'}"),
    ]  # fmt: skip
    if seen.fault:
        rows.append(("fault", fault_text(seen.fault)))
    return rows


def _c(value: float | None) -> str:
    return "   –   " if value is None else f"{value:5.1f} °C"
