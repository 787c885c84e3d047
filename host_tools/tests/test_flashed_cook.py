"""From an empty board to a cook on what was flashed to it."""

import json

from wenhuo.boards import load_product
from wenhuo.schedule import Phase, PhaseKind
from wenhuo_tools.cli.main import main
from wenhuo_tools.rig.virtual import RigOptions, VirtualRig

COOK = ["cook", "煮两个人的米饭", "--now", "18:00", "--flashed", "--no-plot", "--json"]


def test_an_empty_board_is_flashed_and_cooks(bench, capfd):
    assert main(COOK) == 3
    assert "wenhuo flash power" in capfd.readouterr().err
    bench.flash_new(load_product("virtual"))
    assert main(COOK) == 0
    result = json.loads(capfd.readouterr().out)["result"]
    assert result["outcome"] == "done"
    assert result["faults"] == []
    assert result["doneness"] > 0.9


def test_a_board_that_runs_elsewhere_is_left_alone(bench, capfd):
    product = load_product("virtual")
    bench.flash_new(product)
    with bench.powered(product):
        assert main(COOK) == 3
    assert "wenhuo virtual run" in capfd.readouterr().err


def test_a_flashed_board_goes_on_after_a_power_cut(bench):
    product = load_product("virtual")
    bench.flash_new(product)
    pot = {"dish": "white_rice", "dry_g": 300, "water_g": 420, "initial_c": 70}
    with VirtualRig(product, RigOptions(flashed=True)) as rig:
        rig.begin({"pot": pot, "seed": 1}, [])
        board = rig.board()
        board.upload((Phase(PhaseKind.HEAT, 90.0, 60, 1200),), 7)
        board.start(7)
        rig.clock.sleep(120)
        assert board.telemetry().state == "cooking"
        rig.power_cut(5.0)
        assert rig.board().telemetry().state == "cooking"
