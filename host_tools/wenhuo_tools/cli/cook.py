"""`wenhuo cook` and `wenhuo record`: say it, and the cooker cooks it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from json import dumps
from pathlib import Path
from typing import Any

import click

from wenhuo_tools.cli.common import (
    moment,
    now_option,
    option,
    planner_options,
    rig_options,
    strip_width,
    wants_colour,
    watch_option,
)


@dataclass(frozen=True, slots=True)
class _Order:
    """What both commands are told. seed: of the sensors' noise."""

    text: str
    now: str | None
    plant: str | None
    seed: int
    speed: float | None
    flashed: bool
    watched: bool
    json: bool
    board: str | None
    model: Path | None


def _order_options(function: Callable[..., int]) -> Callable[..., int]:
    """The argument and the options of an order, handed over as one."""

    @click.argument("text")
    @now_option
    @rig_options
    @option(
        "--speed",
        type=click.FloatRange(min=0, min_open=True),
        help="Times real time, 1 is life; as fast as it goes if not given.",
    )
    @option("--flashed", is_flag=True, help="On the virtual board as `wenhuo flash power` left it.")
    @watch_option
    @option("--json", "json", is_flag=True, help="Print plan and result as one line of JSON.")
    @planner_options
    @wraps(function)
    def taken(**given: Any) -> int:  # noqa: ANN401 - click's own
        names = _Order.__dataclass_fields__
        order = _Order(**{name: given.pop(name) for name in names})
        return function(order=order, **given)

    return taken


@click.command()
@_order_options
@option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("out/cook.png"),
    help="Where the picture of the cook goes (PNG).",
)
@option("--no-plot", is_flag=True, help="Draw no picture.")
@option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep every decision and reading of the cook in this file, as `wenhuo record` does.",
)
def cook(*, order: _Order, plot: Path, no_plot: bool, record: Path | None) -> int:
    """Plan TEXT, show the schedule, cook it on the virtual rig and show how it went.

    \b
    Examples:
      wenhuo cook "帮我煮四个人的白粥，稠一点，早上七点吃" --now 22:00 --plot cook.png
      wenhuo cook "white rice for two" --json
    """
    return _cook(order, None if no_plot else plot, record)


@click.command()
@_order_options
@option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("out/cook.jsonl"),
    help="The record: JSON lines, one for each decision, reading and event.",
)
def record(*, order: _Order, to: Path) -> int:
    """Plan TEXT, cook it on the virtual rig and keep every decision and reading as a record.

    `wenhuo replay` plays it again, `wenhuo log show` and `wenhuo log plot` show it. Of what a
    controller has cooked, `wenhuo log pull` makes such records.

    \b
    Example: wenhuo record "煮两个人的米饭" --to cook.jsonl && wenhuo replay cook.jsonl --cook
    """
    return _cook(order, None, to)


def _cook(order: _Order, plot: Path | None, record: Path | None) -> int:
    from wenhuo_tools.cook import cook_text  # noqa: PLC0415 - loads the model code
    from wenhuo_tools.report.progress import watcher_for  # noqa: PLC0415
    from wenhuo_tools.rig.virtual import RigOptions  # noqa: PLC0415

    began = moment(order.now)
    out = sys.stderr if order.json else sys.stdout

    def show(lines: list[str]) -> None:
        for line in lines:
            click.echo(line, file=out)

    cooked = cook_text(
        order.text,
        began,
        rig=RigOptions(plant=order.plant, speed=order.speed, flashed=order.flashed),
        board=order.board,
        model_dir=order.model,
        seed=order.seed,
        watched=order.watched,
        on_plan=lambda made: show(made.lines(width=strip_width(), colour=wants_colour(out))),
        watch=lambda lang: watcher_for(sys.stderr, began, lang, colour=wants_colour(sys.stderr)),
    )
    if cooked.result["served_s"] is not None or cooked.result["faults"]:
        show(["", cooked.summary()])
    if order.json:
        click.echo(dumps({"plan": cooked.plan, "result": cooked.result}, ensure_ascii=False))
    if record is not None:
        from wenhuo_tools.report.record_file import write_record  # noqa: PLC0415

        show([f"record: {write_record(cooked, record)}"])
    if cooked.log.samples and plot is not None:
        from wenhuo_tools.report.plot import plot_cook  # noqa: PLC0415 - loads matplotlib

        show([f"plot: {plot_cook(cooked, plot)}"])
    return 0 if cooked.result["outcome"] in {"done", "cancelled"} else 1
