"""`wenhuo calibrate`: what one cooker's parts really are."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING

import click

from wenhuo_tools.cli.common import option, plant_option, print_rows

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wenhuo.boards import Product
    from wenhuo_tools.calibrate.bench import Bench


@click.command()
@option("--board", metavar="ID", help="Product under boards/; the default one if not given.")
@option(
    "--port",
    default="virtual",
    metavar="PORT",
    help="The board's link (a port or URL), or `virtual`: a rig of our own.",
)
@plant_option
@option(
    "--water",
    "water_g",
    type=click.FloatRange(500, 4000),
    default=2000.0,
    metavar="GRAMS",
    help="Water in the pot.",
)
@option("--dry-run", is_flag=True, help="Measure, but store nothing.")
@option("--json", "json", is_flag=True, help="Print what was measured as one line of JSON.")
def calibrate(
    *,
    board: str | None,
    port: str,
    plant: str | None,
    water_g: float,
    dry_run: bool,
    json: bool,
) -> None:
    """Measure thermistors and heater with a pot of water and store them in the product's file.

    Weigh the water in, shut the lid, let all come to room temperature, hold a thermometer in. It is
    read twice, cold and at some 85 °C; in between the water is warmed at full power, and the heater
    is switched around 62 °C (the relay test), which tunes the board's control. `wenhuo flash power`
    then brings the calibration to the board.

    \b
    Examples:
      wenhuo calibrate --dry-run
      wenhuo calibrate --board zero2w_pico --port /dev/ttyUSB0 --water 2000
    """
    from wenhuo.boards import load_product  # noqa: PLC0415 - only where it is used
    from wenhuo_tools.calibrate.run import calibrate as measure  # noqa: PLC0415
    from wenhuo_tools.calibrate.store import store_calibration  # noqa: PLC0415

    product = load_product(board)
    with _bench(product, port, plant, water_g) as bench:
        report = measure(product, bench, water_g, lambda line: click.echo(line, err=True))
    if not dry_run:
        path = store_calibration(product.id, report.calibration)
        click.echo(f"stored in {path}; now: wenhuo flash power", err=True)
    if json:
        click.echo(dumps(report.as_json()))
        return
    told = report.as_json()
    rows = {**told["calibration"], **told["tuning"]}
    print_rows([name, f"{value:g}"] for name, value in rows.items())


def _bench(
    product: Product, port: str, plant: str | None, water_g: float
) -> AbstractContextManager[Bench]:
    from wenhuo_tools.calibrate.bench import real_bench, virtual_bench  # noqa: PLC0415
    from wenhuo_tools.rig.virtual import RigOptions  # noqa: PLC0415

    if port == "virtual":
        return virtual_bench(product, water_g, RigOptions(plant=plant))
    return real_bench(product, port, _ask_c)


def _ask_c(when: str) -> float:
    answer: float = click.prompt(f"Thermometer in the water ({when}), °C", type=float, err=True)
    return answer
