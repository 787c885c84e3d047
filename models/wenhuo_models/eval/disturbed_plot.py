"""The picture of the disturbed cooks: by what happened, with and without re-planning."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

from wenhuo_models.eval.disturbances import KINDS
from wenhuo_models.eval.disturbed_run import Cooked

mpl.use("Agg")
from matplotlib import pyplot as plt

_COLOURS = ("#2f7d4f", "#b9bec4")
_HEIGHT = 0.38


def plot(ways: dict[str, list[Cooked]], bars: tuple[float, float, float], path: Path) -> None:
    """Three panels over the kinds: right, on time, no boil-over, %. bars: what each must reach."""
    figure, panels = plt.subplots(1, 3, figsize=(13, 5), sharey=True, layout="constrained")
    for offset, (name, cooked) in enumerate(ways.items()):
        rows = [[c for c in cooked if kind in c.disturbed.kinds] for kind in KINDS]
        rows.append(cooked)
        shares = [
            [_percent([c.right for c in row]) for row in rows],
            [_percent([c.on_time for c in row if c.disturbed.feasible]) for row in rows],
            [_percent([c.clean for c in row]) for row in rows],
        ]
        places = [i + (offset - 0.5) * _HEIGHT for i in range(len(rows))]
        for panel, values in zip(panels, shares, strict=True):
            panel.barh(places, values, height=_HEIGHT, color=_COLOURS[offset], label=name)
    titles = ("done and on texture, %", "deadline ±4 min, %", "boil-over 0 g, %")
    for panel, title, bar in zip(panels, titles, bars, strict=True):
        panel.axvline(100 * bar, color="#c1452f", linewidth=0.9, linestyle="--")
        panel.set_title(title, fontsize=10)
        panel.set_xlim(0, 102)
    panels[0].set_yticks(range(len(KINDS) + 1), [*KINDS, "all"])
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _percent(held: list[bool]) -> float:
    return 100 * sum(held) / len(held) if held else float("nan")
