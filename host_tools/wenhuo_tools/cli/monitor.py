"""`wenhuo monitor`: what a board does, as it does it."""

from __future__ import annotations

import sys
from json import dumps
from typing import TYPE_CHECKING

import click

from wenhuo_tools.cli.common import link_option, option, strip_width, wants_colour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wenhuo_tools.monitor import Look


@click.command()
@link_option
@option("--board", metavar="ID", help="Product under boards/; the default one if not given.")
@option("--every", "every_s", type=click.FloatRange(min=0.1), default=1.0, help="Seconds between.")
@option("--for", "for_s", type=float, metavar="SECONDS", help="Stop after so long.")
@option("--json", "json", is_flag=True, help="Stream one JSON object per reading.")
def monitor(
    *, port: str, board: str | None, every_s: float, for_s: float | None, json: bool
) -> None:
    """Watch a power board over its link: a live table on a terminal, lines elsewhere.

    \b
    Examples:
      wenhuo monitor
      wenhuo monitor --port /dev/serial0 --json --for 60
    """
    from wenhuo.boards import load_product  # noqa: PLC0415 - only where it is used
    from wenhuo.executive.board_client import PowerBoard  # noqa: PLC0415
    from wenhuo.executive.clock import RealClock  # noqa: PLC0415
    from wenhuo_tools.monitor import watch  # noqa: PLC0415
    from wenhuo_tools.ports import link_of  # noqa: PLC0415
    from wenhuo_tools.report.monitor_view import line  # noqa: PLC0415

    product, clock = load_product(board), RealClock()
    with PowerBoard.open(link_of(port, product), clock, product.power_board.baud) as client:
        client.connect()
        looks = watch(client, clock, every_s=every_s, for_s=for_s)
        if not json and sys.stdout.isatty():
            _draw(looks)
            return
        for look in looks:
            click.echo(dumps(look.as_json()) if json else line(look))
            sys.stdout.flush()


def _draw(looks: Iterable[Look]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where it is drawn
    from rich.live import Live  # noqa: PLC0415

    from wenhuo_tools.report.monitor_view import MonitorView  # noqa: PLC0415

    view = MonitorView(strip_width() - 14)
    console = Console(no_color=not wants_colour(sys.stdout))
    with Live(console=console, auto_refresh=False) as live:
        for look in looks:
            view.add(look)
            live.update(view.table(look), refresh=True)
