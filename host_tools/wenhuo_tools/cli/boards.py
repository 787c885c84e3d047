"""`wenhuo boards`: the products and their parts, as data."""

from __future__ import annotations

from dataclasses import asdict
from json import dumps
from typing import Any

import click

from wenhuo.boards import Product, list_products, load_product
from wenhuo.errors import BoardDataError
from wenhuo_tools.cli.common import option, print_rows


@click.group()
def boards() -> None:
    """List, show and check the products under boards/.

    \b
    Example: wenhuo boards show virtual
    """


@boards.command("list")
@option("--json", "json", is_flag=True, help="Print one JSON object per product.")
def list_boards(json: bool) -> None:
    """List all products.

    \b
    Example: wenhuo boards list
    """
    products = [load_product(name) for name in list_products()]
    if json:
        for product in products:
            click.echo(dumps(_summary(product), ensure_ascii=False))
        return
    print_rows(list(_summary(product).values()) for product in products)


@boards.command()
@click.argument("product_id", metavar="ID", required=False)
@option("--json", "json", is_flag=True, help="Print everything as one JSON object.")
def show(product_id: str | None, json: bool) -> None:
    """Show one product with its menu; the default one if no ID is given.

    \b
    Example: wenhuo boards show virtual
    """
    product = load_product(product_id)
    if json:
        click.echo(dumps(_plain(asdict(product)), ensure_ascii=False, default=str))
        return
    board, limits = product.power_board, product.limits
    lines = {
        "product": f"{product.id}: {product.name}",
        "appliance": f"{product.appliance.name_zh} / {product.appliance.name_en}",
        "heater": f"{product.heater.rated_w:.0f} W at {product.heater.rated_v:.0f} V",
        "controller": product.controller.name,
        "power board": f"{board.name} (port {board.port}, {board.baud} baud)",
        "limits": f"bottom {limits.bottom_max_c:.0f} °C, lid {limits.lid_max_c:.0f} °C",
        "dishes": ", ".join(f"{dish.name_zh} {dish.id}" for dish in product.menu.values()),
    }
    for key, value in lines.items():
        click.echo(f"{key:<12} {value}")


@boards.command()
@click.argument("product_ids", metavar="[ID]...", nargs=-1)
@option("--json", "json", is_flag=True, help="Print one JSON object per product.")
def check(*, product_ids: tuple[str, ...], json: bool) -> int:
    """Load products strictly and say which files are wrong.

    \b
    Example: wenhuo boards check
    """
    failed = False
    for name in product_ids or list_products():
        problem = None
        try:
            load_product(name)
        except BoardDataError as error:
            failed, problem = True, str(error)
        if json:
            told = {"id": name, "ok": problem is None, "problem": problem}
            click.echo(dumps(told, ensure_ascii=False))
        elif problem is None:
            click.echo(f"{name}: ok")
        else:
            click.echo(f"wenhuo: {name}: {problem}", err=True)
    return 1 if failed else 0


def _summary(product: Product) -> dict[str, str]:
    return {
        "id": product.id,
        "name": product.name,
        "appliance": product.appliance.id,
        "controller": product.controller.id,
        "power_board": product.power_board.id,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON-like value
    """Dictionaries with plain string keys, as JSON wants them."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
