"""`wenhuo replay`: a recorded cook once more."""

from __future__ import annotations

from json import dumps
from pathlib import Path

import click

from wenhuo_tools.cli.common import option


@click.command()
@click.argument("record", type=click.Path(path_type=Path, dir_okay=False))
@option("--cook", is_flag=True, help="Cook it again on the virtual rig too.")
@option(
    "--model",
    type=click.Path(path_type=Path),
    help="Folder of the exported model; the shipped one if not given.",
)
@option("--json", "json", is_flag=True, help="Print one JSON object per thing played again.")
def replay(*, record: Path, cook: bool, model: Path | None, json: bool) -> int:
    """Ask the model a record's requests again and say where it now answers otherwise.

    Exit code 1 where anything differs.

    \b
    Example: wenhuo record "煮饭" --to cook.jsonl && wenhuo replay cook.jsonl --cook
    """
    from wenhuo_tools.replay import replay_cook, replay_decisions  # noqa: PLC0415 - loads the model
    from wenhuo_tools.report.record_file import read_record  # noqa: PLC0415

    recorded = read_record(record)
    played = list(replay_decisions(recorded, model))
    if cook:
        played.append(replay_cook(recorded, model))
    for again in played:
        if json:
            click.echo(dumps(again.as_json(), ensure_ascii=False))
            continue
        click.echo(f"{again.t_s:8.0f} s  {again.what}: {'differs' if again.differs else 'same'}")
        for difference in again.differs:
            click.echo(f"            {difference}")
    return 1 if any(again.differs for again in played) else 0
