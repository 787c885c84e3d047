"""Calibrating: a cooker whose parts are off is measured, stored and then reads true."""

import json
import math
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenhuo.boards import Calibration, load_product
from wenhuo.boards.product import data_root
from wenhuo.errors import BoardDataError, CalibrationError
from wenhuo.schedule import Phase, PhaseKind
from wenhuo_tools.calibrate.heater import Ledger
from wenhuo_tools.calibrate.relay import Cycle, tune
from wenhuo_tools.calibrate.store import store_calibration
from wenhuo_tools.calibrate.thermistor import Point, lid_offset, two_points
from wenhuo_tools.cli.main import main
from wenhuo_tools.flash.repl import Repl
from wenhuo_tools.image import control_of
from wenhuo_tools.rig.virtual import RigOptions, VirtualRig

R25_OHM, BETA_K, HEATER_W = 97_000, 3990, 716  # of the cooker that is off; 100 k, 3950, 770 nominal


@pytest.fixture
def boards(tmp_path, monkeypatch) -> Path:
    """Board data of our own, to store into."""
    folder = Path(shutil.copytree(data_root(), tmp_path / "boards"))
    monkeypatch.setenv("WENHUO_BOARDS", str(folder))
    return folder


@pytest.fixture
def off_plant(tmp_path):
    """A plant whose thermistor and heater are not as the board's data say; its address."""
    folder = Path(shutil.copytree(data_root(), tmp_path / "off"))
    for name, old, new in (
        ("power_boards/virtual.toml", "r25_ohm = 100000\nbeta_k = 3950\npull_up_ohm = 4700",
         f"r25_ohm = {R25_OHM}\nbeta_k = {BETA_K}\npull_up_ohm = 4700"),
        ("appliances/rice_cooker/appliance.toml", "rated_w = 770", f"rated_w = {HEATER_W}"),
    ):  # fmt: skip
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "wenhuo_tools.twin.plant"],
        env=os.environ | {"WENHUO_BOARDS": str(folder)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    _, host, port = process.stdout.readline().decode().split()
    yield f"{host}:{port}"
    process.kill()
    process.wait()
    process.stdout.close()


SLOW_PLANT = """
import sys
import tomllib
from dataclasses import replace
from wenhuo_tools.twin import plant

known = plant.cooker_of
plant.cooker_of = lambda product: replace(known(product), plate_kg=1.0, contact_share=0.6)
sys.exit(plant.main())
"""


@pytest.fixture
def slow_plant():
    """A cooker with twice the plate, and a worse contact to the pot; its address."""
    with subprocess.Popen([sys.executable, "-c", SLOW_PLANT], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        _, host, port = process.stdout.readline().decode().split()
        yield f"{host}:{port}"
        process.kill()


def held(plant: str, product, dry_g: int, target_c: float) -> list[float]:
    """What the food at the bottom is of during an hour at a set-point, by the plant, every 10 s."""
    pot = {"dish": "white_rice", "dry_g": dry_g, "water_g": dry_g * 1.4}
    with VirtualRig(product, RigOptions(plant=plant)) as rig:
        rig.begin({"pot": pot, "site": {"ambient_c": 20.0}, "seed": 3}, [])
        board, food_c = rig.board(), []
        board.upload((Phase(PhaseKind.SOAK, target_c, 100, 3600),), 1)
        board.start(1)
        for _ in range(350):
            rig.clock.sleep(10)
            food_c.append(rig.truth()["temps"]["food"])
    return food_c


def test_the_relay_tests_result_reaches_the_board_and_holds_a_slow_cooker(
    boards, slow_plant, bench, capfd
):
    assert main(["calibrate", "--plant", slow_plant, "--json"]) == 0
    tuning = json.loads(capfd.readouterr().out)["tuning"]
    assert tuning["period_s"] > 55
    text = (boards / "products/virtual.toml").read_text(encoding="utf-8")
    assert f"swing_period_s = {tuning['period_s']}" in text
    stored = tomllib.loads(text)["calibration"]
    product = replace(load_product("virtual"), calibration=Calibration(**stored))
    report = bench.flash_new(product)
    with bench.at_prompt() as mcu, Repl(mcu.console) as repl:
        told = repl.run(
            f"import sys\nsys.path.insert(0,'/app_{report.slot}')\nimport limits\n"
            "print(limits.CONTROL_TAU_S,limits.CONTROL_LEAD_S,limits.CONTROL_INTEGRAL_S)"
        )
    stretch = tuning["period_s"] / 45
    assert [int(word) for word in told.split()] == [
        round(75 * stretch), round(40 * stretch), round(400 * stretch)
    ]  # fmt: skip
    for dry_g in (75, 1000):  # the bars of hil_tests/wenhuo_hil/control_table.py
        food_c = held(slow_plant, product, dry_g, 60.0)
        assert max(food_c) < 63.0
        assert all(abs(value - 60.0) < 1.5 for value in food_c[-100:])


def test_a_quick_cookers_gain_is_bounded():
    """A relay test with a small ultimate gain keeps the full pot's gain at half of it."""
    known = replace(load_product("virtual").calibration, ultimate_w_per_k=200.0)
    control = control_of(known)
    assert control["CONTROL_HEAT_MAX"] / control["CONTROL_TAU_S"] == pytest.approx(100.0)
    plain = control_of(load_product("virtual").calibration)
    assert list(plain.values()) == [75, 40, 400, 14_000]  # as the batch of the twin has it


@pytest.mark.parametrize(
    "row", ["swing_period_s = 20", "swing_period_s = 91", "ultimate_w_per_k = 99"]
)
def test_a_calibration_out_of_bounds_is_not_loaded(boards, row):
    path = boards / "products/virtual.toml"
    path.write_text(f"{path.read_text()}{row}\n")
    with pytest.raises(BoardDataError, match=row.split()[0]):
        load_product("virtual")


def reading_at(plant: str, product, temp_c: float) -> float:
    """What a board of the product reads where all is at that temperature."""
    pot = {"dish": "soup", "dry_g": 0, "water_g": 1000, "initial_c": temp_c}
    with VirtualRig(product, RigOptions(plant=plant)) as rig:
        rig.begin({"pot": pot, "site": {"ambient_c": temp_c}, "seed": 2}, [])
        board = rig.board()
        rig.clock.sleep(5)
        return board.telemetry().bottom_c


def test_parts_that_are_off_are_found_stored_and_put_right(boards, off_plant, capfd):
    product = load_product("virtual")
    assert main(["calibrate", "--plant", off_plant, "--json"]) == 0
    told = capfd.readouterr()
    assert "wenhuo flash power" in told.err
    found = json.loads(told.out)
    calibration = found["calibration"]
    assert calibration["bottom_r25_ratio"] == pytest.approx(R25_OHM / 100_000, abs=0.005)
    assert calibration["bottom_beta_ratio"] == pytest.approx(BETA_K / 3950, abs=0.005)
    assert calibration["heater_gain"] == pytest.approx(HEATER_W / 770, abs=0.02)
    assert found["tuning"]["margin"] > 2
    assert 20 < found["tuning"]["period_s"] < 90

    text = (boards / "products/virtual.toml").read_text(encoding="utf-8")
    assert "finish_without_host = true  # a started cook" in text
    assert f"heater_gain = {calibration['heater_gain']}" in text
    right = replace(product, calibration=Calibration(**calibration))
    assert abs(reading_at(off_plant, product, 55.0) - 55.0) > 0.8
    assert reading_at(off_plant, right, 55.0) == pytest.approx(55.0, abs=0.2)


def test_what_is_stored_is_loaded_again(boards):
    new = Calibration(0.5, -0.25, 0.97, 0.98, 1.01, 52.0, 280.0)
    path = store_calibration("pi4_pico", new)
    assert path.parent == boards / "products"
    assert load_product("pi4_pico").calibration == new
    with pytest.raises(Exception, match="cannot store"):
        store_calibration("toaster", new)


@given(
    st.floats(0.92, 1.08), st.floats(0.97, 1.03), st.floats(5, 30), st.floats(65, 90)
)  # fmt: skip
def test_two_points_find_any_thermistor(r25, beta, cold_c, hot_c):
    product = load_product("virtual")

    def inverse(temp_c):
        return 1 / (temp_c + 273.15) - 1 / 298.15

    def read(true_c):
        """What a board with nominal numbers makes of that thermistor."""
        ohm = 100_000 * r25 * math.exp(3950 * beta * inverse(true_c))
        return 1 / (1 / 298.15 + math.log(ohm / 100_000) / 3950) - 273.15

    points = [Point(read(true_c), true_c) for true_c in (cold_c, hot_c)]
    if any(abs(point.read_c - point.true_c) > 8 for point in points):
        return
    found = two_points(product, *points)
    assert found.bottom_r25_ratio == pytest.approx(r25, abs=1e-3)
    assert found.bottom_beta_ratio == pytest.approx(beta, abs=1e-3)


def test_measurements_that_cannot_be_right():
    product = load_product("virtual")
    with pytest.raises(CalibrationError, match="30 K apart"):
        two_points(product, Point(20, 20), Point(45, 45))
    with pytest.raises(CalibrationError, match="pressed to the pot"):
        two_points(product, Point(20, 20), Point(60, 80))
    with pytest.raises(CalibrationError, match="lid shut"):
        lid_offset(product.calibration, Point(40, 20))
    with pytest.raises(CalibrationError, match="nothing else"):
        Ledger(product, 20.0, rated_j=500_000).gain(2000, 20.0)
    with pytest.raises(CalibrationError, match="even swings"):
        tune([Cycle(40, 0.1, 2.5)] * 9, 770, 9000)
    for cycle in (Cycle(40, 0.5, 20.0), Cycle(120, 0.5, 2.5)):
        with pytest.raises(CalibrationError, match="no cooker of this kind"):
            tune([cycle] * 3, 770, 9000)


def test_a_relay_test_gives_ziegler_and_nichols():
    tuning = tune([Cycle(40, 0.5, 2.5), Cycle(44, 0.4, 2.5), Cycle(30, 0.6, 2.5)], 770, 9000)
    assert tuning.ultimate_w_per_k == pytest.approx(4 * 385 / math.pi / 1.25, abs=0.1)
    assert (tuning.period_s, tuning.ti_s, tuning.td_s) == (40, 20, 5)
    assert tuning.kp_w_per_k == pytest.approx(0.6 * tuning.ultimate_w_per_k, abs=0.1)


def test_no_board_too_little_water_and_other_limits(bench, capfd):
    assert main(["calibrate", "--port", "/dev/ttyNOTHING"]) == 3
    assert main(["calibrate", "--water", "100"]) == 2
    other = bench.calibrated(1.0)
    bench.flash_new(other)
    with bench.powered(other) as board:
        board.run(2)
        assert main(["calibrate", "--port", board.mcu.link]) == 1
    assert "flash power" in capfd.readouterr().err
