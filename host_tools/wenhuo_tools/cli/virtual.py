"""`wenhuo virtual`: the virtual power board as a thing on the desk."""

from __future__ import annotations

import sys
import time
from json import dumps

import click

from wenhuo_tools.cli.common import option

_STEP_S = 0.1


@click.group()
def virtual() -> None:
    """The virtual power board: a flash that stays, a console, a link, a cooker around it.

    \b
    Example: wenhuo virtual run
    """


@virtual.command()
@option("--board", metavar="ID", help="Product under boards/; the default one if not given.")
@option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    help="Times real time.",
)
@option("--for", "for_s", type=float, metavar="SECONDS", help="Stop after so long.")
@option("--json", "json", is_flag=True, help="Print its ports as one line of JSON.")
def run(*, board: str | None, speed: float, for_s: float | None, json: bool) -> None:
    """Power the board until Ctrl-C. Its ports are printed; other commands call it `virtual`.

    \b
    Examples:
      wenhuo virtual run
      mpremote connect /dev/pts/7 fs ls      # the console, as printed
    """
    from wenhuo.boards import load_product  # noqa: PLC0415 - only where it is used
    from wenhuo_tools.rig.virtual_board import PoweredBoard  # noqa: PLC0415

    with PoweredBoard(load_product(board), announce=True) as powered:
        cables = {"console": powered.mcu.console, "link": powered.mcu.link}
        lines = [dumps(cables)] if json else [f"{name:8}{port}" for name, port in cables.items()]
        click.echo("\n".join(lines))
        sys.stdout.flush()
        end_s = time.monotonic() + for_s if for_s is not None else None
        while end_s is None or time.monotonic() < end_s:
            began_s = time.monotonic()
            powered.pass_time(_STEP_S * speed)
            time.sleep(max(0.0, _STEP_S - (time.monotonic() - began_s)))


@virtual.command()
def erase() -> None:
    """Make the board empty again, as from the factory.

    \b
    Example: wenhuo virtual erase
    """
    from wenhuo.errors import RigError  # noqa: PLC0415
    from wenhuo_tools.rig import virtual_board  # noqa: PLC0415

    other = virtual_board.running()
    if other is not None:
        raise RigError(f"the virtual board runs in process {other.pid}; end that one first")
    virtual_board.flash_file().unlink(missing_ok=True)
    click.echo("the virtual board is empty")
