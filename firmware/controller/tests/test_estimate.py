"""The forecast: energy and water in balance, and answering to the conditions as physics does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.intent import Texture
from wenhuo.planning.estimate import forecast, time_to_ready_s
from wenhuo.planning.programme import programme
from wenhuo.schedule import Phase, PhaseKind, Until

PRODUCT = load_product()
RICE = Conditions("white_rice", Texture.NORMAL, 300)
CONGEE = Conditions("congee", Texture.THICK, 200)


def ready_min(conditions: Conditions) -> float:
    return time_to_ready_s(programme(PRODUCT, conditions), PRODUCT, conditions) / 60


def test_water_is_neither_made_nor_lost() -> None:
    seen = forecast(PRODUCT, CONGEE, programme(PRODUCT, CONGEE))
    dish = PRODUCT.menu["congee"]
    absorbed_g = dish.water_g(200, Texture.THICK) - seen.evaporated_g - seen.free_water_g
    assert 0 < absorbed_g <= 200 * dish.food.absorbs_g_per_g
    assert seen.evaporated_g > 0


def test_heating_takes_the_time_that_the_energy_needs() -> None:
    heat = Phase(PhaseKind.HEAT, 130.0, 100, 7200, Until.BOIL)
    seen = forecast(PRODUCT, CONGEE, (heat,), water_g=2000)
    model, pot = PRODUCT.appliance.heat, PRODUCT.appliance.pot
    j_per_k = 2000 * 4.186 + 200 * 1.54 + pot.heat_capacity_j_per_k + model.plate_j_per_k
    at_least_s = j_per_k * 80 / (PRODUCT.heater.rated_w * model.efficiency)
    assert at_least_s < seen.ready_s < 1.1 * at_least_s + 60


def test_lengths_of_phases_add_up() -> None:
    later = replace(RICE, later=True, keep_warm_min=60)
    schedule = programme(PRODUCT, later)
    seen = forecast(PRODUCT, later, schedule)
    assert len(seen.phase_s) == len(schedule)
    assert seen.phase_s[0] == 0  # the wait is not known yet
    assert seen.phase_s[-1] == 3600
    assert sum(seen.phase_s[1:-1]) == pytest.approx(seen.ready_s, abs=len(schedule))


def test_dry_out_ends_the_boil_of_rice() -> None:
    seen = forecast(PRODUCT, RICE, programme(PRODUCT, RICE))
    assert seen.free_water_g == 0
    assert seen.food_max_c < 110


def test_more_to_cook_and_weaker_mains_take_longer() -> None:
    assert ready_min(replace(CONGEE, dry_g=300)) > ready_min(CONGEE) + 4
    assert ready_min(replace(CONGEE, mains_pct=85)) > ready_min(CONGEE) + 3
    assert ready_min(replace(CONGEE, start_c=5)) > ready_min(CONGEE) + 1
    assert ready_min(replace(CONGEE, tb_c=90)) > ready_min(CONGEE) + 20


def test_no_heat_no_cooking() -> None:
    off = (Phase(PhaseKind.REST, None, 0, 3600),)
    seen = forecast(PRODUCT, CONGEE, off)
    assert seen.cooked_s == 0
    assert seen.food_max_c == pytest.approx(20, abs=0.1)


def test_lukewarm_time_is_counted() -> None:
    soak = Phase(PhaseKind.SOAK, 40.0, 50, 1800)
    seen = forecast(PRODUCT, CONGEE, (soak, *programme(PRODUCT, CONGEE)))
    plain = forecast(PRODUCT, CONGEE, programme(PRODUCT, CONGEE))
    assert seen.lukewarm_s > plain.lukewarm_s + 1500


@given(
    st.sampled_from(sorted(PRODUCT.menu)),
    st.integers(2, 24),
    st.integers(86, 101),
    st.integers(16, 24),
    st.integers(1, 6),
)
def test_any_cook_can_be_forecast(
    dish_id: str, load: int, tb_c: int, mains: int, start: int
) -> None:
    dish = PRODUCT.menu[dish_id]
    cook = Conditions(dish_id, dish.default_texture, 50 * load, tb_c, 5 * mains, 5 * start)
    schedule = programme(PRODUCT, cook)
    seen = forecast(PRODUCT, cook, schedule)
    assert 0 < seen.ready_s <= sum(p.duration_s for p in schedule)
    assert seen.free_water_g >= 0
    assert seen.evaporated_g >= 0
    assert seen.food_max_c < PRODUCT.limits.bottom_max_c
