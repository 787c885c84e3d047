"""`wenhuo flash`: firmware onto boards."""

from __future__ import annotations

from json import dumps

import click

from wenhuo_tools.cli.common import option, port_option


@click.group()
def flash() -> None:
    """Put firmware on a board.

    \b
    Example: wenhuo flash power --port virtual
    """


@flash.command()
@port_option
@option("--board", metavar="ID", help="Product under boards/; the default one if not given.")
@option("--link", metavar="PORT", help="The board's other cable, to ask whether it cooks.")
@option("--serial", metavar="TEXT", help="Serial number of a new board; its chip's if not given.")
@option("--json", "json", is_flag=True, help="Print the report as one line of JSON.")
def power(*, port: str, board: str | None, link: str | None, serial: str | None, json: bool) -> int:
    """Put a product's firmware, limits and calibration on a power board.

    Only what differs is sent, into the slot that does not run; it is read back, and the board goes
    back to the old slot by itself should the new one not work. Refused while the board cooks.

    \b
    Examples:
      wenhuo flash power --port virtual
      wenhuo flash power --port /dev/ttyACM0 --board zero2w_pico --json
    """
    from wenhuo.boards import load_product  # noqa: PLC0415 - only where it is used
    from wenhuo_tools.flash.power import flash_power  # noqa: PLC0415
    from wenhuo_tools.ports import resolve  # noqa: PLC0415

    product = load_product(board)
    report = flash_power(
        product,
        resolve(port, product),
        link=link,
        serial_number=serial,
        say=lambda line: click.echo(line, err=True),
    )
    if json:
        click.echo(dumps(report.as_json()))
        return 0
    click.echo(
        f"slot {report.slot}: {report.files} files, {report.bytes_written} bytes written, "
        f"{'verified' if report.verified else 'NOT verified'}"
    )
    return 0
