"""Board data: everything shipped loads; a mistake is one line with file, key and remedy."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from wenhuo.boards import DEFAULT_PRODUCT, Product, data_root, list_products, load_product
from wenhuo.errors import BoardDataError
from wenhuo.intent import Texture

PRODUCTS = list_products()
DISH = "appliances/rice_cooker/dishes/congee.toml"
APPLIANCE = "appliances/rice_cooker/appliance.toml"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped data that a test may damage."""
    root = tmp_path / "boards"
    shutil.copytree(data_root(), root)
    monkeypatch.setenv("WENHUO_BOARDS", str(root))
    return root


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def failure() -> str:
    with pytest.raises(BoardDataError) as caught:
        load_product()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("product_id", PRODUCTS)
def test_shipped_product_loads(product_id: str) -> None:
    product = load_product(product_id)
    assert product.id == product_id
    assert product.menu
    assert product.heater.rated_v <= product.mains_v * 1.1


@pytest.mark.parametrize("folder", ["controllers", "power_boards"])
def test_every_shipped_part_is_used_by_a_product(folder: str) -> None:
    products = [load_product(name) for name in PRODUCTS]
    used = {p.controller.id for p in products} | {p.power_board.id for p in products}
    assert {path.stem for path in (data_root() / folder).glob("*.toml")} <= used


def test_default_product() -> None:
    assert load_product() is load_product(DEFAULT_PRODUCT)


def test_menu_is_the_contracts() -> None:
    schema = json.loads(
        files("wenhuo.contracts").joinpath("plan.schema.json").read_text(encoding="utf-8")
    )
    dishes = [d for d in schema["properties"]["dish"]["enum"] if d is not None]
    assert list(load_product().menu) == dishes


def test_names_are_unique_over_the_menu() -> None:
    menu = load_product().menu
    names = [n for dish in menu.values() for n in (*dish.names_zh, *dish.names_en)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "dish_id"),
    [("饭", "white_rice"), ("米饭", "white_rice"), ("rice", "white_rice"), ("粥", "congee"),
     ("稀饭", "congee"), ("porridge", "congee"), ("congee", "congee")],
)  # fmt: skip
def test_bare_names_mean_what_the_contract_says(name: str, dish_id: str) -> None:
    dish = load_product().menu[dish_id]
    assert name in (*dish.names_zh, *dish.names_en)


@pytest.mark.parametrize("dish", load_product().menu.values(), ids=lambda d: d.id)
def test_dish_makes_sense(dish) -> None:
    product = load_product()
    assert {dish.meant(t) for t in (*Texture, None)} <= set(dish.textures)
    assert product.most_dry_g(dish, dish.default_texture) >= dish.serving_dry_g
    assert dish.keep_warm.target_c >= product.limits.keep_warm_min_c


def test_thicker_congee_has_less_water() -> None:
    congee = load_product().menu["congee"]
    thin, normal, thick = (
        congee.water_g(200, t) for t in (Texture.THIN, Texture.NORMAL, Texture.THICK)
    )
    assert thin > normal > thick
    assert congee.water_g(200) == normal
    assert congee.water_g(200, Texture.FIRM) == thick  # a word that congee lacks


@pytest.mark.parametrize(
    ("ambient_c", "hours"),
    [(None, 12), (10, 12), (20, 12), (20.1, 8), (25, 8), (30, 4), (30.5, 2), (38, 2)],
)
def test_raw_food_may_wait_as_the_contract_says(ambient_c: float | None, hours: float) -> None:
    assert load_product().appliance.food_safety.raw_hold_hours(ambient_c) == hours


def test_unknown_product_lists_the_known_ones() -> None:
    with pytest.raises(BoardDataError, match="toaster") as caught:
        load_product("toaster")
    assert all(name in str(caught.value) for name in PRODUCTS)


def test_product_id_cannot_leave_the_folder() -> None:
    with pytest.raises(BoardDataError, match="unknown"):
        load_product("../products/virtual")


def test_unknown_dish_lists_the_menu() -> None:
    with pytest.raises(BoardDataError, match="congee"):
        load_product().dish("pizza")


def test_data_folder_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENHUO_BOARDS", "/nonexistent/boards")
    assert "WENHUO_BOARDS" in failure()


MISTAKES = [
    # file, what, becomes, and what the message must name
    (DISH, "serving_dry_g = 50", "", "serving_dry_g is missing"),
    (DISH, "serving_dry_g = 50", 'serving_dry_g = "50"', "serving_dry_g is '50'"),
    (DISH, "serving_dry_g = 50", "serving_dry_g = true", "serving_dry_g is True"),
    (DISH, "serving_dry_g = 50", "serving_dry_g = 5", "at least 10"),
    (DISH, "serving_dry_g = 50", "serving_dry_g = 50\nspice = 1", "spice is unknown"),
    (DISH, "serving_dry_g = 50", "serving_dry_g = 500", "between min_dry_g and max_dry_g"),
    (DISH, 'safety_class = "grain"', 'safety_class = "moon"', "safety_class is 'moon'"),
    (DISH, 'default_texture = "normal"', 'default_texture = "firm"', "one of thin, normal, thick"),
    (DISH, "[textures.thin]", "[textures.slimy]", "slimy is no texture"),
    (DISH, 'soft = "normal"', "", "texture_as: soft is missing"),
    (DISH, 'kind = "heat"', 'kind = "wait"', "wait and keep_warm are added by the planner"),
    (DISH, 'kind = "heat"', 'kind = "melt"', "kind is 'melt'"),
    (DISH, "target_c = 130", "target_c = 180", "at most 150"),
    (DISH, "target_c = 130", "target_c = nan", "target_c"),
    (DISH, "target_c = 130", "target_c = 130\noff = true", "exactly one"),
    (DISH, "target_c = 130", "target_c = 130\nhurry = 1", "phases[0]: hurry is unknown"),
    (DISH, "names_zh = [", 'names_zh = ["白粥", ', "twice"),
    (DISH, "min_time_min = 50", "min_time_min = [", "TOML"),
    (DISH, "max_min = 120", "max_min = 900", "max_min"),
    (APPLIANCE, "capacity_ml = 4850", "capacity_ml = 1", "capacity_ml is 1"),
    (APPLIANCE, "setpoint_max_c = 145", "setpoint_max_c = 155", "below bottom_max_c"),
    (APPLIANCE, "raw_hold_hours = [12, 8, 4]", "raw_hold_hours = [12, 8]", "raw_hold_up_to_c"),
    (APPLIANCE, '"white_rice", ', "", "dishes lacks 'white_rice'"),
    ("products/virtual.toml", 'heater = "220v"', 'heater = "9v"', "heater is '9v'"),
    ("products/virtual.toml", "mains_v = 220", "mains_v = 12", "mains_v is 12"),
    ("controllers/x86.toml", "cores = 2", "cores = 1", "threads is more than cores"),
    ("power_boards/virtual.toml", "led = 25", "led = 15", "another pin"),
    ("power_boards/virtual.toml", "lease_ms = 3000", "lease_ms = 60000", "lease_ms is 60000"),
    ("power_boards/virtual.toml", "watchdog_ms = 4000", "watchdog_ms = 4000.5", "whole number"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "named"), MISTAKES)
def test_mistake_names_file_key_and_remedy(
    data: Path, file: str, old: str, new: str, named: str
) -> None:
    edit(data / file, old, new)
    message = failure()
    assert file in message
    assert named in message


def test_product_with_a_part_that_is_not_there(data: Path) -> None:
    edit(data / "products/virtual.toml", 'power_board = "virtual"', 'power_board = "x"')
    assert "power_boards/x.toml: no such file" in failure()


def test_missing_dish_file(data: Path) -> None:
    (data / DISH).unlink()
    assert "congee.toml: no such file" in failure()


def test_dish_file_that_the_menu_does_not_list(data: Path) -> None:
    shutil.copy(data / DISH, (data / DISH).with_name("gruel.toml"))
    assert "gruel" in failure()


def test_second_product_with_another_board_needs_no_code(data: Path) -> None:
    text = (data / "products/virtual.toml").read_text(encoding="utf-8")
    (data / "products/mine.toml").write_text(
        text.replace('power_board = "virtual"', 'power_board = "pico"'), encoding="utf-8"
    )
    mine: Product = load_product("mine")
    assert mine.power_board.port == "rp2"
    assert mine.menu == load_product().menu
