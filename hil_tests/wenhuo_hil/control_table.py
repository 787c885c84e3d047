"""How well set-points are held: `python -m wenhuo_hil.control_table [--out FOLDER]`.

On the virtual rig, the real firmware holds each set-point over loads from a cup to a full pot and
mains from 185 to 245 V. Food-side temperatures are the plant's: the layer over the bottom, and the
core. Writes control.json and control.png; exit code 1 where a cell misses the bars.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib as mpl

from wenhuo.schedule import Phase, PhaseKind
from wenhuo_hil.protocol import CookerProtocol
from wenhuo_hil.rig_file import open_rig

mpl.use("Agg")
from matplotlib import pyplot as plt

LOADS_G = (75, 300, 600, 1200)
MAINS_V = (185.0, 220.0, 245.0)
TARGETS_C = (48.0, 60.0, 72.0)
WATER_G_PER_G = 1.4
SETTLED_S = 1200.0  # after the set-point was first reached, within 1 K
HOLD_S = 4800.0
STEP_S = 10.0
ERROR_MAX_K, OVERSHOOT_MAX_K = 1.5, 3.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One hold. error_k: the largest distance of the bottom food layer from the set-point after
    settling; overshoot_k: the most it was ever above; core_error_k: as error_k, of the core."""

    target_c: float
    dry_g: int
    mains_v: float
    reached_s: float | None
    error_k: float | None
    overshoot_k: float
    core_error_k: float | None

    @property
    def good(self) -> bool:
        """Whether it meets the bars."""
        error = self.error_k is not None and self.error_k <= ERROR_MAX_K
        return error and self.overshoot_k <= OVERSHOOT_MAX_K


Trace = list[tuple[float, float, float]]  # s, food at the bottom °C, core °C


def hold(
    cooker: CookerProtocol, target_c: float, dry_g: int, mains_v: float, hold_s: float = HOLD_S
) -> tuple[Cell, Trace]:
    """Hold a load at a set-point and look at the food."""
    pot = {"dish": "white_rice", "dry_g": dry_g, "water_g": dry_g * WATER_G_PER_G}
    cooker.begin({"pot": pot, "site": {"ambient_c": 20.0, "mains_v": mains_v}, "seed": 3})
    board = cooker.board()
    board.upload((Phase(PhaseKind.SOAK, target_c, 100, round(hold_s)),), 1)
    board.start(1)
    trace: Trace = []
    for _ in range(round(hold_s / STEP_S) - 1):
        cooker.clock.sleep(STEP_S)
        temps = cooker.truth()["temps"]
        trace.append((cooker.clock.now_s(), temps["food"], temps["core"]))
    return judge(target_c, dry_g, mains_v, trace), trace


def judge(target_c: float, dry_g: int, mains_v: float, trace: Trace) -> Cell:
    """The figures of a trace."""
    reached_s = next((t for t, food, _ in trace if food >= target_c - 1.0), None)
    settled = [row for row in trace if reached_s is not None and row[0] >= reached_s + SETTLED_S]
    worst = [max((abs(row[i] - target_c) for row in settled), default=None) for i in (1, 2)]
    error_k, core_k = (None if value is None else round(value, 2) for value in worst)
    overshoot_k = round(max(0.0, max(food for _, food, _ in trace) - target_c), 2)
    return Cell(target_c, dry_g, mains_v, reached_s, error_k, overshoot_k, core_k)


def table(cells: list[Cell]) -> str:
    """The cells as text; one that misses a bar ends in `<<`."""
    lines = ["set °C  dry g      V  reached s  food error K  overshoot K  core error K"]
    for c in cells:
        lines.append(
            f"{c.target_c:>6.0f}{c.dry_g:>7}{c.mains_v:>7.0f}{c.reached_s or -1:>11.0f}"
            f"{c.error_k if c.error_k is not None else -1:>14.2f}{c.overshoot_k:>13.2f}"
            f"{c.core_error_k if c.core_error_k is not None else -1:>14.2f}"
            f"{'' if c.good else ' <<'}"
        )
    good = sum(c.good for c in cells)
    return "\n".join(
        [*lines, f"{good} of {len(cells)} within ±{ERROR_MAX_K} K and {OVERSHOOT_MAX_K} K"]
    )


def draw(traces: list[tuple[Cell, Trace]], path: Path) -> None:
    """Food over time, a panel per set-point."""
    figure, axes = plt.subplots(1, len(TARGETS_C), figsize=(14, 4.5), sharey=True)
    for axis, target_c in zip(axes, TARGETS_C, strict=True):
        for cell, trace in traces:
            if cell.target_c == target_c:
                minutes = [t / 60 for t, _, _ in trace]
                axis.plot(minutes, [food for _, food, _ in trace], lw=0.8,
                          color=f"C{LOADS_G.index(cell.dry_g)}",
                          ls=("-", "--", ":")[MAINS_V.index(cell.mains_v)],
                          label=f"{cell.dry_g} g, {cell.mains_v:.0f} V")  # fmt: skip
        axis.axhspan(target_c - ERROR_MAX_K, target_c + ERROR_MAX_K, color="0.9")
        axis.set(title=f"set {target_c:.0f} °C", xlabel="min", ylabel="food at the bottom, °C")
    axes[-1].legend(fontsize=6)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def measure(cooker: CookerProtocol) -> Iterator[tuple[Cell, Trace]]:
    """All cells of the table."""
    for target_c in TARGETS_C:
        for dry_g in LOADS_G:
            for mains_v in MAINS_V:
                yield hold(cooker, target_c, dry_g, mains_v)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, write table and plot; 0 where all cells are good."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_hil.control_table")
    parser.add_argument("--out", type=Path, default=Path("out/control"))
    folder = parser.parse_args(arguments).out
    folder.mkdir(parents=True, exist_ok=True)
    rig = open_rig("virtual")
    try:
        traces = list(measure(rig.cooker()))
    finally:
        rig.close()
    cells = [cell for cell, _ in traces]
    rows = [{**asdict(cell), "good": cell.good} for cell in cells]
    (folder / "control.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    draw(traces, folder / "control.png")
    sys.stdout.write(table(cells) + "\n")
    return 0 if all(cell.good for cell in cells) else 1


if __name__ == "__main__":
    raise SystemExit(main())
