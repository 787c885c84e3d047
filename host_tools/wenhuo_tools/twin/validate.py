"""`python -m wenhuo_tools.twin.validate [--plot FILE]`: the twin against published numbers.

Prints domain cases V1-V28 as a table: published, twin, tolerance, pass or MISSED. A case that the
twin does not model counts as missed. `--plot` draws the recorded programme beside the twin's.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wenhuo_tools.twin.cases import Case, Finding
from wenhuo_tools.twin.cases_food import FOOD_CASES
from wenhuo_tools.twin.cases_heat import HEAT_CASES
from wenhuo_tools.twin.params import format_table
from wenhuo_tools.twin.trace import recorded, root_mean_square_k, simulated

CASES: tuple[Case, ...] = tuple(sorted((*HEAT_CASES, *FOOD_CASES), key=lambda case: case.number))


@dataclass(frozen=True, slots=True)
class Row:
    """A case with what the twin gave."""

    case: Case
    finding: Finding

    @property
    def passed(self) -> bool:
        """Inside the published tolerance."""
        return bool(self.finding.passed)


@cache
def validate() -> tuple[Row, ...]:
    """Run every case (some seconds), once a process."""
    return tuple(Row(case, case.check()) for case in CASES)


def format_rows(rows: tuple[Row, ...]) -> str:
    """The table as text, with the count below."""
    lines = [f"{'#':<4}{'case':<36}{'published':<49}{'tolerance':<12}{'':<7}twin"]
    for row in rows:
        case = row.case
        verdict = "pass" if row.passed else "MISSED"
        lines.append(
            f"V{case.number:<3}{case.title:<36}{case.published:<49}{case.tolerance:<12}"
            f"{verdict:<7}{row.finding.twin}"
        )
    lines.append(f"{sum(row.passed for row in rows)} of {len(rows)} pass")
    return "\n".join(lines)


def plot(path: Path) -> None:
    """The recorded programme, and the twin's on the equivalent one, as a PNG or SVG."""
    from matplotlib.figure import Figure  # noqa: PLC0415 (slow, seldom wanted)

    trace, real = simulated().trace, recorded()
    assert trace is not None
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.add_subplot()
    minutes = trace["t_s"] / 60.0
    axes.plot(
        [t / 60.0 for t in real.t_s], real.temp_c, "k.", ms=3, label="recorded (clips at 100)"
    )
    axes.plot(minutes, trace["ntc_bottom_c"], label="twin: bottom sensor")
    axes.plot(minutes, trace["core_c"], label="twin: food core")
    axes.plot(minutes, trace["ntc_lid_c"], label="twin: lid sensor")
    axes.set(xlabel="min", ylabel="°C", title=f"RMS difference {root_mean_square_k():.1f} K")
    axes.legend()
    figure.savefig(path)


def main(argv: list[str] | None = None) -> int:
    """Print the table; exit code 0 whatever passes: the table is the answer."""
    parser = argparse.ArgumentParser(
        prog="wenhuo twin validate",
        description="Hold the physics against published numbers and a recorded cook.",
        epilog="Example: wenhuo twin validate --parameters",
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the recorded programme")
    parser.add_argument("--parameters", action="store_true", help="print the parameter table too")
    args = parser.parse_args(argv)
    if args.parameters:
        sys.stdout.write(format_table() + "\n\n")
    sys.stdout.write(format_rows(validate()) + "\n")
    if args.plot:
        plot(args.plot)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
