"""The menu's programmes: sayable in the schedule language, and answering to the conditions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import BoardDataError
from wenhuo.intent import Texture
from wenhuo.planning.programme import boiling_point_c, cooking_slowdown, programme
from wenhuo.schedule import Phase, PhaseKind, Until

PRODUCT = load_product()
WHITE = Conditions("white_rice", Texture.NORMAL, 300)


@st.composite
def kitchens(draw: st.DrawFn) -> Conditions:
    """Any cook that the menu allows, anywhere between sea level and 4000 m."""
    dish = PRODUCT.menu[draw(st.sampled_from(sorted(PRODUCT.menu)))]
    texture = draw(st.sampled_from(sorted(dish.textures)))
    most = PRODUCT.most_dry_g(dish, texture) // 50
    return Conditions(
        dish=dish.id,
        texture=texture,
        dry_g=50 * draw(st.integers(max(1, dish.min_dry_g // 50), most)),
        tb_c=draw(st.integers(86, 101)),
        mains_pct=5 * draw(st.integers(16, 24)),
        start_c=5 * draw(st.integers(1, 6)),
        later=draw(st.booleans()),
        keep_warm_min=draw(st.integers(0, 720)),
        from_phase=draw(st.sampled_from([None, *PhaseKind])),
    )


@given(kitchens())
def test_numbers_are_those_of_the_schedule_language(conditions: Conditions) -> None:
    for phase in programme(PRODUCT, conditions):
        assert phase.power_pct % 5 == 0
        assert phase.duration_s % 60 == 0
        if phase.duration_s > 240 * 60 and phase.kind is not PhaseKind.KEEP_WARM:
            assert phase.duration_s % 3600 == 0
        assert phase.target_c is None or phase.target_c == int(phase.target_c)
        assert phase.target_c is None or 30 <= phase.target_c <= 150


@given(kitchens())
def test_wait_and_keep_warm_frame_the_cook(conditions: Conditions) -> None:
    schedule = programme(PRODUCT, conditions)
    assert len(schedule) <= 8
    kinds = [phase.kind for phase in schedule]
    assert (kinds[:1] == [PhaseKind.WAIT]) == conditions.later
    assert PhaseKind.WAIT not in kinds[1:]
    assert PhaseKind.KEEP_WARM not in kinds[:-1]
    if conditions.later:
        assert schedule[0] == Phase(PhaseKind.WAIT, None, 0, 0)


def test_keep_warm_is_held_to_the_dish() -> None:
    schedule = programme(PRODUCT, replace(WHITE, dish="congee", keep_warm_min=720))
    assert schedule[-1].duration_s == PRODUCT.menu["congee"].keep_warm.max_min * 60


def test_keep_warm_alone_is_held_to_the_appliance() -> None:
    only = replace(WHITE, dish="congee", keep_warm_min=600, from_phase=PhaseKind.KEEP_WARM)
    schedule = programme(PRODUCT, only)
    assert [p.kind for p in schedule] == [PhaseKind.KEEP_WARM]
    assert schedule[0].duration_s == 600 * 60


def test_going_on_from_a_phase_leaves_out_what_is_past() -> None:
    whole = programme(PRODUCT, WHITE)
    rest = programme(PRODUCT, replace(WHITE, from_phase=PhaseKind.BOIL))
    assert rest == whole[-len(rest) :]
    assert rest[0].kind is PhaseKind.BOIL


def test_weak_mains_get_more_duty_and_longer_limits() -> None:
    normal = programme(PRODUCT, WHITE)
    weak = programme(PRODUCT, replace(WHITE, mains_pct=85))
    for before, after in zip(normal, weak, strict=True):
        assert after.power_pct >= before.power_pct
        if before.until is not Until.TIME:
            assert after.duration_s > before.duration_s


def test_mountain_cooks_longer_and_below_its_boiling_point() -> None:
    congee = replace(WHITE, dish="congee")
    sea, high = (programme(PRODUCT, replace(congee, tb_c=tb)) for tb in (100, 90))
    simmer = [p.kind for p in sea].index(PhaseKind.SIMMER)
    assert high[simmer].duration_s > 1.5 * sea[simmer].duration_s
    assert (high[simmer].target_c or 0) < (sea[simmer].target_c or 0)


def test_texture_changes_the_programme() -> None:
    congee = replace(WHITE, dish="congee")
    thin, thick = (
        programme(PRODUCT, replace(congee, texture=t)) for t in (Texture.THIN, Texture.THICK)
    )
    assert thin != thick


def test_crust_only_where_asked() -> None:
    claypot = replace(WHITE, dish="claypot_rice")
    soft = programme(PRODUCT, replace(claypot, texture=Texture.SOFT))
    crispy = programme(PRODUCT, replace(claypot, texture=Texture.CRISPY))
    assert PhaseKind.DRY not in [p.kind for p in soft]
    assert PhaseKind.DRY in [p.kind for p in crispy]


def test_conditions_are_bucketed() -> None:
    congee = PRODUCT.menu["congee"]
    seen = Conditions.of(congee, 212.0, tb_c=94.6, mains_pct=93.1, start_c=17.6)
    assert (seen.dry_g, seen.tb_c, seen.mains_pct, seen.start_c) == (200, 95, 95, 20)
    assert Conditions.of(congee, 3.0, texture=Texture.FIRM).texture is Texture.THICK
    assert Conditions.of(congee, 3.0).dry_g == 50


def test_unknown_dish() -> None:
    with pytest.raises(BoardDataError, match="menu"):
        programme(PRODUCT, replace(WHITE, dish="pizza"))


@pytest.mark.parametrize(("altitude_m", "tb_c"), [(0, 100.0), (1000, 96.7), (3000, 90.0)])
def test_boiling_point(altitude_m: float, tb_c: float) -> None:
    assert boiling_point_c(altitude_m) == pytest.approx(tb_c, abs=0.2)


def test_cooking_slows_down_as_published() -> None:
    assert cooking_slowdown(100) == pytest.approx(1)
    assert cooking_slowdown(90) == pytest.approx(1.88, abs=0.02)  # Cheigh 1978
