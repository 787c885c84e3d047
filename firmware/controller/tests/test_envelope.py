"""The envelope: no schedule that breaks a hard limit passes; every programme of the menu does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import EnvelopeError
from wenhuo.intent import Texture
from wenhuo.planning.envelope import ENDS, check
from wenhuo.planning.programme import PHASE_ORDER, programme
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

PRODUCT = load_product()
LIMITS = PRODUCT.limits
RICE = Conditions("white_rice", Texture.NORMAL, 300)
CONGEE = Conditions("congee", Texture.THICK, 200)


def refusal(schedule: Schedule, conditions: Conditions = RICE) -> str:
    with pytest.raises(EnvelopeError) as caught:
        check(schedule, PRODUCT, conditions)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def changed(conditions: Conditions, index: int, **numbers: object) -> Schedule:
    phases = list(programme(PRODUCT, conditions))
    phases[index] = replace(phases[index], **numbers)  # type: ignore[arg-type]
    return tuple(phases)


def menu_kitchens() -> list[Conditions]:
    """Every dish and texture at the least, a middle and the most load, low and high, weak mains."""
    found = []
    for dish in PRODUCT.menu.values():
        for texture in dish.textures:
            most = PRODUCT.most_dry_g(dish, texture) // 50 * 50
            for dry_g in sorted({max(50, dish.min_dry_g), most // 100 * 50, most}):
                for tb_c, mains_pct in ((100, 100), (95, 85), (90, 110), (87, 80)):
                    found.append(
                        Conditions(dish.id, texture, dry_g, tb_c, mains_pct, 20, False, 60)
                    )
    return found


def test_all_programmes_of_the_menu_pass() -> None:
    for conditions in menu_kitchens():
        try:
            check(programme(PRODUCT, conditions), PRODUCT, conditions)
        except EnvelopeError as error:
            pytest.fail(f"{conditions}: {error}")


def test_programme_with_a_wait_passes() -> None:
    later = replace(CONGEE, later=True, keep_warm_min=30)
    schedule = programme(PRODUCT, later)
    check(schedule, PRODUCT, later)
    check((replace(schedule[0], duration_s=7 * 3600), *schedule[1:]), PRODUCT, later)


def test_running_cook_may_go_on() -> None:
    running = replace(CONGEE, start_c=95, from_phase=PhaseKind.SIMMER)
    check(programme(PRODUCT, running), PRODUCT, running)


def test_keep_warm_alone_passes() -> None:
    warm = replace(RICE, keep_warm_min=300, start_c=80, from_phase=PhaseKind.KEEP_WARM)
    check(programme(PRODUCT, warm), PRODUCT, warm)


def test_empty_and_overlong_schedules() -> None:
    assert "0 phases" in refusal(())
    rest = Phase(PhaseKind.REST, None, 0, 60)
    assert "9 phases" in refusal((*programme(PRODUCT, RICE), *[rest] * 5))


def test_only_a_wait() -> None:
    assert "only a wait" in refusal((Phase(PhaseKind.WAIT, None, 0, 0),))


def test_wait_longer_than_raw_food_may_wait() -> None:
    wait = Phase(PhaseKind.WAIT, None, 0, 13 * 3600)
    assert "wait" in refusal((wait, *programme(PRODUCT, RICE)))


def test_heating_wait() -> None:
    wait = Phase(PhaseKind.WAIT, 50.0, 20, 600)
    assert "heater must be off" in refusal((wait, *programme(PRODUCT, RICE)))


def test_soak_after_boil() -> None:
    soak, *others = programme(PRODUCT, RICE)
    assert "may not follow" in refusal((*others, soak))


def test_two_keep_warms() -> None:
    phases = programme(PRODUCT, replace(RICE, keep_warm_min=60))
    assert "only once" in refusal((*phases, phases[-1]))


@pytest.mark.parametrize("target_c", [55.0, 64.0, 81.0, 120.0])
def test_keep_warm_outside_its_bounds(target_c: float) -> None:
    warm = replace(RICE, keep_warm_min=60)
    assert "keep_warm" in refusal(changed(warm, -1, target_c=target_c), warm)


def test_keep_warm_longer_than_the_dish_allows() -> None:
    warm = replace(CONGEE, keep_warm_min=60)
    assert "at most 120" in refusal(changed(warm, -1, duration_s=5 * 3600), warm)


def test_set_point_without_power_and_power_without_set_point() -> None:
    assert "without power" in refusal(changed(RICE, 1, power_pct=0))
    assert "heater off" in refusal(changed(RICE, -1, target_c=None, power_pct=50))
    assert "no set-point" in refusal(changed(RICE, 1, target_c=None, power_pct=0))


def test_rice_that_never_boils() -> None:
    lukewarm = tuple(
        replace(p, target_c=70.0, power_pct=40, until=Until.TIME, duration_s=1800)
        for p in programme(PRODUCT, RICE)
    )
    assert "too little heat" in refusal(lukewarm)


def test_power_too_low_for_the_load() -> None:
    big = replace(CONGEE, dry_g=300)
    weak = tuple(
        replace(p, power_pct=5, until=Until.TIME, duration_s=3600)
        for p in programme(PRODUCT, big)
        if p.target_c is not None
    )
    assert "too little heat" in refusal(weak, big)


def test_raw_food_held_lukewarm() -> None:
    soup = Conditions("soup", Texture.NORMAL, 450)
    soak = Phase(PhaseKind.SOAK, 40.0, 50, 3 * 3600)
    assert "lukewarm" in refusal((soak, *programme(PRODUCT, soup)), soup)


def test_culture_may_stay_lukewarm() -> None:
    yogurt = Conditions("yogurt", Texture.NORMAL, 1000)
    check(programme(PRODUCT, yogurt), PRODUCT, yogurt)


def test_congee_boiled_dry() -> None:
    fierce = tuple(
        replace(p, target_c=140.0, power_pct=85, duration_s=3 * 3600)
        if p.kind is PhaseKind.SIMMER
        else p
        for p in programme(PRODUCT, CONGEE)
    )
    assert "water away" in refusal(fierce, CONGEE)


def test_shorter_than_the_dish_takes() -> None:
    brown = replace(RICE, dish="brown_rice")
    quick = (Phase(PhaseKind.HEAT, 130.0, 100, 900, Until.BOIL), *programme(PRODUCT, RICE)[2:])
    assert "needs at least" in refusal(quick, brown)


def test_more_than_the_pot_takes() -> None:
    flood = replace(CONGEE, dry_g=800)
    assert "the pot takes" in refusal(programme(PRODUCT, flood), flood)


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    """Any phase that the schedule language can say, and many that it cannot."""
    return Phase(
        kind=draw(st.sampled_from(list(PhaseKind))),
        target_c=draw(st.none() | st.integers(0, 400).map(float)),
        power_pct=draw(st.integers(-20, 200)),
        duration_s=draw(st.integers(-60, 100_000)),
        until=draw(st.sampled_from(list(Until))),
    )


def within_hard_limits(phase: Phase) -> bool:
    """The limits once more, written apart from the envelope."""
    if phase.until not in ENDS[phase.kind] or not 0 <= phase.power_pct <= 100:
        return False
    if phase.kind is PhaseKind.WAIT:
        return phase.target_c is None and 0 <= phase.duration_s <= 12 * 3600
    if not 0 < phase.duration_s <= 12 * 3600:
        return False
    if phase.target_c is None:
        return phase.kind is PhaseKind.REST and phase.power_pct == 0
    if phase.kind is PhaseKind.KEEP_WARM:
        return 65 <= phase.target_c <= 80
    return LIMITS.setpoint_min_c <= phase.target_c <= LIMITS.setpoint_max_c < LIMITS.bottom_max_c


@settings(max_examples=300)
@given(st.lists(phases(), max_size=10), st.sampled_from([RICE, CONGEE]))
def test_nothing_beyond_a_hard_limit_passes(schedule: list[Phase], conditions: Conditions) -> None:
    ranks = [PHASE_ORDER[p.kind] for p in schedule]
    sane = all(map(within_hard_limits, schedule)) and ranks == sorted(ranks)
    try:
        check(tuple(schedule), PRODUCT, conditions)
    except EnvelopeError:
        return
    assert sane


@settings(max_examples=300)
@given(st.data())
def test_one_wild_phase_in_a_good_schedule_is_caught(data: st.DataObject) -> None:
    conditions = data.draw(st.sampled_from([RICE, CONGEE, replace(RICE, dish="soup")]))
    schedule = list(programme(PRODUCT, replace(conditions, keep_warm_min=60)))
    schedule[data.draw(st.integers(0, len(schedule) - 1))] = data.draw(phases())
    try:
        check(tuple(schedule), PRODUCT, conditions)
    except EnvelopeError:
        return
    assert all(map(within_hard_limits, schedule))
