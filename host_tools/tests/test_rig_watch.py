"""A cook on the rig under watch: the pot is planned again where it parts from the plan."""

import pytest

from wenhuo_tools.rig.virtual import RigOptions
from wenhuo_tools.sim import Simulator

LATE = {
    "id": "late",
    "request": {
        "id": "1",
        "text": "煮四个人的米饭，七点半吃",
        "now": "2026-11-26T18:00:00+08:00",
    },
    "pot": {"dish": "white_rice", "dry_g": 300, "water_g": 420},
    "seed": 3,
    "events": [{"at_s": 2600, "kind": "mains", "value": 175}],
}
SOFTER = {
    "id": "softer",
    "request": {"id": "1", "text": "cook rice for two", "now": "2026-11-26T18:00:00+08:00"},
    "pot": {"dish": "white_rice", "dry_g": 150, "water_g": 215},
    "seed": 4,
    "events": [{"at_s": 400, "kind": "say", "text": "再软一点"}],
}


@pytest.fixture(scope="module")
def results():
    found = {}
    for watched in (True, False):
        with Simulator(rig=RigOptions(), watched=watched) as simulator:
            for scenario in (LATE, SOFTER):
                found[scenario["id"], watched] = simulator.simulate(scenario)
    return found


def test_a_sag_of_the_mains_does_not_make_the_meal_late(results):
    watched, alone = results["late", True], results["late", False]
    assert watched["outcome"] == alone["outcome"] == "done"
    assert watched["replans"] > alone["replans"] == 0
    assert abs(watched["ready_error_s"]) <= 240
    assert abs(watched["ready_error_s"]) < abs(alone["ready_error_s"])


def test_words_in_the_middle_are_carried_out_either_way(results):
    for watched in (True, False):
        result = results["softer", watched]
        assert result["outcome"] == "done"
        assert result["replans"] >= 1
