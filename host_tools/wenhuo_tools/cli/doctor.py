"""`wenhuo doctor`: what this machine has, what it lacks, what to do about it."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path

import click

from wenhuo_tools.cli.common import option, planner_options, wants_colour
from wenhuo_tools.report.timeline import pad, paint

_GOOD, _BAD = "#4f9d5d", "#cf4b3b"


@click.command()
@option("--json", "json", is_flag=True, help="Print one JSON object per check.")
@planner_options
def doctor(*, json: bool, board: str | None, model: Path | None) -> int:
    """Try every part that a cook on the virtual rig needs.

    \b
    Example: wenhuo doctor
    """
    from wenhuo_tools.doctor import examine  # noqa: PLC0415 - loads the model code

    failed = False
    for finding in examine(board=board, model_dir=model):
        failed = failed or not finding.good
        if json:
            click.echo(dumps(finding.as_json(), ensure_ascii=False))
            continue
        word = "ok" if finding.good else "FAIL"
        if wants_colour(sys.stdout):
            word = paint(pad(word, 4), _GOOD if finding.good else _BAD)
        click.echo(f"{pad(word, 4)}  {pad(finding.what, 14)}  {finding.told}")
    return 1 if failed else 0
