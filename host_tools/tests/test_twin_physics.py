"""The twin's physics: balances close, more of a cause is never less of its effect."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenhuo.errors import BoardDataError
from wenhuo.intent import Texture
from wenhuo_tools.twin.dishes import dish_by_id, dishes
from wenhuo_tools.twin.engine import MAX_BATCH, Engine, Scenario
from wenhuo_tools.twin.food import initial_state, outcome, texture_errors
from wenhuo_tools.twin.kernel import PARAM_FIELDS, step
from wenhuo_tools.twin.params import (
    Cooker,
    Load,
    Ntc,
    Site,
    boiling_point_c,
    format_table,
    kernel_params,
    parameters,
)
from wenhuo_tools.twin.sensors import celsius, divider_mv, noise, ntc_ohm, quantized_mv

DISH_IDS = tuple(dishes())


def run(dish_id, load, duty, seconds, *, site=None, dt_ms=500):
    """The state after so many seconds at one duty."""
    engine = Engine(Scenario(dish_by_id(dish_id), load, site or Site()))
    until_ms = round(seconds * 1000 / dt_ms) * dt_ms
    while engine.now_ms < until_ms:
        engine.commit(None)
        engine.advance(MAX_BATCH, dt_ms, duty, True, until_ms)
    return engine.state[0]


def total_water_kg(s, dish):
    share = dish.numbers["dry_bottom_share"]
    uptake = share * s["x_bottom"] + (1 - share) * s["x_core"]
    return s["free_kg"] + uptake * s["dry_kg"] + s["evaporated_kg"] + s["boilover_kg"]


def test_boiling_point_follows_altitude():
    published = {0: 100.0, 500: 98.3, 1000: 96.7, 1500: 95.0, 2000: 93.4, 3000: 90.0, 5000: 83.3}
    for altitude_m, temp_c in published.items():
        assert boiling_point_c(altitude_m) == pytest.approx(temp_c, abs=0.2)


def test_ntc_follows_the_published_table():
    published = {0: 336e3, 25: 100e3, 50: 35.9e3, 73: 15.9e3, 95: 8.05e3, 120: 4.07e3, 172: 1.26e3}
    for temp_c, ohm in published.items():
        assert ntc_ohm(float(temp_c), 100e3, 3950.0) == pytest.approx(ohm, rel=0.005)


@settings(deadline=None)
@given(st.floats(-10.0, 170.0))
def test_ntc_and_its_inverse_agree(temp_c):
    assert celsius(ntc_ohm(temp_c, 100e3, 3950.0), Ntc()) == pytest.approx(temp_c, abs=1e-6)


@settings(deadline=None)
@given(st.floats(0.0, 150.0), st.floats(0.1, 20.0))
def test_divider_falls_as_the_sensor_warms(temp_c, more_k):
    cold, warm = (divider_mv(c, 100e3, 3950.0, 4700.0) for c in (temp_c, temp_c + more_k))
    assert warm < cold
    assert abs(quantized_mv(cold) - cold) <= 1.0


@settings(deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 10**8), st.integers(0, 2))
def test_noise_is_a_function_of_its_arguments(seed, counter, channel):
    assert noise(seed, counter, channel) == noise(seed, counter, channel)
    assert abs(noise(seed, counter, channel)) <= 2 * np.sqrt(3)


def test_noise_has_mean_zero_and_deviation_one():
    values = np.array([noise(7, 100 * i, 0) for i in range(20_000)])
    assert abs(values.mean()) < 0.03
    assert values.std() == pytest.approx(1.0, abs=0.03)


def test_every_parameter_has_a_unit_a_source_and_lies_in_its_range():
    table = format_table()
    for name, p in parameters().items():
        assert p.unit
        assert p.source
        assert p.min <= p.value <= p.max
        assert name in table


@pytest.mark.parametrize("dish_id", DISH_IDS)
def test_kernel_parameters_are_complete_and_finite(dish_id):
    record = kernel_params(Cooker(), dish_by_id(dish_id), Site())
    assert all(np.isfinite(record[name][0]) for name in PARAM_FIELDS)


def test_unknown_dish_is_one_clear_error():
    with pytest.raises(BoardDataError, match="no food properties for dish 'pizza'"):
        dish_by_id("pizza")


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(DISH_IDS),
    st.floats(25.0, 900.0),
    st.floats(0.3, 12.0),
    st.floats(0.0, 1.0),
    st.floats(600.0, 3600.0),
)
def test_water_is_conserved_and_the_state_stays_sane(dish_id, dry_g, ratio, duty, seconds):
    dish, load = dish_by_id(dish_id), Load(dry_g, min(3500.0, dry_g * ratio))
    start = initial_state(dish, load, Site())[0]
    s = run(dish_id, load, duty, seconds)
    assert total_water_kg(s, dish) == pytest.approx(total_water_kg(start, dish), abs=1e-9)
    assert all(np.isfinite(s[name]) for name in s.dtype.names)
    assert 0.0 <= s["alpha_bottom"] <= 1.0
    assert 0.0 <= s["alpha_core"] <= 1.0
    assert s["free_kg"] >= -1e-12
    assert s["core_c"] <= 101.0 or s["free_kg"] < 1e-6


@pytest.mark.parametrize(("duty", "seconds"), [(1.0, 600), (0.5, 1800), (1.0, 2400)])
def test_energy_balance_closes(duty, seconds):
    """Electricity = heat stored + heat lost + what the steam carries away."""
    load, dish = Load(0.0, 1500.0), dish_by_id("soup")
    p = kernel_params(Cooker(), dish, Site())[0]
    start, end = initial_state(dish, load, Site())[0], run("soup", load, duty, seconds)

    def stored_j(s):
        water_j_k = s["free_kg"] * p["cp_water_j_kg_k"]
        food_c = 0.3 * s["bottom_c"] + 0.7 * s["core_c"]
        solid = (
            p["plate_j_k"] * s["plate_c"] + p["pot_j_k"] * s["pot_c"] + p["lid_j_k"] * s["lid_c"]
        )
        return solid + water_j_k * food_c

    steam_j = end["evaporated_kg"] * (p["latent_j_kg"] + 100.0 * p["cp_water_j_kg_k"])
    spent_j = stored_j(end) - stored_j(start) + end["loss_j"] + steam_j
    assert spent_j == pytest.approx(end["energy_j"], rel=0.01)


def heat_up_s(load, site=None):
    """Seconds to 80 °C at full power."""
    engine = Engine(Scenario(dish_by_id("white_rice"), load, site or Site()))
    while engine.state["core_c"][0] < 80.0:
        engine.commit(None)
        engine.advance(10, 500, 1.0, True, 1 << 40)
    return engine.now_ms / 1000.0


@settings(max_examples=15, deadline=None)
@given(st.floats(100.0, 800.0), st.floats(1.1, 1.6))
def test_more_load_takes_longer_and_more_volts_less(dry_g, factor):
    base = heat_up_s(Load(dry_g, 1.4 * dry_g))
    assert heat_up_s(Load(dry_g * factor, 1.4 * dry_g * factor)) > base
    assert heat_up_s(Load(dry_g, 1.4 * dry_g), Site(mains_v=220.0 * factor**0.5)) < base
    assert heat_up_s(Load(dry_g, 1.4 * dry_g, 40.0)) < base


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 0.9), st.floats(1.05, 1.5))
def test_more_power_browns_and_evaporates_more(duty, factor):
    load = Load(100, 1000)
    weak, strong = (run("white_rice", load, d, 1800) for d in (duty, min(1, duty * factor)))
    assert strong["boilover_kg"] == 0.0
    for name in ("char", "evaporated_kg", "max_bottom_c", "energy_j"):
        assert strong[name] >= weak[name]


def test_only_strong_power_boils_congee_over():
    spilled = [run("congee", Load(200, 1700), d, 5400)["boilover_kg"] for d in (0.3, 0.6, 1.0)]
    assert spilled[0] == 0.0
    assert spilled == sorted(spilled)
    assert spilled[2] > 0.01
    assert run("soup", Load(0.0, 2000.0), 1.0, 3600)["boilover_kg"] == 0.0


@settings(max_examples=10, deadline=None)
@given(st.floats(0.0, 4000.0))
def test_boiling_water_stays_at_the_local_boiling_point(altitude_m):
    site = Site(altitude_m=altitude_m)
    s = run("soup", Load(0.0, 1000.0), 1.0, 1500, site=site)
    assert s["core_c"] == pytest.approx(boiling_point_c(altitude_m), abs=0.1)


def test_half_second_and_tenth_second_steps_agree():
    coarse, fine = (run("white_rice", Load(450, 630), 0.5, 2400, dt_ms=dt) for dt in (500, 100))
    for name in ("pot_c", "core_c", "lid_c"):
        assert coarse[name] == pytest.approx(fine[name], abs=0.5)
    assert coarse["x_core"] == pytest.approx(fine["x_core"], rel=0.01)


def test_open_lid_cools_and_dries():
    dish, site = dish_by_id("soup"), Site()
    ends = []
    for lid in (1.0, 0.0):
        state = initial_state(dish, Load(0.0, 1000.0, 90.0), site)
        state["lid_closed"] = lid
        params = kernel_params(Cooker(), dish, site)
        for _ in range(3600):
            step(state[0], params[0], 0.0, False, 0.5)
        ends.append(state[0])
    assert ends[1]["core_c"] < ends[0]["core_c"] - 5.0
    assert ends[1]["evaporated_kg"] > 3 * ends[0]["evaporated_kg"]


def test_welded_heater_obeys_only_the_relay_and_the_fuse():
    dish, site = dish_by_id("white_rice"), Site()
    params = kernel_params(Cooker(), dish, site)
    state = initial_state(dish, Load(0.0, 0.0), site)
    state["heater_welded"] = 1.0
    step(state[0], params[0], 0.0, True, 0.5)
    assert state["power_w"][0] == pytest.approx(700.0)
    step(state[0], params[0], 0.0, False, 0.5)
    assert state["power_w"][0] == 0.0
    for _ in range(1200):
        step(state[0], params[0], 0.0, True, 0.5)
    assert state["fuse_blown"][0] == 1.0
    assert state["power_w"][0] == 0.0


def test_neighbouring_texture_classes_are_one_apart():
    errors = texture_errors(0.0, 0.0)
    assert errors[Texture.NORMAL] == 0.0
    for texture in (Texture.SOFT, Texture.FIRM, Texture.THICK, Texture.THIN, Texture.CRISPY):
        assert errors[texture] == 1.0


@pytest.mark.parametrize("dish_id", DISH_IDS)
def test_texture_scale_hits_its_own_classes(dish_id):
    dish = dish_by_id(dish_id)
    assert dish.texture_value(dish.texture_normal) == pytest.approx(0.0)
    step_up = (
        dish.texture_normal + dish.texture_step
        if dish.measure.value == "moisture"
        else dish.texture_normal * dish.texture_step
    )
    assert dish.texture_value(step_up) == pytest.approx(1.0)


def test_more_water_is_thinner_congee_and_softer_rice():
    def value(dish_id, water_g, duty, seconds):
        dish = dish_by_id(dish_id)
        state = initial_state(dish, Load(200.0, water_g), Site())
        params = kernel_params(Cooker(), dish, Site())
        for _ in range(round(2 * seconds)):
            step(state[0], params[0], duty if state["core_c"][0] > 99 else 1.0, True, 0.5)
        return outcome(state, dish).texture_value

    assert value("congee", 2200.0, 0.3, 4800) < value("congee", 1600.0, 0.3, 4800) - 0.5
    assert value("white_rice", 320.0, 0.1, 2400) > value("white_rice", 240.0, 0.1, 2400) + 0.5
