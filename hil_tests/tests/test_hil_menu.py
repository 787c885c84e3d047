"""Every dish, cooked by the menu's programme on the rig: the food is right."""

from __future__ import annotations

import pytest

from wenhuo.boards import load_product
from wenhuo.executive.records import Outcome
from wenhuo_hil.bench import cook_by_menu

pytestmark = pytest.mark.needs("truth", "fast-time")


def assert_food_is_right(cooked, texture):
    truth = cooked.truth
    assert cooked.log.outcome is Outcome.DONE, cooked.log.faults
    assert truth["doneness"] >= 0.95
    assert truth["boilover_g"] == 0
    assert truth["scorch"] <= 0.1
    assert truth["texture_error"][texture] <= 0.5


@pytest.mark.parametrize("dish_id", list(load_product().menu))
def test_dish_for_four(rig, dish_id):
    texture = rig.product.dish(dish_id).default_texture
    assert_food_is_right(cook_by_menu(rig, rig.product, dish_id), texture)


@pytest.mark.parametrize(
    ("dish_id", "servings", "site"),
    [
        ("white_rice", 1, {}),
        ("white_rice", 8, {"mains_v": 198}),
        ("white_rice", 4, {"altitude_m": 2500}),
        ("congee", 1, {"mains_v": 240}),
        ("congee", 6, {"altitude_m": 3000}),
    ],
)
def test_staples_elsewhere(rig, dish_id, servings, site):
    cooked = cook_by_menu(rig, rig.product, dish_id, servings=servings, site=site)
    assert_food_is_right(cooked, rig.product.dish(dish_id).default_texture)


@pytest.mark.parametrize("altitude_m", [0, 3000])
@pytest.mark.parametrize("dish_id", ["congee", "millet_congee", "eight_treasure_congee"])
def test_a_congee_at_full_load_does_not_boil_over(rig, dish_id, altitude_m):
    dish = rig.product.dish(dish_id)
    most_g = rig.product.most_dry_g(dish, dish.default_texture)
    cooked = cook_by_menu(rig, rig.product, dish_id, dry_g=most_g, site={"altitude_m": altitude_m})
    assert cooked.log.outcome is Outcome.DONE
    assert cooked.truth["boilover_g"] == 0
    assert cooked.truth["doneness"] >= 0.95
