"""Cooks on the virtual rig: real firmware in MicroPython, the twin, the executive; what breaks."""

import socket
from datetime import datetime

import pytest

from wenhuo import contracts
from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import RigError, UsageError
from wenhuo.intent import Texture
from wenhuo.planning.programme import programme
from wenhuo.schedule import Phase, PhaseKind
from wenhuo_tools.cook import menu_pot
from wenhuo_tools.image import build_image
from wenhuo_tools.planning import MadePlan
from wenhuo_tools.rig import processes
from wenhuo_tools.rig.clock import PlantClock
from wenhuo_tools.rig.plant_host import PlantHost
from wenhuo_tools.rig.virtual import RigOptions, VirtualRig, run_over_resets
from wenhuo_tools.scenario import run_scenario

BEGAN = datetime.fromisoformat("2026-11-23T22:00:00+08:00")
PRODUCT = load_product()


@pytest.fixture(scope="module")
def rig():
    with VirtualRig(PRODUCT) as virtual:
        yield virtual


def menu_plan(dish_id: str, dry_g: int, wait_s: int = 0) -> MadePlan:
    """The menu's own schedule for a dish, as a plan: these tests need no model."""
    dish = PRODUCT.dish(dish_id)
    texture = dish.default_texture
    schedule = programme(
        PRODUCT,
        Conditions.of(
            dish, dry_g, texture=texture, tb_c=100, mains_pct=100, start_c=20, keep_warm_min=60
        ),
    )
    if wait_s:
        schedule = (Phase(PhaseKind.WAIT, None, 0, wait_s), *schedule)
    plan = {
        "action": "cook",
        "dish": dish_id,
        "dry_g": dry_g,
        "servings": None,
        "texture": texture.value,
        "ready_at": None,
        "late_s": None,
        "lang": "en",
        "schedule": [phase.as_json() for phase in schedule],
    }
    return MadePlan({"id": "1", "text": "x", "now": BEGAN.isoformat()}, plan, dish.name_en)


def cooked(rig, made, *events, **options):
    scenario = {"id": "s", "request": made.request, "pot": menu_pot(made.plan), "events": events}
    record = run_scenario(scenario, None, rig, made=made, **options)
    contracts.check("result", record.result)
    return record


def test_white_rice_comes_out_done(rig):
    record = cooked(rig, menu_plan("white_rice", 300))
    assert record.result["outcome"] == "done"
    assert record.result["doneness"] >= 0.95
    assert record.result["boilover_g"] == 0
    assert record.result["scorch"] <= 0.1
    kinds = [span.kind for span in record.log.spans]
    assert PhaseKind.BOIL in kinds
    assert kinds[-1] is PhaseKind.KEEP_WARM
    assert record.truth[-1].core_c > 60


def test_the_same_cook_twice_is_the_same_to_the_last_digit(rig):
    made = menu_plan("sushi_rice", 150)
    first, second = (cooked(rig, made).result for _ in range(2))
    assert {**first, "wall_s": 0} == {**second, "wall_s": 0}


def test_a_night_of_waiting_is_not_waited_for(rig):
    """A hundred times faster than life even where the machine has other work."""
    record = cooked(rig, menu_plan("white_rice", 150, wait_s=8 * 3600))
    assert record.result["outcome"] == "done"
    assert record.result["served_s"] > 8 * 3600
    assert record.result["wall_s"] < 8 * 3600 / 100


def test_a_cook_outlives_power_cut_dead_host_and_bad_cable(rig):
    record = cooked(
        rig,
        menu_plan("white_rice", 300),
        {"at_s": 300, "kind": "power_cut", "for_s": 1500},
        {"at_s": 2400, "kind": "host_kill", "for_s": 120},
        {"at_s": 2700, "kind": "link_noise", "for_s": 20},
        {"at_s": 2800, "kind": "lid_open"},
        {"at_s": 2830, "kind": "lid_close"},
    )
    assert record.result["outcome"] == "done"
    assert record.result["replans"] == 1
    assert record.result["doneness"] >= 0.95
    assert record.marks[0][1] == "power_cut"


def test_a_short_cut_costs_no_new_plan_since_the_board_goes_on_by_itself(rig):
    cut = {"at_s": 1100, "kind": "power_cut", "for_s": 60}
    record = cooked(rig, menu_plan("white_rice", 300), cut)
    assert record.result["outcome"] == "done"
    assert record.result["replans"] == 0
    assert record.result["doneness"] >= 0.95


def test_a_broken_sensor_is_a_named_fault(rig):
    told = []

    class Listener:
        def sample(self, sample, share):
            assert 0 <= share <= 1

        def note(self, t_s, text):
            told.append(text)

        def close(self):
            pass

    record = cooked(
        rig,
        menu_plan("white_rice", 300),
        {"at_s": 400, "kind": "sensor_open", "sensor": "bottom"},
        watcher=Listener(),
    )
    assert record.result["outcome"] == "fault"
    assert record.result["faults"] == ["bottom_open"]
    assert any("seat the sensor plug" in text for text in told)


def test_an_outside_plant_takes_the_place_of_ours():
    plant = processes.PlantProcess()
    try:
        options = RigOptions(plant=f"127.0.0.1:{plant.address[1]}")
        with VirtualRig(PRODUCT, options) as rig:
            rig.begin({"pot": menu_pot(menu_plan("congee", 100).plan)}, [])
            assert rig.board().telemetry().state == "idle"
    finally:
        plant.close()


def test_no_plant_at_the_address_is_a_rig_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        pytest.raises(RigError, match=r"no plant at .*wenhuo_tools\.twin\.plant") as caught,
        VirtualRig(PRODUCT, RigOptions(plant=f"127.0.0.1:{port}")),
    ):
        pass
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("address", ["nowhere", "host:", ":80", "host:port"])
def test_a_plant_address_that_is_none_is_a_usage_error(address):
    with (
        pytest.raises(UsageError, match="HOST:PORT"),
        VirtualRig(PRODUCT, RigOptions(plant=address)),
    ):
        pass


def test_no_micropython_is_a_rig_error(monkeypatch, tmp_path):
    monkeypatch.setattr(processes.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RigError, match="make setup"):
        processes.micropython()


def test_a_board_that_dies_at_once_is_a_rig_error_with_its_last_words(tmp_path):
    (tmp_path / "main.py").write_text("raise ValueError('no such pin')\n")
    plant = processes.PlantProcess()
    board = processes.BoardProcess(tmp_path, plant.address)
    host = PlantHost(plant.address, board.obituary)
    try:
        board.power_on()
        with pytest.raises(RigError, match="no such pin"):
            host.run(1000)
    finally:
        host.close()
        board.close()
        plant.close()


def test_a_board_that_resets_itself_is_started_again(tmp_path):
    image = build_image(PRODUCT, tmp_path / "image").folder
    (image / "main.py").write_text(
        "import os\n"
        "from plant import PLANT\n"
        "if os.getenv('WENHUO_RESET_CAUSE') == '1':\n"
        "    PLANT.wait(500, None)\n"
        "    PLANT.reset(3)\n"
        "while True:\n"
        "    PLANT.wait(100, None)\n"
    )
    plant = processes.PlantProcess()
    board = processes.BoardProcess(image, plant.address)
    host = PlantHost(plant.address, board.obituary)
    try:
        board.power_on()
        assert run_over_resets(host, board, 2000) == 2000
    finally:
        host.close()
        board.close()
        plant.close()


def test_an_error_of_the_plant_is_told(rig):
    with pytest.raises(RigError, match="plant:"):
        rig.begin({"pot": {"dish": "stone_soup", "dry_g": 1, "water_g": 1}}, [])


def test_the_clock_paces_itself_at_a_given_speed(monkeypatch):
    slept = []
    monkeypatch.setattr("wenhuo_tools.rig.clock.time.sleep", slept.append)
    monkeypatch.setattr("wenhuo_tools.rig.clock.time.monotonic", lambda: 0.0)
    clock = PlantClock(lambda until_ms: until_ms, speed=2.0)
    clock.sleep(3.0)
    assert clock.now_s() == 3.0
    assert slept == [1.5]


def test_menu_pot_holds_what_the_menu_says():
    plan = {"dish": "congee", "dry_g": None, "servings": 4, "texture": "thick"}
    dish = PRODUCT.dish("congee")
    pot = menu_pot(plan)
    assert pot["dry_g"] == 4 * dish.serving_dry_g
    assert pot["water_g"] == pytest.approx(dish.water_g(pot["dry_g"], Texture.THICK))
