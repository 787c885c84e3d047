"""`wenhuo sim`: scenarios in, results out."""

from __future__ import annotations

from pathlib import Path

import click

from wenhuo_tools.cli.common import (
    opened_lines,
    option,
    planner_options,
    plant_option,
    print_answers,
    watch_option,
)


@click.command()
@option(
    "--jsonl",
    is_flag=False,
    flag_value="-",
    default="-",
    metavar="[FILE]",
    help="Scenario lines of FILE; stdin if not given.",
)
@plant_option
@watch_option
@planner_options
def sim(
    *, jsonl: str, plant: str | None, watched: bool, board: str | None, model: Path | None
) -> int:
    """Cook scenarios on the virtual rig in simulated time and print one result per line.

    A line that cannot be cooked gets {"id", "error"}, the others go on, and the exit code is 1.

    \b
    Example: wenhuo sim --jsonl scenarios.jsonl > results.jsonl
    """
    from wenhuo_tools.rig.virtual import RigOptions  # noqa: PLC0415 - loads the model code
    from wenhuo_tools.sim import simulate_lines  # noqa: PLC0415

    with opened_lines(jsonl) as lines:
        return print_answers(
            simulate_lines(
                lines,
                rig=RigOptions(plant=plant),
                board=board,
                model_dir=model,
                watched=watched,
            )
        )
