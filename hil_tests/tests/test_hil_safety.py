"""What breaks or is done wrong on the rig, and what the board makes of it."""

from __future__ import annotations

import pytest

from wenhuo.errors import LinkError
from wenhuo.executive.records import Outcome
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_hil.bench import cook_by_menu, run_schedule

pytestmark = pytest.mark.needs("truth", "events", "fast-time")

IN_SOAK_S, IN_BOIL_S = 300, 1500


@pytest.mark.parametrize("at_s", [IN_SOAK_S, IN_BOIL_S])
@pytest.mark.parametrize("kind", ["sensor_open", "sensor_short"])
def test_a_lost_bottom_sensor_ends_the_heat(rig, kind, at_s):
    events = [{"at_s": at_s, "kind": kind, "sensor": "bottom"}]
    cooked = cook_by_menu(rig, rig.product, "white_rice", events=events)
    assert cooked.log.outcome is Outcome.FAULT
    assert cooked.log.faults
    heated = [s.t_s for s in cooked.log.samples if s.t_s > at_s + 5 and s.duty > 0]
    assert heated == []


def test_a_dry_pot_never_passes_the_hard_limit(rig):
    limits = rig.product.limits
    full_fire = (Phase(PhaseKind.HEAT, limits.setpoint_max_c, 100, 3600, Until.TIME),)
    empty = {"pot": {"dish": "white_rice", "dry_g": 20, "water_g": 0}}
    cooked = run_schedule(rig, full_fire, empty)
    assert cooked.truth["max_bottom_c"] <= limits.bottom_max_c


def test_the_board_itself_refuses_a_set_point_beyond_its_limit(rig):
    too_hot = (Phase(PhaseKind.HEAT, rig.product.limits.bottom_max_c, 100, 60),)
    with pytest.raises(LinkError, match="refused"):
        run_schedule(rig, too_hot, {"pot": {"dish": "congee", "dry_g": 100, "water_g": 900}})


def test_a_welded_relay_is_cut_off_by_the_safety_relay(rig):
    events = [{"at_s": IN_SOAK_S, "kind": "relay_welded"}]
    cooked = cook_by_menu(rig, rig.product, "white_rice", events=events)
    assert cooked.truth["max_bottom_c"] <= rig.product.limits.bottom_max_c


def test_an_opened_lid_and_weak_mains_do_not_spoil_the_rice(rig):
    events = [
        {"at_s": 900, "kind": "lid_open"},
        {"at_s": 930, "kind": "lid_close"},
        {"at_s": 1000, "kind": "mains", "value": 200, "for_s": 300},
    ]
    cooked = cook_by_menu(rig, rig.product, "white_rice", events=events)
    assert cooked.log.outcome is Outcome.DONE
    assert cooked.truth["doneness"] >= 0.95
