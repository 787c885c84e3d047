"""`wenhuo flash`: firmware onto boards."""

from __future__ import annotations

import tempfile
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wenhuo_tools.cli.common import controller_options, option, port_option, remote_of

if TYPE_CHECKING:
    from wenhuo_tools.flash.bundle import Bundle


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
@option(
    "--micropython",
    type=click.Path(path_type=Path, dir_okay=False),
    help="An empty chip: first this MicroPython, a .uf2 for a Pico, a .bin for an ESP32.",
)
@option(
    "--drive",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the Pico's BOOTSEL drive is mounted; found if not given.",
)
@option("--json", "json", is_flag=True, help="Print the report as one line of JSON.")
def power(
    *,
    port: str,
    board: str | None,
    link: str | None,
    serial: str | None,
    micropython: Path | None,
    drive: Path | None,
    json: bool,
) -> int:
    """Put a product's firmware, limits and calibration on a power board.

    Only what differs is sent, into the slot that does not run; it is read back, and the board goes
    back to the old slot by itself should the new one not work. Refused while the board cooks.

    \b
    Examples:
      wenhuo flash power --port virtual
      wenhuo flash power --port /dev/ttyACM0 --board zero2w_pico --json
      wenhuo flash power --board zero2w_pico --micropython RPI_PICO-20260601-v1.29.0.uf2
    """
    from wenhuo.boards import load_product  # noqa: PLC0415 - only where it is used
    from wenhuo_tools.flash.power import flash_power  # noqa: PLC0415
    from wenhuo_tools.ports import resolve  # noqa: PLC0415

    product = load_product(board)
    if micropython is not None:
        from wenhuo_tools.flash.empty import bring_micropython  # noqa: PLC0415

        port = bring_micropython(product, port, micropython, drive, _say)
    report = flash_power(
        product,
        resolve(port, product),
        link=link,
        serial_number=serial,
        say=_say,
    )
    if json:
        click.echo(dumps(report.as_json()))
        return 0
    click.echo(
        f"slot {report.slot}: {report.files} files, {report.bytes_written} bytes written, "
        f"{'verified' if report.verified else 'NOT verified'}"
    )
    return 0


@flash.command()
@option("--board", metavar="ID", default="zero2w_pico", help="Product under boards/.")
@option(
    "--bundle",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the bundle in this folder, or use the one that is there.",
)
@controller_options
@option(
    "--python",
    "pythons",
    multiple=True,
    default=("311", "313"),
    help="Python versions to bring wheels for.",
)
@option("--json", "json", is_flag=True, help="Print the bundle as one line of JSON.")
def controller(
    *,
    board: str,
    bundle: Path | None,
    root: Path | None,
    host: str | None,
    ssh: str,
    pythons: tuple[str, ...],
    json: bool,
) -> None:
    """Make the offline bundle of a controller, and install it where told.

    \b
    Examples:
      wenhuo flash controller --bundle out/bundle
      wenhuo flash controller --bundle out/bundle --host pi@rice.local
      wenhuo flash controller --root /media/me/rootfs
    """
    from wenhuo_tools.flash.controller import install_into, install_over_ssh  # noqa: PLC0415

    remote = remote_of(root, host, ssh)
    with tempfile.TemporaryDirectory(prefix="wenhuo-") as scratch:
        made = _bundle(board, bundle or Path(scratch) / "bundle", pythons)
        if root is not None:
            click.echo(install_into(made.folder, root), err=True)
        if remote is not None:
            click.echo(install_over_ssh(made, remote, _say), err=True)
    about = {"product": made.product, "files": made.files, "bytes": made.bytes}
    text = f"bundle for {made.product}: {made.files} files, {made.bytes / 1e6:.1f} MB"
    click.echo(dumps(about) if json else text)


@flash.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@controller_options
@option("--board", metavar="ID", default="zero2w_pico", help="Product under boards/.")
@option("--back", is_flag=True, help="Go back to the model before this one instead.")
@option("--json", "json", is_flag=True, help="Print the report as one line of JSON.")
def model(
    *,
    folder: Path | None,
    root: Path | None,
    host: str | None,
    ssh: str,
    board: str,
    back: bool,
    json: bool,
) -> None:
    """Give an installed controller the model in FOLDER (the shipped one if not given).

    Only the model is sent; a try that broke off goes on where it was. The controller checks every
    file, plans a sentence with it and switches in one step; the model before is kept.

    \b
    Examples:
      wenhuo flash model --host pi@rice.local
      wenhuo flash model models/artifacts/nano --root /media/me/rootfs
      wenhuo flash model --host pi@rice.local --back
    """
    from wenhuo.boards import load_product  # noqa: PLC0415 - only where it is used
    from wenhuo.llm.artifact import default_folder  # noqa: PLC0415
    from wenhuo_tools.flash.model import flash_model, model_before  # noqa: PLC0415

    place = remote_of(root, host, ssh) or root
    if place is None:
        raise click.UsageError("give --host (a running controller) or --root (a mounted card)")
    if back:
        told = model_before(place)
        click.echo(dumps({"told": told}) if json else told)
        return
    report = flash_model(load_product(board), folder or default_folder(), place)
    click.echo(dumps(report.as_json()) if json else report.told)


def _bundle(board: str, folder: Path, pythons: tuple[str, ...]) -> Bundle:
    """The bundle in the folder, made where there is none."""
    from wenhuo.boards import load_product  # noqa: PLC0415
    from wenhuo_tools.flash.bundle import make_bundle, open_bundle  # noqa: PLC0415

    if folder.is_dir() and any(folder.iterdir()):
        return open_bundle(folder)
    return make_bundle(load_product(board), folder, pythons=pythons, say=_say)


def _say(line: str) -> None:
    click.echo(line, err=True)
