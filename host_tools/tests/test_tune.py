"""The menu on the twin: the food is right, and the controller's forecast of the time holds."""

from __future__ import annotations

import pytest

from wenhuo.boards import load_product
from wenhuo.errors import WenhuoError
from wenhuo.intent import Texture
from wenhuo_tools.tune import cook_cell, cook_grid, loads_g, main
from wenhuo_tools.twin.params import Site

PRODUCT = load_product()


@pytest.mark.parametrize("dish_id", list(PRODUCT.menu))
def test_a_middle_load_is_good_from_the_sea_to_the_mountains(dish_id: str) -> None:
    dish = PRODUCT.menu[dish_id]
    most = PRODUCT.most_dry_g(dish, dish.default_texture)
    for altitude_m in (0.0, 1500.0, 3000.0):
        for mains_v in (185.0, 220.0, 245.0):
            site = Site(20.0, altitude_m, mains_v)
            cell = cook_cell(PRODUCT, dish, dish.default_texture, 50 * (most // 100), site)
            assert cell.good, cell
            assert abs(cell.estimate_min - cell.minutes) <= 5, cell


def test_congee_for_four_thick() -> None:
    cell = cook_cell(PRODUCT, PRODUCT.menu["congee"], Texture.THICK, 200, Site(20.0, 0.0, 220.0))
    assert cell.good
    assert cell.boilover_g == 0
    assert abs(cell.estimate_min - cell.minutes) <= 2


@pytest.mark.parametrize("people", range(2, 7))
def test_white_rice_for_two_to_six(people: int) -> None:
    dish = PRODUCT.menu["white_rice"]
    site = Site(20.0, 0.0, 220.0)
    cell = cook_cell(PRODUCT, dish, Texture.NORMAL, people * dish.serving_dry_g, site)
    assert cell.good
    assert cell.texture_error <= 0.3
    assert abs(cell.estimate_min - cell.minutes) <= 3


def test_nothing_boils_over_or_scorches_on_the_whole_menu() -> None:
    cells = list(cook_grid(PRODUCT, list(PRODUCT.menu), (0.0,), (245.0,)))
    assert max(cell.boilover_g for cell in cells) == 0
    assert max(cell.scorch for cell in cells) <= 0.1


def test_loads_rise_from_one_serving_to_the_most_that_fits() -> None:
    dish = PRODUCT.menu["congee"]
    loads = loads_g(PRODUCT, dish, Texture.THIN)
    assert loads == sorted(loads)
    assert loads[0] <= dish.serving_dry_g
    assert loads[-1] == PRODUCT.most_dry_g(dish, Texture.THIN)


def test_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["congee", "--worst"]) in (0, 1)
    out = capsys.readouterr().out
    assert "congee" in out
    assert "cooks are good" in out


def test_unknown_dish_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pizza"]) == WenhuoError.exit_code
    assert capsys.readouterr().err.startswith("tune: dish 'pizza'")
