"""`wenhuo faults`: what the power board's fault codes mean and what to do."""

from __future__ import annotations

import json

import click

from wenhuo.errors import UsageError
from wenhuo_link.fault_table import FAULTS, stops
from wenhuo_tools.cli.common import option


@click.command()
@click.argument("code", required=False)
@option("--json", "as_json", is_flag=True, help="Print as JSON.")
@option("--markdown", is_flag=True, help="Print as the page firmware/power_board/FAULTS.md.")
def faults(*, code: str | None, as_json: bool, markdown: bool) -> int:
    """All fault codes of the power board, or one by name or number: what, why, what to do.

    \b
    Example: wenhuo faults bottom_stuck
    """
    rows = [row for row in FAULTS if code is None or code in (row[1], str(row[0]))]
    if not rows:
        raise UsageError(f"no fault {code!r}; `wenhuo faults` lists them all")
    if as_json:
        names = ("code", "name", "line", "causes", "remedy")
        found = [dict(zip(names, row, strict=True)) | {"stops": stops(row[0])} for row in rows]
        click.echo(json.dumps(found, indent=1))
        return 0
    if markdown:
        click.echo(page())
        return 0
    for number, name, line, causes, remedy in rows:
        kind = "stops" if stops(number) else "tells"
        click.echo(f"{number:>3} {name} ({kind}): {line}")
        click.echo(f"    causes: {causes}\n    do: {remedy}")
    return 0


def page() -> str:
    """The whole table as Markdown."""
    lines = [
        "# Faults and warnings of the power board",
        "",
        "Written by `wenhuo faults --markdown` from `firmware/link/wenhuo_link/fault_table.py`.",
        "*Stops*: latched, heater off, safety relay open until cleared. *Tells*: the cook goes on.",
        "",
        "| code | name | | what | likely causes | what to do |",
        "|---|---|---|---|---|---|",
    ]
    for number, name, *texts in FAULTS:
        kind = "stops" if stops(number) else "tells"
        lines.append(f"| {number} | `{name}` | {kind} | {' | '.join(texts)} |")
    return "\n".join(lines)
