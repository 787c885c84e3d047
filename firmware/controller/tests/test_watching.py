"""The watch's data, hysteresis and the rule of never less safe."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenhuo.agent.watch.fit import Fitted
from wenhuo.agent.watch.heat_up import HeatUp
from wenhuo.agent.watch.partings import AT_ONCE, Hysteresis, Kind, Parting
from wenhuo.agent.watch.safety import less_safe
from wenhuo.boards import data_root, load_product
from wenhuo.boards.watching import load_watching
from wenhuo.conditions import Conditions
from wenhuo.errors import BoardDataError
from wenhuo.executive.records import BoardState, Sample
from wenhuo.planning.estimate import Lump, forecast
from wenhuo.planning.programme import programme
from wenhuo.schedule import PhaseKind

PRODUCT = load_product()
CONDITIONS = Conditions.of(PRODUCT.dish("soup"), 300)
PLANNED = programme(PRODUCT, CONDITIONS)


@pytest.fixture
def boards(tmp_path, monkeypatch):
    """A copy of the board data whose watch.toml a test may spoil."""
    copy = tmp_path / "boards"
    shutil.copytree(data_root(), copy)
    monkeypatch.setenv("WENHUO_BOARDS", str(copy))
    return copy / "appliances" / "rice_cooker" / "watch.toml"


def test_every_appliance_says_how_it_is_watched():
    watching = load_watching(PRODUCT)
    assert 0 < watching.path.bottom_share < 1
    assert watching.replanning.most >= 1


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("gap_s = 60 ", "gap_s = 60\nspeed = 1 ", "speed"),
        ("gap_s = 60 ", "# ", "gap_s is missing"),
        ("gap_s = 60 ", "gap_s = -60 ", "gap_s"),
        ("[partings]", "[surprises]\nx = 1\n[partings]", "surprises"),
    ],
)
def test_a_spoilt_file_is_one_line_that_names_the_key(boards, before, after, problem):
    text = boards.read_text("utf-8")
    assert before in text
    boards.write_text(text.replace(before, after), "utf-8")
    with pytest.raises(BoardDataError, match=problem) as caught:
        load_watching(load_product())
    assert "watch.toml" in str(caught.value)


def test_a_missing_file_is_named(boards):
    boards.unlink()
    with pytest.raises(BoardDataError, match=r"watch\.toml: no such file"):
        load_watching(load_product())


@given(
    st.sampled_from([k for k in Kind if k not in AT_ONCE]),
    st.lists(st.tuples(st.floats(0.1, 30), st.booleans()), min_size=1, max_size=40),
)
def test_what_does_not_last_does_not_count(kind, looks):
    """Due only after it was seen at every look for that long."""
    hysteresis, now_s, since_s = Hysteresis(16.0), 0.0, None
    for span_s, seen in looks:
        now_s += span_s
        since_s = (now_s if since_s is None else since_s) if seen else None
        due = hysteresis.due([Parting(kind, 1.0)] if seen else [], now_s)
        assert bool(due) == (since_s is not None and now_s - since_s >= 16.0)


@given(st.sampled_from(sorted(AT_ONCE)), st.floats(0.01, 5), st.floats(0.01, 5))
def test_what_was_acted_upon_counts_again_only_when_it_has_grown(kind, first, then):
    hysteresis = Hysteresis(16.0, grown=1.6)
    due = hysteresis.due([Parting(kind, first)], 0.0)
    assert due
    hysteresis.acted(due)
    again = hysteresis.due([Parting(kind, then)], 4.0)
    assert bool(again) == (then > 1.6 * first)


def unsafe(schedule) -> bool:
    fitted = Fitted(schedule, forecast(PRODUCT, CONDITIONS, schedule), None)
    kept = forecast(PRODUCT, CONDITIONS, PLANNED)
    return less_safe(fitted, PLANNED, kept, PRODUCT, CONDITIONS)


def changed(kind, **values):
    return tuple(replace(p, **values) if p.kind is kind else p for p in PLANNED)


def test_the_plan_itself_is_no_less_safe():
    assert not unsafe(PLANNED)


@pytest.mark.parametrize(
    "schedule",
    [
        changed(PhaseKind.SIMMER, duration_s=300),
        changed(PhaseKind.SIMMER, target_c=60.0, duration_s=600),
        changed(PhaseKind.HEAT, power_pct=5),
        changed(PhaseKind.SIMMER, target_c=140.0),
        changed(PhaseKind.SIMMER, power_pct=100),
    ],
    ids=["undercooked", "never_hot", "lukewarm", "hotter", "stronger"],
)
def test_what_is_less_safe_is_known(schedule):
    assert unsafe(schedule)


def looks(steps) -> list[Sample]:
    """Samples from (span s, rise K, heat W) after one another."""
    samples, t_s, bottom_c, energy_j = [], 0.0, 20.0, 0
    for span_s, rise_k, heat_w in steps:
        t_s, bottom_c = t_s + span_s, min(max(bottom_c + rise_k, 1.0), 140.0)
        energy_j += round(heat_w * span_s)
        sample = Sample(
            t_s, BoardState.COOKING, 0, PhaseKind.HEAT, t_s, bottom_c, 25.0, 130.0, 100.0
        )
        samples.append(replace(sample, energy_j=energy_j))
    return samples


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(list(PRODUCT.menu)),
    st.sampled_from([50, 300, 1000]),
    st.lists(
        st.tuples(st.floats(2, 60), st.floats(-8, 20), st.sampled_from([0, 300, 1000])),
        min_size=9,
        max_size=40,
    ),
)
def test_whatever_the_sensor_reads_the_balance_is_of_a_pot_that_can_be(dish, dry_g, steps):
    """A reading that no pot gives once threw the fit to absolute zero."""
    conditions = Conditions.of(PRODUCT.dish(dish), dry_g)
    heat_up = HeatUp(PRODUCT, Lump.of(PRODUCT, conditions))
    for sample in looks(steps):
        heat_up.see(sample)
    menu_g = PRODUCT.dish(dish).water_g(dry_g, conditions.texture)
    seen = heat_up.balance(dry_g, menu_g, 20.0)
    if seen is not None:
        assert menu_g / 4 <= seen.water_g <= menu_g * 4
        assert 0 <= seen.start_c <= 100
        assert math.isfinite(seen.food_c)
