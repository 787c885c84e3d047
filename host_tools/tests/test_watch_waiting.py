"""A meal that is moved: food waits as long as it can bear, grain as long as it is asked to."""

from __future__ import annotations

import pytest
from watch_bench import PRODUCT, Pot, by_rule, cooked, ready_after

from wenhuo.agent.watch import Kind, Watch
from wenhuo.conditions import Conditions
from wenhuo.intent import Texture


@pytest.mark.parametrize("dish", ["reheat", "steam", "soup"])
def test_a_meal_that_is_moved_far_does_not_cook_the_food_to_pieces(dish):
    pot = Pot(dish, PRODUCT.dish(dish).serving_dry_g)
    alone_s = ready_after(pot)
    seen = cooked(pot, wishes=[(0.6 * alone_s, {"ready_s": alone_s + 3600})])
    assert alone_s - 120 <= seen.served_s <= alone_s + 3600 + 60
    assert seen.food.doneness >= 0.95
    assert seen.food.texture_error[Texture.NORMAL] <= 0.5


def test_grain_waits_as_long_as_it_is_asked_to():
    pot = Pot("white_rice")
    alone_s = ready_after(pot)
    seen = cooked(pot, wishes=[(0.6 * alone_s, {"ready_s": alone_s + 2400})])
    assert seen.served_s == pytest.approx(alone_s + 2400, abs=120)
    assert seen.food.texture_error[Texture.NORMAL] <= 0.5


def test_a_watch_that_is_rebuilt_does_not_take_an_old_wish_for_a_new_one():
    """Killed and started again, the daemon tells its new watch what was wished and what was done
    about it; that wish is settled."""
    pot = Pot("soup", texture=Texture.NORMAL)
    seen = cooked(pot, wishes=[(1500, {"texture": Texture.SOFT})])
    at_s, change = next((t, c) for t, c in seen.changes if Kind.WISH in {p.kind for p in c.why})
    conditions = Conditions.of(PRODUCT.dish(pot.dish), pot.dry_g, texture=pot.texture)
    asked = []

    def ask(conditions):
        asked.append(conditions)
        return by_rule(conditions)

    watch = Watch(PRODUCT, conditions, seen.planned, ask, dry_g=pot.dry_g)
    samples = seen.executive.log.samples
    before = [sample for sample in samples if sample.t_s <= at_s]
    for sample in before:
        watch.recall(sample, seen.planned)
    watch.wish(texture=Texture.SOFT)
    watch.recall_change(before[-1])
    asked.clear()
    assert all(watch.see(sample, change.schedule) is None for sample in samples[len(before) :])
    assert asked == []
