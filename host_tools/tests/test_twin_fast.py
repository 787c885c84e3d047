"""The twin as a board: the batch's cook under the executive, and what happens to it on the way."""

from __future__ import annotations

import pytest

from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import LinkError
from wenhuo.executive.executive import Executive
from wenhuo.executive.records import BoardState, Happening, Outcome
from wenhuo.planning.programme import programme
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_tools.twin.batch import run_schedule
from wenhuo_tools.twin.dishes import dish_by_id
from wenhuo_tools.twin.engine import Scenario
from wenhuo_tools.twin.fast import FastBoard
from wenhuo_tools.twin.params import Load, Site
from wenhuo_tools.twin.plant import cooker_of

HEAT = (Phase(PhaseKind.HEAT, 130.0, 100, 3600, Until.BOIL), Phase(PhaseKind.SIMMER, 101, 30, 1800))


def loaded(dish_id="soup", dry_g=300.0, water_g=600.0):
    board = FastBoard()
    board.load(Scenario(dish_by_id(dish_id), Load(dry_g, water_g), Site(), cooker_of(None)))
    return board


def begun(board, schedule=HEAT):
    notes = []
    executive = Executive(board, board, note=notes.append)
    executive.begin(schedule)
    return executive, notes


def watched_until(executive, board, t_s):
    while board.now_s() < t_s and not executive.is_over:
        executive.look()
        board.sleep(executive.period_s())


@pytest.mark.parametrize("dish_id", ["white_rice", "congee", "soup", "claypot_rice"])
def test_it_cooks_as_the_batch_does(dish_id):
    product = load_product()
    dish = product.dish(dish_id)
    schedule = programme(product, Conditions.of(dish, 300))
    load = Load(300, dish.water_g(300))
    expected = run_schedule(cooker_of(None), dish_id, load, Site(), schedule)
    board = loaded(dish_id, 300, dish.water_g(300))
    executive, _ = begun(board, schedule)
    log = executive.run(lambda _sample: None)
    assert log.outcome is Outcome.DONE
    assert log.served_s == expected.served_s
    assert board.food().texture_value == pytest.approx(expected.served.texture_value, abs=0.01)


def test_events_of_the_plant_are_told_as_the_board_would():
    board = loaded()
    executive, notes = begun(board)
    board.play({"at_s": 100, "kind": "lid_open", "for_s": 30})
    board.play({"at_s": 200, "kind": "pot_out", "for_s": 20})
    watched_until(executive, board, 300)
    told = [note.what for note in notes]
    happened = [Happening.LID_OPENED, Happening.LID_CLOSED, Happening.POT_OUT, Happening.POT_IN]
    assert told[1:] == happened
    assert notes[1].t_s == pytest.approx(100, abs=5)


def test_a_pot_that_stays_out_is_a_fault():
    board = loaded()
    executive, _ = begun(board)
    board.play({"at_s": 60, "kind": "pot_out"})
    watched_until(executive, board, 1000)
    assert executive.log.outcome is Outcome.FAULT
    assert executive.log.faults == ["pot_missing"]


def test_after_a_power_cut_hot_food_goes_on_where_it_was():
    board = loaded()
    executive, notes = begun(board)
    watched_until(executive, board, 1500)
    before = executive.look()
    board.power_cut(60)
    after = executive.look()
    assert after is not None
    assert before is not None
    assert after.kind is before.kind
    assert 0 <= before.phase_elapsed_s - after.phase_elapsed_s <= 60
    assert Happening.CUT_RESUMED in [note.what for note in notes]


def test_after_a_power_cut_cold_food_is_left_to_the_controller():
    board = loaded()
    executive, notes = begun(board)
    watched_until(executive, board, 40)
    board.power_cut(60)
    executive.look()
    assert Happening.POWER_BACK in [note.what for note in notes]
    assert executive.look() is not None
    assert not executive.is_over


def test_a_paused_board_does_not_heat():
    board = loaded()
    executive, _ = begun(board)
    watched_until(executive, board, 300)
    executive.pause()
    board.sleep(5)
    paused = executive.look()
    board.sleep(120)
    later = executive.look()
    assert paused.state is later.state is BoardState.PAUSED
    assert later.energy_j == paused.energy_j
    assert later.phase_elapsed_s == paused.phase_elapsed_s
    executive.resume()
    board.sleep(60)
    assert executive.look().energy_j > later.energy_j


def test_a_replaced_schedule_goes_on_from_its_first_phase():
    board = loaded()
    executive, _ = begun(board)
    watched_until(executive, board, 100)
    executive.revise((Phase(PhaseKind.SIMMER, 90.0, 20, 600),))
    board.sleep(10)
    sample = executive.look()
    assert sample.kind is PhaseKind.SIMMER
    assert sample.phase_elapsed_s == 10


def test_behind_a_bad_cable_it_is_silent_and_cooks_on():
    board = loaded()
    executive, _ = begun(board)
    watched_until(executive, board, 100)
    board.silent = True
    assert executive.look() is None
    board.sleep(100)
    board.silent = False
    assert executive.look().phase_elapsed_s >= 190
    with pytest.raises(LinkError, match="bad_state"):
        board.replace(HEAT, 99)
