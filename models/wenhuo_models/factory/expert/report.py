"""The expert against the menu on fresh cooks: a table and a picture in models/artifacts/."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wenhuo.agent.facts import DEFAULT_SERVINGS
from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.planning.programme import programme
from wenhuo.schedule import Schedule
from wenhuo_models.factory.expert import store
from wenhuo_models.factory.expert.cooks import Cook, cooks
from wenhuo_models.factory.expert.judge import Served, Summary, by_dish, judge_schedules, table
from wenhuo_models.factory.expert.planner import expert_schedule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

log = logging.getLogger("wenhuo_models.expert")

SEED = 7001  # the search's kitchens are drawn from other seeds
EXPERT, MENU, FIXED = "expert", "menu", "fixed"
_COLOURS = {EXPERT: "#2f7d4f", MENU: "#3b7ea1", FIXED: "#b9bec4"}
Judged = dict[str, list[Served]]


def by_expert(conditions: Conditions) -> Schedule:
    """The expert's schedule for the default product."""
    return expert_schedule(load_product(), conditions)


def by_menu(conditions: Conditions) -> Schedule:
    """The menu's programme for the conditions, as the controller falls back to it."""
    return programme(load_product(), conditions)


def by_fixed(conditions: Conditions) -> Schedule:
    """The menu's programme that knows nothing of this kitchen: the default load, 100 °C, rated
    mains, 20 °C. Dish, texture and keep-warm are those asked for."""
    product = load_product()
    dish = product.dish(conditions.dish)
    usual = Conditions.of(
        dish,
        DEFAULT_SERVINGS * dish.serving_dry_g,
        texture=conditions.texture,
        later=conditions.later,
        keep_warm_min=conditions.keep_warm_min,
    )
    return programme(product, usual)


def compare(drawn: Sequence[Cook]) -> Judged:
    """Expert, menu and fixed on the same cooks; the fixed programme knows no envelope."""
    judged = {}
    for name, make in ((EXPERT, by_expert), (MENU, by_menu), (FIXED, by_fixed)):
        judged[name] = judge_schedules(make, drawn, guarded=name != FIXED)
        log.info("%s: %d cooks judged", name, len(drawn))
    return judged


def report(folder: Path, count: int, seed: int = SEED) -> Path:
    """Judge `count` fresh cooks, write expert.md and expert.png; returns expert.md.

    Raises ExpertDataError where the expert's data are missing or stale.
    """
    judged = compare(cooks(seed, count))
    found = {name: by_dish(served) for name, served in judged.items()}
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# The expert planner against the menu",
        "",
        f"Written by `python -m wenhuo_models.factory.expert report --cooks {count} "
        f"--seed {seed}`; do not edit. Every planner cooked the same sampled cooks in the twin: "
        "load, water as poured (4 % standard deviation, at most 10 %), room, start, altitude to "
        "4000 m, 185 to 245 V, texture, deadlines to 15 h with the wait simulated, every board.",
        "",
        "- expert: the menu's programme with the corrections that CMA-ES found.",
        "- menu: the menu's programme made for the conditions, the controller's fallback.",
        "- fixed: the menu's programme for two servings, 100 °C, rated mains, 20 °C.",
        "",
        *table(judged),
        "",
        "## By dish",
        "",
        "Each cell: expert / menu / fixed. Deadline: of those that could be met.",
        "",
        *_dish_table(found),
        "",
        "![expert against menu](expert.png)",
        "",
        "## Where the data come from",
        "",
        *_provenance(list(found[EXPERT])[:-1]),
    ]
    plot(found, folder / "expert.png")
    path = folder / "expert.md"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _dish_table(found: Mapping[str, Mapping[str, Summary]]) -> list[str]:
    lines = [
        "| dish | n | done and on texture, % | boil-over 0 g, % | deadline ±3 min, % (n) "
        "| ready ±3 min of what was said, % | energy, Wh |",
        "|---|---|---|---|---|---|---|",
    ]
    for dish, expert in found[EXPERT].items():
        all_three = [found[name][dish] for name in (EXPERT, MENU, FIXED)]
        columns = [
            " / ".join(_percent(s.right, s.n) for s in all_three),
            " / ".join(_percent(s.clean, s.n) for s in all_three),
            " / ".join(f"{_percent(s.on_time, s.feasible)} ({s.feasible})" for s in all_three),
            " / ".join(_percent(s.as_said, s.n) for s in all_three),
            " / ".join(f"{s.energy_wh:.0f}" for s in all_three),
        ]
        lines.append(f"| {dish} | {expert.n} | {' | '.join(columns)} |")
    return lines


def _percent(count: int, n: int) -> str:
    return f"{100 * count / n:.1f}" if n else "-"


def _provenance(dish_ids: Sequence[str]) -> list[str]:
    lines = [
        "| dish | knobs moved | evaluations | seed | optimizer | cost, menu's cost "
        "| sources | commit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for dish_id in dish_ids:
        data = store.load(load_product(), dish_id)
        p = data.provenance
        lines.append(
            f"| {dish_id} | {len(data.corrections)} | {p['evaluations']} | {p['seed']} "
            f"| {p['optimizer']} | {p['cost']:.3f}, {p['menu_cost']:.3f} "
            f"| {str(p['sources'])[:12]} | {p['commit']} |"
        )
    return lines


def plot(found: Mapping[str, Mapping[str, Summary]], path: Path) -> None:
    """Four panels over the dishes: right, no boil-over, deadline, energy against the menu's."""
    import matplotlib as mpl  # noqa: PLC0415 - only a report needs it

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, panels = plt.subplots(1, 4, figsize=(14, 6), sharey=True, layout="constrained")
    menu_wh = {dish: s.energy_wh for dish, s in found[MENU].items()}
    for name in (FIXED, MENU, EXPERT):
        rows = found[name].items()
        shares = [
            [100 * s.right / s.n for _, s in rows],
            [100 * s.clean / s.n for _, s in rows],
            [100 * s.on_time / s.feasible if s.feasible else float("nan") for _, s in rows],
            [100 * s.energy_wh / menu_wh[dish] for dish, s in rows],
        ]
        for panel, values in zip(panels, shares, strict=True):
            _dots(panel, name, values)
    titles = ("done and on texture, %", "boil-over 0 g, %", "deadline ±3 min, %")
    bars = (95.0, 98.0, 95.0, 100.0)
    for panel, title, bar in zip(panels, (*titles, "energy, % of the menu's"), bars, strict=True):
        panel.axvline(bar, color="#c1452f", linewidth=0.8, linestyle="--")
        panel.set_title(title, fontsize=10)
        panel.grid(axis="y", color="#e4e7ea")
    panels[0].set_yticks(range(len(menu_wh)), list(menu_wh))
    panels[0].invert_yaxis()
    panels[0].legend(loc="lower left")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _dots(panel: Axes, name: str, values: Sequence[float]) -> None:
    size = 70 if name == EXPERT else 40
    panel.scatter(values, range(len(values)), s=size, color=_COLOURS[name], label=name, zorder=3)
