"""What a session on a rig found: result table as JSON and HTML, with the image's git hash."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from wenhuo_hil.faults.case import Row

JSON_NAME, HTML_NAME, JUNIT_NAME = "hil.json", "hil.html", "junit.xml"

_COLUMNS = (
    *("fault", "phase", "must", "reacted after s (limit)", "told", "bottom max °C (limit)"),
    *("heat after J (limit)", "ended", "doneness", "scorch", "recovery", "handled"),
)
_TEST_COLUMNS = ("test", "outcome", "s", "why")
_STYLE = (
    "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:2px 6px;text-align:left}"
    "th{background:#eee;position:sticky;top:0}"
    ".bad{background:#fdd}.skipped{color:#777}"
)


@dataclass(slots=True)
class Case:
    """One test of the session. outcome: passed, failed or skipped; why: of the last two."""

    id: str
    outcome: str
    wall_s: float
    why: str = ""


@dataclass(slots=True)
class Session:
    """Everything that the report shows. image: the manifest of the firmware that was tested."""

    rig: str = ""
    image: dict[str, Any] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def add(
        self, case: Case, *, image: dict[str, Any] | None = None, row: dict[str, Any] | None = None
    ) -> None:
        """A test that ended; image: what ran; row: of the fault matrix, the members of a Row."""
        self.cases.append(case)
        self.image = self.image or image or {}
        if row is not None:
            self.rows.append(Row(**row))

    def count(self, outcome: str) -> int:
        """How many tests ended so."""
        return sum(case.outcome == outcome for case in self.cases)

    def as_json(self) -> dict[str, Any]:
        """The object that `wenhuo hil --json` prints."""
        return {
            "rig": self.rig,
            "image": self.image,
            "passed": self.count("passed"),
            "failed": self.count("failed"),
            "skipped": self.count("skipped"),
            "faults": list(dict.fromkeys(row.fault for row in self.rows)),
            "unhandled": sum(not row.handled for row in self.rows),
            "cases": [asdict(case) for case in self.cases],
            "matrix": [{**asdict(row), "handled": row.handled} for row in self.rows],
        }

    def write(self, folder: Path) -> None:
        """Both files, into a folder that is made where absent."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.as_json(), indent=1, ensure_ascii=False)
        (folder / JSON_NAME).write_text(text + "\n", encoding="utf-8")
        (folder / HTML_NAME).write_text(self.as_html(), encoding="utf-8")

    def as_html(self) -> str:
        """The page: counts, the matrix with every figure and its limit, the tests."""
        head = ", ".join(f"{key} {escape(str(value))}" for key, value in self.image.items())
        counts = ", ".join(f"{self.count(o)} {o}" for o in ("passed", "failed", "skipped"))
        unhandled = sum(not row.handled for row in self.rows)
        tests = [
            _line((case.id, case.outcome, f"{case.wall_s:.1f}", case.why), _class_of(case.outcome))
            for case in self.cases
        ]
        matrix = "".join(map(_matrix_line, self.rows))
        return (
            f"<!doctype html><meta charset=utf-8><title>HIL: {escape(self.rig)}</title>"
            f"<style>{_STYLE}</style><h1>HIL on rig {escape(self.rig)}</h1><p>Image: {head}</p>"
            f"<p>{counts}; {len(self.rows)} faults injected, {unhandled} unhandled</p>"
            f"<p>Worst of all rows (limit): {'; '.join(map(escape, _worst(self.rows)))}</p>"
            f"<h2>Faults</h2><table>{_head(_COLUMNS)}{matrix}</table>"
            f"<h2>Tests</h2><table>{_head(_TEST_COLUMNS)}{''.join(tests)}</table>\n"
        )


def _worst(rows: list[Row]) -> list[str]:
    """The figures nearest to or beyond their limits, in words."""
    hottest = max(rows, key=lambda row: row.bottom_max_c - row.bottom_limit_c, default=None)
    heated = [row for row in rows if row.heat_after_j is not None]
    after_j = max((row.heat_after_j or 0.0 for row in heated), default=None)
    found = [f"heat after a stop, J: {_with_limit(after_j, 0.0)}"] if heated else []
    if hottest is not None:
        at = _with_limit(hottest.bottom_max_c, hottest.bottom_limit_c)
        found.append(f"bottom, °C: {at} in {hottest.fault}, {hottest.phase}")
    for reaction in dict.fromkeys(row.reaction for row in rows):
        late = [row for row in rows if row.reaction == reaction and row.reacted_s and row.limit_s]
        if late:
            row = max(late, key=lambda row: (row.reacted_s or 0.0) / row.limit_s)
            at = _with_limit(row.reacted_s, row.limit_s)
            found.append(f"{reaction} after, s: {at} in {row.fault}, {row.phase}")
    return found


def _class_of(outcome: str) -> str:
    return {"failed": "bad", "skipped": "skipped"}.get(outcome, "")


def _head(names: tuple[str, ...]) -> str:
    return "<tr>" + "".join(f"<th>{escape(name)}" for name in names)


def _line(cells: tuple[str, ...], kind: str) -> str:
    return f'<tr class="{kind}">' + "".join(f"<td>{escape(cell)}" for cell in cells) + "\n"


def _matrix_line(row: Row) -> str:
    must = f"{row.reaction} {'/'.join(row.codes)}"
    cells = (
        row.fault, row.phase, must, _with_limit(row.reacted_s, row.limit_s),
        ", ".join(row.told), _with_limit(row.bottom_max_c, row.bottom_limit_c),
        _with_limit(row.heat_after_j, row.heat_limit_j), row.outcome, _number(row.doneness),
        _number(row.scorch), row.recovery, "yes" if row.handled else "; ".join(row.wrong),
    )  # fmt: skip
    return _line(cells, "" if row.handled else "bad")


def _with_limit(value: float | None, limit: float) -> str:
    return "" if value is None else f"{value:g} ({limit:g})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
