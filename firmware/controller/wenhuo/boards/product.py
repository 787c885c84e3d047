"""A product: an appliance with its menu, a controller and a power board (products/*.toml)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wenhuo.boards.menu import Dish, read_dish
from wenhuo.boards.parts import (
    Appliance,
    Controller,
    HardLimits,
    Heater,
    PowerBoard,
    read_appliance,
    read_controller,
    read_power_board,
)
from wenhuo.boards.table import Table
from wenhuo.errors import BoardDataError
from wenhuo.intent import Texture

DEFAULT_PRODUCT = "virtual"
DATA_ENV = "WENHUO_BOARDS"
# Of a cooker that nobody has measured: the reference one's swing, and a gain that bounds nothing.
SWING_PERIOD_S, ULTIMATE_W_PER_K = 45.0, 400.0
SWING_PERIOD_RANGE_S, ULTIMATE_RANGE_W_PER_K = (25.0, 90.0), (100.0, 1000.0)
GRAIN_ML_PER_G = 0.7  # volume of dry grain under water: 1 / (1.45 g/ml)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured (`wenhuo calibrate`): added to readings, °C; heater power over rated; the
    bottom thermistor's R25 and beta over those of its kind; the relay test's period and ultimate
    gain, which the board's control is set by (wenhuo_tools.image)."""

    bottom_offset_c: float
    lid_offset_c: float
    heater_gain: float
    bottom_r25_ratio: float = 1.0
    bottom_beta_ratio: float = 1.0
    swing_period_s: float = SWING_PERIOD_S
    ultimate_w_per_k: float = ULTIMATE_W_PER_K


@dataclass(frozen=True, slots=True)
class Product:
    """All data of a product. menu: dish id -> dish, in the appliance's order."""

    id: str
    name: str
    appliance: Appliance
    heater: Heater
    menu: dict[str, Dish]
    controller: Controller
    power_board: PowerBoard
    mains_v: float
    finish_without_host: bool
    calibration: Calibration

    @property
    def limits(self) -> HardLimits:
        """The appliance's hard limits."""
        return self.appliance.limits

    def dish(self, dish_id: str) -> Dish:
        """A dish of the menu. Raises BoardDataError where there is none, with the ids known."""
        if dish_id not in self.menu:
            known = ", ".join(self.menu)
            raise BoardDataError(f"dish {dish_id!r} is not on the menu; known are: {known}")
        return self.menu[dish_id]

    def most_dry_g(self, dish: Dish, texture: Texture) -> int:
        """The most that may be cooked at once: the menu's limit, or what fits with its water."""
        water = dish.textures[texture].water_g_per_g
        fits_g = (self.appliance.pot.max_fill_ml - dish.water_base_g) / (water + GRAIN_ML_PER_G)
        return min(dish.max_dry_g, int(fits_g))


def data_root() -> Path:
    """Where the board data lie: $WENHUO_BOARDS, else boards/ of the checkout around this package.

    Raises BoardDataError where neither is a folder.
    """
    named = os.environ.get(DATA_ENV)
    if named:
        root = Path(named)
        if not root.is_dir():
            raise BoardDataError(
                f"{DATA_ENV}={named}: no such folder; point it at a boards/ folder"
            )
        return root
    for parent in Path(__file__).resolve().parents:
        if (parent / "boards" / "products").is_dir():
            return parent / "boards"
    raise BoardDataError(f"no boards/ folder beside the package; set {DATA_ENV} to it")


def list_products() -> tuple[str, ...]:
    """The ids of all products, sorted. Raises BoardDataError where the data are missing."""
    return tuple(sorted(path.stem for path in (data_root() / "products").glob("*.toml")))


def load_product(product_id: str | None = None) -> Product:
    """A product by id, None = the default one. Loaded once per process and data folder.

    Raises BoardDataError: unknown id (lists the known ones), or wrong data (file, key, remedy).
    """
    return _load(data_root(), product_id or DEFAULT_PRODUCT)


@lru_cache(maxsize=32)
def _load(root: Path, product_id: str) -> Product:
    known = sorted(path.stem for path in (root / "products").glob("*.toml"))
    if product_id not in known:
        raise BoardDataError(
            f"board {product_id!r} is unknown; known are: {', '.join(known) or 'none'}"
        )
    table = Table.read(root / "products" / f"{product_id}.toml", root)
    appliance_id = table.text("appliance")
    folder = root / "appliances" / appliance_id
    appliance = read_appliance(appliance_id, Table.read(folder / "appliance.toml", root))
    controller_id, board_id = table.text("controller"), table.text("power_board")
    product = Product(
        id=product_id,
        name=table.text("name"),
        appliance=appliance,
        heater=table.choice("heater", appliance.heaters),
        menu=_menu(appliance, folder / "dishes", root),
        controller=read_controller(
            controller_id, Table.read(root / "controllers" / f"{controller_id}.toml", root)
        ),
        power_board=read_power_board(
            board_id, Table.read(root / "power_boards" / f"{board_id}.toml", root)
        ),
        mains_v=table.number("mains_v", at_least=90, at_most=250),
        finish_without_host=table.flag("finish_without_host"),
        calibration=_calibration(table.table("calibration")),
    )
    table.finish()
    return product


def _menu(appliance: Appliance, folder: Path, root: Path) -> dict[str, Dish]:
    where = f"{root.name}/appliances/{appliance.id}/appliance.toml"
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in appliance.dishes:
            raise BoardDataError(f"{where}: dishes lacks {path.stem!r}; add it or remove its file")
    menu = {}
    for dish_id in appliance.dishes:
        table = Table.read(folder / f"{dish_id}.toml", root)
        dish = read_dish(dish_id, table)
        if dish.safety_class not in appliance.food_safety.classes:
            known = ", ".join(appliance.food_safety.classes)
            raise table.fail("safety_class", f"is {dish.safety_class!r}; give one of {known}")
        if dish.keep_warm.max_min > appliance.limits.keep_warm_max_min:
            raise table.fail("keep_warm: max_min", "is above the appliance's limit; lower it")
        menu[dish_id] = dish
    return menu


def _calibration(table: Table) -> Calibration:
    (period_least, period_most), (gain_least, gain_most) = (
        SWING_PERIOD_RANGE_S,
        ULTIMATE_RANGE_W_PER_K,
    )
    calibration = Calibration(
        bottom_offset_c=table.number("bottom_offset_c", at_least=-10, at_most=10),
        lid_offset_c=table.number("lid_offset_c", at_least=-10, at_most=10),
        heater_gain=table.number("heater_gain", at_least=0.7, at_most=1.3),
        bottom_r25_ratio=table.number("bottom_r25_ratio", at_least=0.9, at_most=1.1, default=1.0),
        bottom_beta_ratio=table.number(
            "bottom_beta_ratio", at_least=0.95, at_most=1.05, default=1.0
        ),
        swing_period_s=table.number(
            "swing_period_s", at_least=period_least, at_most=period_most, default=SWING_PERIOD_S
        ),
        ultimate_w_per_k=table.number(
            "ultimate_w_per_k", at_least=gain_least, at_most=gain_most, default=ULTIMATE_W_PER_K
        ),
    )
    table.finish()
    return calibration
