"""`wenhuo log`: records of cooks, and what a board itself remembers."""

from __future__ import annotations

from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wenhuo_tools.cli.common import link_option, option, print_rows

if TYPE_CHECKING:
    from wenhuo_tools.report.record import CookRecord

_RECORD = click.argument("record", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def log() -> None:
    """Look at records of cooks, and at a board's own memory of events.

    \b
    Example: wenhuo log show cook.jsonl
    """


@log.command()
@link_option
@option("--board", metavar="ID", help="Product under boards/; the default one if not given.")
@option("--json", "json", is_flag=True, help="Print one JSON object per event.")
def pull(*, port: str, board: str | None, json: bool) -> None:
    """Fetch the events that a power board remembers, oldest first.

    \b
    Example: wenhuo log pull --port /dev/serial0
    """
    from wenhuo.boards import load_product  # noqa: PLC0415 - only where it is used
    from wenhuo.executive.board_client import PowerBoard  # noqa: PLC0415
    from wenhuo.executive.clock import RealClock  # noqa: PLC0415
    from wenhuo_tools.monitor import pull_events  # noqa: PLC0415
    from wenhuo_tools.ports import link_of  # noqa: PLC0415

    product = load_product(board)
    with PowerBoard.open(link_of(port, product), RealClock(), product.power_board.baud) as client:
        client.connect()
        events = pull_events(client)
    if json:
        for event in events:
            click.echo(dumps(asdict(event)))
        return
    print_rows(
        [f"{event.t_ms / 1000:.1f} s", event.kind, event.reason, _phase(event.phase)]
        for event in events
    )


@log.command()
@_RECORD
@option("--json", "json", is_flag=True, help="Print plan and result as one line of JSON.")
def show(*, record: Path, json: bool) -> None:
    """Say how a recorded cook went: its decisions, its phases, its result.

    \b
    Example: wenhuo log show cook.jsonl
    """
    from wenhuo_tools.report.record_file import read_record  # noqa: PLC0415

    cooked = read_record(record)
    if json:
        click.echo(dumps({"plan": cooked.plan, "result": cooked.result}, ensure_ascii=False))
        return
    for decision in cooked.decisions:
        click.echo(f"{decision.t_s:8.0f} s  {decision.request['text']} → {decision.plan['reply']}")
    for span in cooked.log.spans:
        click.echo(f"{span.start_s:8.0f} s  {span.kind.value} until {span.end_s:.0f} s")
    click.echo(cooked.summary())


@log.command()
@_RECORD
@option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A .png or .html file; the record's name with .png if not given.",
)
def plot(*, record: Path, to: Path | None) -> None:
    """Draw a recorded cook, as a picture or as a page.

    \b
    Example: wenhuo log plot cook.jsonl --to cook.html
    """
    from wenhuo_tools.report.record_file import read_record  # noqa: PLC0415

    click.echo(str(draw(read_record(record), to or record.with_suffix(".png"))))


def draw(record: CookRecord, target: Path) -> Path:
    """Draw a cook to a .png or .html file. Raises UsageError for any other name."""
    from wenhuo.errors import UsageError  # noqa: PLC0415
    from wenhuo_tools.report.page import write_page  # noqa: PLC0415
    from wenhuo_tools.report.plot import plot_cook  # noqa: PLC0415

    drawer = {".png": plot_cook, ".html": write_page}.get(target.suffix)
    if drawer is None:
        raise UsageError(f"{target}: the name must end in .png or .html")
    return drawer(record, target)


def _phase(index: int | None) -> str:
    return "-" if index is None else f"phase {index + 1}"
