"""`wenhuo cook`: say it, and the cooker cooks it."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path

import click

from wenhuo_tools.cli.common import (
    moment,
    now_option,
    option,
    planner_options,
    rig_options,
    strip_width,
    wants_colour,
)


@click.command()
@click.argument("text")
@now_option
@rig_options
@option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="Times real time, 1 is life; as fast as it goes if not given.",
)
@option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("out/cook.png"),
    help="Where the picture of the cook goes (PNG).",
)
@option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep every decision and reading of the cook in this file (see `wenhuo replay`).",
)
@option("--flashed", is_flag=True, help="On the virtual board as `wenhuo flash power` left it.")
@option("--no-plot", is_flag=True, help="Draw no picture.")
@option("--json", "json", is_flag=True, help="Print plan and result as one line of JSON.")
@planner_options
def cook(
    *,
    text: str,
    now: str | None,
    plant: str | None,
    seed: int,
    speed: float | None,
    plot: Path,
    no_plot: bool,
    flashed: bool,
    record: Path | None,
    json: bool,
    board: str | None,
    model: Path | None,
) -> int:
    """Plan TEXT, show the schedule, cook it on the virtual rig and show how it went.

    \b
    Examples:
      wenhuo cook "帮我煮四个人的白粥，稠一点，早上七点吃" --now 22:00 --plot cook.png
      wenhuo cook "white rice for two" --json
    """
    from wenhuo_tools.cook import cook_text  # noqa: PLC0415 - loads the model code
    from wenhuo_tools.report.progress import watcher_for  # noqa: PLC0415
    from wenhuo_tools.rig.virtual import RigOptions  # noqa: PLC0415

    began = moment(now)
    out = sys.stderr if json else sys.stdout

    def show(lines: list[str]) -> None:
        for line in lines:
            click.echo(line, file=out)

    cooked = cook_text(
        text,
        began,
        rig=RigOptions(plant=plant, speed=speed, flashed=flashed),
        board=board,
        model_dir=model,
        seed=seed,
        on_plan=lambda made: show(made.lines(width=strip_width(), colour=wants_colour(out))),
        watch=lambda lang: watcher_for(sys.stderr, began, lang, colour=wants_colour(sys.stderr)),
    )
    if cooked.result["served_s"] is not None or cooked.result["faults"]:
        show(["", cooked.summary()])
    if json:
        click.echo(dumps({"plan": cooked.plan, "result": cooked.result}, ensure_ascii=False))
    if record is not None:
        from wenhuo_tools.report.record_file import write_record  # noqa: PLC0415

        show([f"record: {write_record(cooked, record)}"])
    if cooked.log.samples and not no_plot:
        from wenhuo_tools.report.plot import plot_cook  # noqa: PLC0415 - loads matplotlib

        show([f"plot: {plot_cook(cooked, plot)}"])
    return 0 if cooked.result["outcome"] in {"done", "cancelled"} else 1
