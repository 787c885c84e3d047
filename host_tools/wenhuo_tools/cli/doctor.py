"""`wenhuo doctor`: what this machine has, what it lacks, what to do about it."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path

import click

from wenhuo_tools.cli.common import option, planner_options, wants_colour
from wenhuo_tools.report.timeline import pad, paint

_GOOD, _BAD, _ABSENT = "#4f9d5d", "#cf4b3b", "#e8963e"


@click.command()
@option("--json", "json", is_flag=True, help="Print one JSON object per check.")
@planner_options
def doctor(*, json: bool, board: str | None, model: Path | None) -> int:
    """Try every part that cooking on the virtual rig and flashing need.

    What is absent and not needed is marked "-" and does not count as a failure.

    \b
    Example: wenhuo doctor
    """
    from wenhuo_tools.doctor import examine  # noqa: PLC0415 - loads the model code

    failed = False
    for finding in examine(board=board, model_dir=model):
        failed = failed or finding.failed
        if json:
            click.echo(dumps(finding.as_json(), ensure_ascii=False))
            continue
        word = "FAIL" if finding.failed else "ok" if finding.good else "-"
        if wants_colour(sys.stdout):
            tint = _BAD if finding.failed else _GOOD if finding.good else _ABSENT
            word = paint(pad(word, 4), tint)
        click.echo(f"{pad(word, 4)}  {pad(finding.what, 14)}  {finding.told}")
    return 1 if failed else 0
