"""`wenhuo ports`: serial ports, and which one is what."""

from __future__ import annotations

from json import dumps

import click

from wenhuo_tools.cli.common import option, print_rows


@click.command()
@option("--json", "json", is_flag=True, help="Print one JSON object per port.")
def ports(*, json: bool) -> None:
    """List all serial ports and say which is what, by USB ids alone: none is opened.

    \b
    Example: wenhuo ports
    """
    from wenhuo_tools.ports import list_all  # noqa: PLC0415 - only where it is used

    found = list_all()
    if json:
        for port in found:
            click.echo(dumps(port.as_json(), ensure_ascii=False))
        return
    print_rows(
        [
            port.device,
            port.kind or "-",
            f"{port.vid}:{port.pid}" if port.vid else "-",
            port.serial or "-",
            port.what if port.sure or not port.kind else f"{port.what} (not sure)",
        ]
        for port in found
    )
