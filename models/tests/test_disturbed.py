"""Disturbed cooks: sampled alike, cooked both ways, one table."""

from __future__ import annotations

import json

import pytest

from wenhuo import contracts
from wenhuo.boards import list_products, load_product
from wenhuo.boards.watching import load_watching
from wenhuo.intent import Action
from wenhuo_models.eval import disturbed as command
from wenhuo_models.eval.disturbances import KINDS, NOW, disturbed
from wenhuo_models.eval.disturbed_run import DisturbedRun, by_rules
from wenhuo_models.factory.expert import expert_schedule
from wenhuo_tools.image import BOIL_MIN_SHARE


@pytest.fixture(scope="module")
def ways():
    return command.cook_all(4, 3, ("rules", None), lambda _done, _of: None)


def test_equal_seeds_give_equal_cooks():
    assert disturbed(5, 20) == disturbed(5, 20)
    assert disturbed(5, 20) != disturbed(6, 20)


def test_every_kind_happens_and_every_event_is_one_of_the_contracts():
    drawn = disturbed(7, 40)
    assert {kind for one in drawn for kind in one.kinds} == set(KINDS)
    for number, one in enumerate(drawn):
        scenario = {
            "id": str(number),
            "request": {"id": "1", "text": "煮饭", "now": NOW.isoformat()},
            "pot": {"dish": one.cook.conditions.dish, "dry_g": 1.0, "water_g": 1.0},
            "events": list(one.events),
        }
        contracts.check("scenario", scenario)
        assert all(event["at_s"] >= 0 for event in one.events)


def test_what_is_said_has_words_and_a_meaning():
    said = [(one, i, s) for one in disturbed(8, 60) for i, s in one.said.items()]
    assert said
    for one, index, words in said:
        assert one.events[index]["text"] == words.text
        assert words.intent.action is Action.ADJUST


def test_both_ways_cook_the_same_cooks(ways):
    watched, alone = ways.values()
    assert [c.disturbed for c in watched] == [c.disturbed for c in alone]
    assert all(c.outcome == "done" for c in watched)
    assert all(c.replans == 0 for c in alone)


def test_many_processes_cook_the_same(ways):
    again = command.cook_all(2, 3, ("rules", None), lambda _done, _of: None, jobs=2)
    for name, cooked in again.items():
        assert cooked == ways[name][:2]


def test_the_table_has_a_row_for_each_way_and_kind(ways):
    assert len(command.table(ways)) == 2 + 2
    assert len(command.by_kind(ways)) == 2 + len(KINDS)


def test_missed_bars_are_named_and_counted():
    assert command.misses({command.WATCHED: [], command.ALONE: []}) == []


def test_the_rules_read_a_wish_from_its_meaning(ways):
    one, index, words = next(
        (one, i, s) for one in disturbed(8, 60) for i, s in one.said.items() if s.intent.change
    )
    request = {
        "id": "1",
        "text": words.text,
        "now": NOW.isoformat(),
        "board": "virtual",
        "state": {"mode": "cooking", "dish": one.cook.conditions.dish, "phase": "heat"},
    }
    plan = by_rules(request, words.intent)
    assert plan["adjust"]["texture"] == words.intent.change.value
    assert one.events[index]["kind"] == "say"


def test_the_command_writes_figures_and_a_picture(tmp_path, capsys):
    figures, picture = tmp_path / "d.json", tmp_path / "d.png"
    arguments = ["--cooks", "2", "--seed", "11", "--planner", "rules"]
    code = command.main([*arguments, "--json", str(figures), "--png", str(picture)])
    out = capsys.readouterr().out
    assert code == (1 if "missed" in out else 0)
    assert "with re-planning" in out
    assert json.loads(figures.read_text("utf-8"))["ways"]["without"]["n"] == 2
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_model_that_is_not_there_is_one_line_and_a_code(tmp_path, capsys):
    code = command.main(["--cooks", "1", "--planner", "model", "--model", str(tmp_path / "none")])
    assert code != 0
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_fire_that_is_lessened_in_thin_air_still_lets_the_board_see_it_dry():
    """With 7 % of the fire it saw neither boiling nor dryness, and held rice for an hour and a
    half."""
    run = DisturbedRun(lambda p: lambda c: expert_schedule(p, c), by_rules)
    cooked = run.cook(disturbed(13, 34)[33], watched=True)
    assert cooked.disturbed.cook.conditions.tb_c < 90
    assert cooked.on_time


def test_the_weakest_drying_fire_is_the_one_that_the_board_sees_boil():
    for name in list_products():
        least = load_watching(load_product(name)).replanning.drying_least
        assert least == BOIL_MIN_SHARE
