"""The expert planner: regular, within the envelope, honest about its data, and judged fairly."""

import json
from dataclasses import replace
from random import Random

import pytest

from wenhuo.agent.watch.asking import by_model
from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import EnvelopeError, LanguageError
from wenhuo.intent import Action, Intent
from wenhuo.llm.engine import Engine
from wenhuo.planning import envelope
from wenhuo.planning.programme import programme
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_models.eval.schedules import STUDENT, misses, with_exact_water
from wenhuo_models.factory.expert import expert_schedule, store
from wenhuo_models.factory.expert.__main__ import main
from wenhuo_models.factory.expert.cooks import cooks, mirrored
from wenhuo_models.factory.expert.judge import by_dish, judge_schedules, serve, summary, table
from wenhuo_models.factory.expert.policy import Knob, corrected, drivers, knobs_of
from wenhuo_models.factory.expert.report import EXPERT, by_expert, by_fixed, by_menu
from wenhuo_models.factory.expert.search import Options, confirm, search
from wenhuo_models.factory.plans import sample_conditions

PRODUCT = load_product()
TINY = Options(seed=5, kitchens=2, evaluations=2, validated=4)


def any_conditions(count, action=Action.COOK):
    rng = Random(f"any:{action}")
    for number in range(count):
        dish = list(PRODUCT.menu)[number % len(PRODUCT.menu)]
        mode, running = ("idle", None) if action is Action.COOK else ("cooking", dish)
        intent = Intent(action, dish=dish if action is Action.COOK else None)
        yield sample_conditions(rng, PRODUCT, intent, mode, running)


def test_every_dish_has_data_for_the_sources_of_today():
    for dish_id in PRODUCT.menu:
        found = store.load(PRODUCT, dish_id)
        assert found.provenance["optimizer"].startswith("cma ")
        assert found.provenance["cost"] <= found.provenance["menu_cost"]


def test_no_corrections_are_the_menus_programme():
    for conditions in any_conditions(60):
        assert corrected(PRODUCT, conditions, {}) == programme(PRODUCT, conditions)


def test_corrections_move_the_number_they_name():
    conditions = Conditions.of(PRODUCT.dish("congee"), 150)
    by_hand = corrected(PRODUCT, conditions, {Knob(1, "minutes", "always"): 0.5})
    menu = programme(PRODUCT, conditions)
    assert by_hand[1].duration_s == pytest.approx(menu[1].duration_s * 1.6487, abs=60)
    assert (by_hand[0], by_hand[2]) == (menu[0], menu[2])


def test_drivers_stay_within_their_spans_for_any_conditions():
    for conditions in any_conditions(300):
        values = drivers(PRODUCT.dish(conditions.dish), conditions)
        assert all(-1 <= value <= 1 for value in values.values())


def test_schedules_pass_the_envelope_for_all_that_the_corpus_asks():
    for conditions in any_conditions(300):
        envelope.check(expert_schedule(PRODUCT, conditions), PRODUCT, conditions)


def test_a_cook_that_runs_gets_the_same_phases_from_there_on():
    for conditions in any_conditions(60, Action.ADJUST):
        whole = expert_schedule(PRODUCT, replace(conditions, from_phase=None))
        rest = expert_schedule(PRODUCT, conditions)
        assert 0 < len(rest) <= len(whole)
        assert rest == whole[len(whole) - len(rest) :]


def test_neighbouring_boiling_points_have_neighbouring_schedules():
    for conditions in any_conditions(60):
        near = replace(conditions, tb_c=conditions.tb_c - 1)
        for one, other in zip(
            expert_schedule(PRODUCT, conditions), expert_schedule(PRODUCT, near), strict=True
        ):
            assert (one.kind, one.until) == (other.kind, other.until)
            assert abs(one.power_pct - other.power_pct) <= 10
            assert abs(one.duration_s - other.duration_s) <= 0.1 * one.duration_s + 60


def test_expert_is_no_worse_than_the_menu_on_fresh_white_rice():
    drawn = cooks(31, 60, dish_id="white_rice", longest_deadline_s=7200)
    expert, menu = (summary(judge_schedules(make, drawn)) for make in (by_expert, by_menu))
    assert expert.right >= menu.right
    assert expert.clean >= menu.clean
    assert expert.as_said >= menu.as_said
    assert expert.refused == 0


def test_missing_data_are_an_error_that_names_the_command(tmp_path):
    with pytest.raises(store.ExpertDataError, match=r"missing; run .* search --dish congee"):
        store.load(PRODUCT, "congee", tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"corrections": {"9.power.always": 1}}'])
def test_damaged_data_are_an_error(tmp_path, content):
    (tmp_path / "congee.json").write_text(content)
    with pytest.raises(store.ExpertDataError, match="damaged"):
        store.load(PRODUCT, "congee", tmp_path)


def test_data_of_another_twin_are_an_error_until_confirmed(tmp_path):
    found = store.load(PRODUCT, "white_rice")
    old = {**found.provenance, "sources": "0" * 64, "validated": 12}
    store.save(replace(found, provenance=old), tmp_path)
    with pytest.raises(store.ExpertDataError, match="changed since it was searched"):
        store.load(PRODUCT, "white_rice", tmp_path)
    confirm(PRODUCT, "white_rice", tmp_path)
    again = store.load(PRODUCT, "white_rice", tmp_path)
    assert again.corrections == found.corrections
    assert again.provenance["confirmed"]


def test_data_that_serve_worse_are_not_confirmed(tmp_path):
    found = store.load(PRODUCT, "congee")
    raw = {Knob(1, "minutes", "always"): -2.0}  # a simmer of six minutes
    provenance = {**found.provenance, "validated": 6}
    path = store.save(store.Found("congee", raw, provenance), tmp_path)
    before = path.read_text()
    with pytest.raises(store.ExpertDataError, match="the menu's programme"):
        confirm(PRODUCT, "congee", tmp_path)
    assert path.read_text() == before


def test_search_goes_on_where_it_was_and_is_the_same_for_a_seed(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    assert [f.dish for f in search(["reheat"], TINY, folder=one)] == ["reheat"]
    both = [f.dish for f in search(["reheat", "cake"], TINY, folder=one)]
    assert both == ["cake"]  # reheat has current data
    list(search(["reheat"], TINY, folder=two))
    assert (one / "reheat.json").read_text() == (two / "reheat.json").read_text()


def test_search_of_an_unknown_dish_is_one_line_and_exit_code_1(capsys):
    assert main(["search", "--dish", "pizza"]) == 1
    assert "dish 'pizza' is not on the menu" in capsys.readouterr().err


def test_every_knob_has_a_name_of_its_own():
    for dish in PRODUCT.menu.values():
        names = [knob.name for knob in knobs_of(dish)]
        assert len(names) == len(set(names)) > 0


def test_equal_seeds_are_equal_kitchens_and_others_are_not():
    assert cooks(3, 40) == cooks(3, 40)
    assert cooks(3, 40) != cooks(4, 40)
    assert {cook.conditions.dish for cook in cooks(3, 40)} == set(PRODUCT.menu)


def test_a_mirrored_pot_looks_the_same_to_the_controller_and_errs_the_other_way():
    for cook in cooks(11, 120):
        dish, known, other = PRODUCT.dish(cook.conditions.dish), cook.conditions, mirrored(cook)
        assert (other.conditions, other.deadline_s) == (known, cook.deadline_s)
        assert abs(other.load.dry_g - known.dry_g) <= 25
        if known.later:  # a later start is known by the room alone
            assert other.load.initial_c == cook.load.initial_c
        else:
            assert abs(other.load.initial_c - known.start_c) <= 2.5
        drift = 0.02 * cook.site.mains_v
        rated_v = load_product(cook.product_id).heater.rated_v
        assert abs(other.site.mains_v - known.mains_pct / 100 * rated_v) <= 0.025 * rated_v + drift
        menu_g = [dish.water_g(c.load.dry_g, known.texture) for c in (cook, other)]
        if all(menu_g):
            errors = [c.load.water_g / g - 1 for c, g in zip((cook, other), menu_g, strict=True)]
            assert sum(errors) == pytest.approx(0, abs=1e-9)
            assert abs(errors[0]) <= 0.1


def test_full_power_under_congee_is_seen_to_boil_over():
    cook = cooks(1, 1, dish_id="congee", longest_deadline_s=1200)[0]
    cook = replace(cook, load=replace(cook.load, dry_g=300, water_g=2700))
    gentle = programme(PRODUCT, cook.conditions)
    fierce = (gentle[0], Phase(PhaseKind.SIMMER, 130.0, 100, 3600, Until.TIME), *gentle[2:])
    assert serve(cook, gentle).clean
    assert not serve(cook, fierce).clean


def test_a_deadline_is_met_by_waiting_and_missed_where_the_forecast_is_wrong():
    cook = cooks(1, 1, dish_id="cake")[0]
    cook = replace(cook, deadline_s=3 * 3600.0, raw_hold_s=4 * 3600.0)
    met = serve(cook, by_menu(cook.conditions))
    assert met.feasible
    assert met.on_time
    late = serve(replace(cook, deadline_s=60.0), by_menu(cook.conditions))
    assert not late.feasible


def test_refused_schedules_are_counted_and_the_menus_is_cooked():
    drawn = cooks(2, 5, dish_id="soup", longest_deadline_s=1200)

    def hot(_conditions):
        return (Phase(PhaseKind.HEAT, 200.0, 100, 600, Until.TIME),)

    served = judge_schedules(hot, drawn)
    assert all("set-point 200 °C" in one.refused for one in served)
    assert summary(served).refused == 5
    kept = [replace(one, refused="") for one in served]
    assert kept == judge_schedules(by_menu, drawn)


def test_the_fixed_programme_knows_nothing_of_the_kitchen():
    high = Conditions.of(PRODUCT.dish("congee"), 250, tb_c=88, mains_pct=85, start_c=5)
    low = Conditions.of(PRODUCT.dish("congee"), 50)
    assert by_fixed(high) == by_fixed(low)
    assert by_menu(high) != by_menu(low)


def test_a_random_model_is_judged_without_a_crash(tiny_artifacts):
    engine = Engine.load(next(iter(tiny_artifacts.values())), list(PRODUCT.menu))
    make = by_model(engine)
    drawn = cooks(8, 6, dish_id="white_rice", longest_deadline_s=1200)
    served = judge_schedules(make, drawn)
    assert len(served) == 6
    refused = 0
    for cook in drawn:
        try:
            envelope.check(make(cook.conditions), PRODUCT, cook.conditions)
        except (EnvelopeError, LanguageError):
            refused += 1
    assert summary(served).refused == refused


def test_exact_water_is_the_menus_for_what_is_in_the_pot():
    for cook in cooks(12, 30):
        exact = with_exact_water(cook)
        menu_g = PRODUCT.dish(cook.conditions.dish).water_g(
            cook.load.dry_g, cook.conditions.texture
        )
        assert exact.load.water_g == pytest.approx(menu_g)
        assert replace(exact, load=cook.load) == cook


def test_bars_and_table_tell_a_bad_student_from_a_good_one():
    drawn = cooks(9, 30, longest_deadline_s=7200)
    good = [replace(one, off_s=60.0) for one in judge_schedules(by_expert, drawn)]
    bad = [replace(one, texture_error=2.0, boilover_g=9.0, energy_wh=500.0) for one in good]
    found = misses({STUDENT: bad, EXPERT: good})
    assert [line.partition(":")[0] for line in found] == [
        "done and on texture",
        "boil-over 0 g",
        "energy",
    ]
    lines = table({STUDENT: bad, EXPERT: good})
    assert lines[0].count("|") == lines[2].count("|") == lines[3].count("|")
    assert "0.0 % of 30" in lines[2]
    assert list(by_dish(good))[-1] == "all"


def test_the_report_says_what_was_judged(tmp_path):
    assert main(["report", "--cooks", "15", "--seed", "77", "--out", str(tmp_path)]) == 0
    text = (tmp_path / "expert.md").read_text("utf-8")
    assert "--cooks 15 --seed 77" in text
    assert all(f"| {dish} |" in text for dish in PRODUCT.menu)
    assert (tmp_path / "expert.png").stat().st_size > 10_000
    data = json.loads((store.DATA / "congee.json").read_text("utf-8"))
    assert data["provenance"]["sources"][:12] in text
