"""`wenhuo plan`: sentences to checked schedules."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path

import click

from wenhuo.errors import UsageError
from wenhuo_tools.cli.common import (
    moment,
    now_option,
    opened_lines,
    option,
    planner_options,
    print_answers,
    strip_width,
    wants_colour,
    warn_of,
)


@click.command()
@click.argument("text", required=False)
@now_option
@option("--state", metavar="JSON", help="What the cooker does now (request.schema.json, state).")
@option("--json", "json", is_flag=True, help="Print the plan as one line of JSON.")
@option(
    "--jsonl",
    is_flag=False,
    flag_value="-",
    metavar="[FILE]",
    help="Plan every request line of FILE, or of stdin, with one load of the model.",
)
@planner_options
def plan(
    *,
    text: str | None,
    now: str | None,
    state: str | None,
    json: bool,
    jsonl: str | None,
    board: str | None,
    model: Path | None,
) -> int:
    """Turn TEXT, Chinese or English, into a checked schedule and print it.

    \b
    Examples:
      wenhuo plan "帮我煮四个人的白粥，稠一点，早上七点吃" --now 22:00
      wenhuo plan --jsonl requests.jsonl > plans.jsonl
    """
    if (text is None) == (jsonl is None):
        raise UsageError("give either a sentence or --jsonl [FILE]; see wenhuo plan --help")
    from wenhuo_tools.planning import plan_lines, plan_text  # noqa: PLC0415 - loads the model code

    if jsonl is not None:
        with opened_lines(jsonl) as lines:
            return print_answers(plan_lines(lines, board=board, model_dir=model))
    assert text is not None
    made = plan_text(text, moment(now), state_json=state, board=board, model_dir=model)
    warn_of(made.problem)
    if json:
        click.echo(dumps(made.plan, ensure_ascii=False))
        return 0
    for line in made.lines(width=strip_width(), colour=wants_colour(sys.stdout)):
        click.echo(line)
    return 0
