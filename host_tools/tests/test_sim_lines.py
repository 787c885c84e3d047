"""Scenario lines to result lines, with the model that ships: contracts, order, repeatability."""

import json

import pytest

from wenhuo import contracts
from wenhuo_tools.cli.main import main
from wenhuo_tools.rig.virtual import RigOptions
from wenhuo_tools.sim import simulate_lines

NOW = "2026-11-23T22:00:00+08:00"


def scenario(number: int, text: str, **more) -> str:
    """One line; the pot holds rice for two."""
    return json.dumps(
        {
            "id": f"s{number}",
            "request": {"id": f"r{number}", "text": text, "now": NOW},
            "pot": {"dish": "white_rice", "dry_g": 150, "water_g": 220},
            **more,
        },
        ensure_ascii=False,
    )


LINES = [
    scenario(1, "煮两个人的米饭", site={"ambient_c": 15, "altitude_m": 1500, "mains_v": 210}),
    "{broken",
    scenario(
        2,
        "cook white rice for two",
        board="pi4_pico",
        seed=7,
        events=[
            {"at_s": 300, "kind": "lid_open"},
            {"at_s": 360, "kind": "lid_close"},
            {"at_s": 500, "kind": "say", "text": "还要多久"},
        ],
    ),
    scenario(3, "今天天气怎么样"),
]


@pytest.fixture(scope="module")
def answers() -> list[dict]:
    return [json.loads(answer.line) for answer in simulate_lines(LINES, rig=RigOptions())]


def test_each_line_has_its_answer_in_order(answers):
    assert [answer["id"] for answer in answers] == ["s1", None, "s2", "s3"]
    assert ["error" in answer for answer in answers] == [False, True, False, False]


def test_results_keep_the_contract(answers):
    for answer in answers:
        if "error" not in answer:
            contracts.check("result", answer)


def test_what_was_cooked_was_served_or_says_why_not(answers):
    for answer in answers:
        if answer.get("outcome") == "done":
            assert answer["served_s"] > 0
            assert answer["energy_wh"] > 0
        elif "outcome" in answer:
            assert answer["served_s"] is None or answer["faults"] or answer["replans"]


def test_a_scenario_cooks_the_same_twice(answers):
    again = next(iter(simulate_lines(LINES[:1], rig=RigOptions())))
    assert {**json.loads(again.line), "wall_s": 0} == {**answers[0], "wall_s": 0}


def test_cook_prints_plan_and_result_as_json_and_draws(capfd, tmp_path):
    plot = tmp_path / "folder" / "cook.png"
    code = main(["cook", "煮两个人的米饭", "--now", NOW, "--json", "--plot", str(plot)])
    printed = json.loads(capfd.readouterr().out)
    contracts.check("plan", printed["plan"])
    contracts.check("result", printed["result"])
    assert code == (0 if printed["result"]["outcome"] in {"done", "cancelled"} else 1)
    assert plot.exists() == bool(printed["plan"]["schedule"])
