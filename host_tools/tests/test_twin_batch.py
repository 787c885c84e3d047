"""The batch runner: every dish cooks; the control equals the firmware's; determinism."""

from __future__ import annotations

import importlib
import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenhuo.boards import load_product
from wenhuo.errors import BoardDataError
from wenhuo.planning.programme import Conditions, programme
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_tools.image import firmware_root, limits_of
from wenhuo_tools.rig.virtual import VirtualRig
from wenhuo_tools.twin import control
from wenhuo_tools.twin.batch import run_schedule
from wenhuo_tools.twin.bench import batch_speed, plant_cost
from wenhuo_tools.twin.params import Cooker, Load, Site
from wenhuo_tools.twin.plant import cooker_of

DISH_IDS = tuple(load_product().menu)


def menu_cook(dish_id, dry_g, site=None):
    product = load_product()
    dish = product.menu[dish_id]
    texture = dish.meant(None)
    phases = programme(product, Conditions.of(dish, dry_g, texture=texture))
    load = Load(dry_g, dish.water_g(dry_g, texture))
    return run_schedule(cooker_of(None), dish_id, load, site or Site(), phases), phases


@pytest.mark.parametrize("dish_id", DISH_IDS)
def test_the_menu_cooks_every_dish(dish_id):
    product = load_product()
    result, phases = menu_cook(dish_id, 4 * product.menu[dish_id].serving_dry_g)
    food = result.served
    assert food.doneness >= 0.9
    assert food.boilover_g == 0.0
    assert food.scorch <= 0.1
    assert len(result.phase_end_s) == len(phases)
    assert list(result.phase_end_s) == sorted(result.phase_end_s)


def test_same_cook_twice_is_the_same():
    first, second = menu_cook("white_rice", 300)[0], menu_cook("white_rice", 300)[0]
    assert first.served == second.served
    assert first.phase_end_s == second.phase_end_s


def test_served_is_before_keep_warm_and_final_after():
    phases = (
        Phase(PhaseKind.HEAT, 130.0, 100, 1800, Until.BOIL),
        Phase(PhaseKind.SIMMER, 105.0, 30, 1800),
        Phase(PhaseKind.KEEP_WARM, 72.0, 20, 14400),
    )
    result = run_schedule(Cooker(), "congee", Load(150, 1500), Site(), phases, trace_s=10.0)
    assert result.served_s == result.phase_end_s[1]
    assert result.by_condition == (True, False, False)
    assert result.final.energy_wh > result.served.energy_wh
    assert result.trace is not None
    assert len(result.trace) == pytest.approx(result.phase_end_s[-1] / 10.0, abs=2)
    assert np.isfinite(result.trace["core_c"]).all()


def test_boil_is_seen_at_altitude_and_on_low_mains():
    phases = (Phase(PhaseKind.HEAT, 130.0, 100, 3600, Until.BOIL),)
    for site in (Site(altitude_m=3000.0), Site(mains_v=187.0), Site(ambient_c=5.0)):
        result = run_schedule(Cooker(), "congee", Load(150, 1500, 10.0), site, phases)
        assert result.by_condition == (True,)


def test_no_phases_and_an_unknown_dish_are_refused():
    with pytest.raises(ValueError, match="no phases"):
        run_schedule(Cooker(), "congee", Load(150, 1500), Site(), ())
    with pytest.raises(BoardDataError, match="pizza"):
        run_schedule(Cooker(), "pizza", Load(1, 1), Site(), (Phase(PhaseKind.HEAT, 90, 100, 60),))


def test_every_product_has_a_cooker():
    assert cooker_of("zero2w_pico_120v").rated_v == 120
    with pytest.raises(BoardDataError, match="unknown"):
        cooker_of("toaster")


def test_benchmark_measures():
    speed, cook_ms = batch_speed(2)
    assert speed > 0
    assert cook_ms > 0
    assert plant_cost(10) > 0


@pytest.fixture(scope="module")
def firmware():
    """The firmware's control and detection, imported by CPython with the product's limits."""
    limits = types.ModuleType("limits")
    limits.__dict__.update(limits_of(load_product()))
    before = dict(sys.modules)
    sys.modules["limits"] = limits
    sys.path.insert(0, str(firmware_root()))
    try:
        yield {name: importlib.import_module(name) for name in ("control", "detect")}
    finally:
        sys.path.remove(str(firmware_root()))
        for name in ("limits", "control", "detect", "sensors"):
            sys.modules.pop(name, None)
            if name in before:
                sys.modules[name] = before[name]


class Readings:
    """A temperature and its history, as the firmware's sensor tells them."""

    def __init__(self, first_cc):
        self.history = [first_cc]

    def add(self, cc):
        self.history.append(cc)

    @property
    def cc(self):
        return self.history[-1]

    def rise(self, seconds):
        known = len(self.history) > seconds + 1
        return self.cc - self.history[-1 - seconds] if known else 0


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-80, 120), st.integers(1, 40)), min_size=3, max_size=12),
    st.integers(40, 130),
    st.integers(2, 10),
    st.integers(20, 105),
)
def test_control_and_detection_equal_the_firmwares(firmware, slopes, target_c, tenths, lid_c):
    """Both see the same bottom temperatures, whatever they do."""
    theirs, seen = firmware["control"].Controller(), firmware["detect"].Detector()
    loss_w_k = limits_of(load_product())["LOSS_MW_PER_K"] / 1000
    ours = control.new_control(loss_w_k, load_product().heater.rated_w)
    control.start_cook(ours[0])
    control.enter_phase(ours[0])
    phase = np.zeros(1, control.PHASE_DTYPE)
    phase["target_c"], phase["cap"] = target_c, tenths / 10
    bottom = Readings(6000)
    duty = 0
    for slope_cc, seconds in slopes:
        for _ in range(seconds):
            bottom_cc = min(max(bottom.cc + slope_cc, 2000), 14000)
            bottom.add(bottom_cc)
            rise = bottom.rise(20)
            seen.second(bottom, lid_c * 100, True, 700 * duty // 1000)
            control.sense_second(ours[0], phase[0], bottom_cc / 100, float(lid_c), True, 700.0)
            if not seen.boiling:
                theirs.learn(duty, 700, rise)
            if seen.boiling and target_c * 100 - bottom_cc > 100:
                duty = tenths * 100
            else:
                duty = theirs.demand(target_c * 100, tenths * 100, bottom_cc, rise, 700)
            control.demand(ours[0], phase[0], bottom_cc / 100, 700.0)
            assert bool(ours["boiling"][0]) == seen.boiling
            assert bool(ours["dry"][0]) == seen.dry
            assert ours["duty"][0] == pytest.approx(duty / 1000, abs=0.02)
            ours["duty"] = duty / 1000  # rounding must not add up over the run


def test_batch_and_virtual_rig_agree():
    """The real firmware in MicroPython over the link, with ADC and noise, against the batch."""
    expected, phases = menu_cook("white_rice", 300)
    product = load_product()
    dish = product.menu["white_rice"]
    pot = {"dish": "white_rice", "dry_g": 300, "water_g": dish.water_g(300, dish.meant(None))}
    with VirtualRig(product) as rig:
        rig.begin({"pot": pot, "site": {"ambient_c": 23.0}, "seed": 4}, [])
        board = rig.board()
        board.upload(phases, 1)
        board.start(1)
        while rig.clock.now_s() < expected.served_s + 120.0:
            board.heartbeat()
            rig.clock.sleep(10.0)
        truth = rig.truth()
    assert truth["doneness"] == pytest.approx(expected.served.doneness, abs=0.01)
    assert truth["texture_value"] == pytest.approx(expected.served.texture_value, abs=0.1)
    assert truth["energy_wh"] == pytest.approx(expected.served.energy_wh, rel=0.03)
    assert truth["max_bottom_c"] == pytest.approx(expected.served.max_bottom_c, abs=1.0)
