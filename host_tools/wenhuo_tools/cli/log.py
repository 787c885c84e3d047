"""`wenhuo log`: records of cooks, and what a board itself remembers."""

from __future__ import annotations

from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wenhuo_tools.cli.common import (
    controller_options,
    link_option,
    option,
    print_rows,
    remote_of,
)

if TYPE_CHECKING:
    from wenhuo_tools.report.record import CookRecord

_RECORDS = Path("out/cooks")


@click.group()
def log() -> None:
    """Fetch records of cooks, look at them and draw them; look at a board's memory of events.

    \b
    Example: wenhuo log pull --host pi@rice.local && wenhuo log show
    """


@log.command()
@controller_options
@option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Of a wenhuod on this machine; the device's, else this user's, if not given.",
)
@option("--cook", "numbers", type=int, multiple=True, help="Only the cook of this number.")
@option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default=_RECORDS,
    help="The folder for the records.",
)
@option("--board", metavar="ID", help="Product under boards/; the default one if not given.")
@option("--json", "json", is_flag=True, help="Print one JSON object per record.")
def pull(
    *,
    root: Path | None,
    host: str | None,
    ssh: str,
    state_dir: Path | None,
    numbers: tuple[int, ...],
    to: Path,
    board: str | None,
    json: bool,
) -> None:
    """Fetch the records of a controller's cooks, a file for each: from wenhuod on this machine, a
    mounted card, or a running controller. The daemon there may go on cooking.

    \b
    Examples:
      wenhuo log pull
      wenhuo log pull --host pi@rice.local --to out/cooks
      wenhuo log pull --root /media/me/rootfs --cook 12
    """
    from wenhuo.boards import load_product  # noqa: PLC0415 - only where it is used
    from wenhuo_tools.household import household_folder  # noqa: PLC0415
    from wenhuo_tools.pull import Card, Here, There, copied_memory, pull_records  # noqa: PLC0415

    product, remote = load_product(board), remote_of(root, host, ssh, state_dir)
    source = There(remote) if remote else Card(root) if root else Here(household_folder(state_dir))
    with copied_memory(source) as memory:
        for path in pull_records(memory, product, to, numbers):
            click.echo(dumps({"record": str(path)}) if json else str(path))


@log.command()
@link_option
@option("--board", metavar="ID", help="Product under boards/; the default one if not given.")
@option("--json", "json", is_flag=True, help="Print one JSON object per event.")
def events(*, port: str, board: str | None, json: bool) -> None:
    """Fetch the events that a power board remembers, oldest first.

    \b
    Example: wenhuo log events --port /dev/serial0
    """
    from wenhuo.boards import load_product  # noqa: PLC0415 - only where it is used
    from wenhuo.executive.board_client import PowerBoard  # noqa: PLC0415
    from wenhuo.executive.clock import RealClock  # noqa: PLC0415
    from wenhuo_tools.monitor import pull_events  # noqa: PLC0415
    from wenhuo_tools.ports import link_of  # noqa: PLC0415

    product = load_product(board)
    with PowerBoard.open(link_of(port, product), RealClock(), product.power_board.baud) as client:
        client.connect()
        remembered = pull_events(client)
    if json:
        for event in remembered:
            click.echo(dumps(asdict(event)))
        return
    print_rows(
        [f"{event.t_ms / 1000:.1f} s", event.kind, event.reason, _phase(event.phase)]
        for event in remembered
    )


@log.command()
@click.argument("record", type=click.Path(path_type=Path), default=_RECORDS)
@option("--json", "json", is_flag=True, help="Print plan and result, one line of JSON per record.")
def show(*, record: Path, json: bool) -> None:
    """Say how a recorded cook went: its decisions, its phases, its result; of a folder of records,
    a line for each cook.

    \b
    Examples:
      wenhuo log show
      wenhuo log show out/cooks/0012-congee.jsonl
    """
    from wenhuo_tools.report.record_file import read_record, record_files  # noqa: PLC0415
    from wenhuo_tools.report.record_view import cook_rows, decision_lines, list_rows  # noqa: PLC0415

    if json:
        for path in record_files(record):
            cooked = read_record(path)
            told = {"record": str(path), "plan": cooked.plan, "result": cooked.result}
            click.echo(dumps(told, ensure_ascii=False))
        return
    if record.is_dir():
        print_rows(list_rows(read_record(path) for path in record_files(record)))
        return
    cooked = read_record(record)
    for line in decision_lines(cooked):
        click.echo(line)
    click.echo()
    print_rows(cook_rows(cooked))
    click.echo(f"\n{cooked.summary()}")


@log.command()
@click.argument("record", type=click.Path(path_type=Path, dir_okay=False))
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
