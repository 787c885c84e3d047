"""Words in the middle of a cook: cancel, pause and resume, adjust, on the virtual rig.

The plans are written down here: what is tested is what the rig and the executive do with them.
"""

import pytest

from wenhuo.boards import load_product
from wenhuo.errors import RequestError
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_tools.planning import MadePlan
from wenhuo_tools.rig.virtual import VirtualRig
from wenhuo_tools.scenario import run_scenario

NOW = "2026-11-23T22:00:00+08:00"
COOK = (
    Phase(PhaseKind.WAIT, None, 0, 120),
    Phase(PhaseKind.SOAK, 55.0, 50, 300),
    Phase(PhaseKind.REST, None, 0, 120),
    Phase(PhaseKind.KEEP_WARM, 70.0, 20, 1800),
)


def plan(action: str, schedule: tuple[Phase, ...] = (), **changes) -> dict:
    return {
        "action": action,
        "dish": "white_rice",
        "dry_g": 150,
        "servings": 2,
        "texture": "normal",
        "ready_at": None,
        "late_s": None,
        "adjust": None,
        "lang": "en",
        "reply": f"{action} it is.",
        "schedule": [phase.as_json() for phase in schedule],
        **changes,
    }


class WrittenPlans:
    """Plans by the words that ask for them; keeps the requests."""

    def __init__(self, **plans: dict) -> None:
        self.plans = plans
        self.requests: list[dict] = []

    def plan(self, request: dict) -> dict:
        self.requests.append(request)
        return self.plans[request["text"]]


@pytest.fixture(scope="module")
def rig():
    with VirtualRig(load_product()) as virtual:
        yield virtual


def cooked(rig, planner: WrittenPlans, *said: tuple[float, str]):
    request = {"id": "1", "text": "rice", "now": NOW}
    scenario = {
        "id": "s",
        "request": request,
        "pot": {"dish": "white_rice", "dry_g": 150, "water_g": 220},
        "events": [{"at_s": at_s, "kind": "say", "text": text} for at_s, text in said],
    }
    made = MadePlan(request, plan("cook", COOK), "rice")
    return run_scenario(scenario, planner, rig, made=made)


def test_without_words_it_is_served_after_the_schedule(rig):
    record = cooked(rig, WrittenPlans())
    assert record.result["outcome"] == "done"
    assert record.result["served_s"] == pytest.approx(541, abs=4)


def test_cancel_ends_the_cook(rig):
    record = cooked(rig, WrittenPlans(stop=plan("cancel")), (200, "stop"))
    assert record.result["outcome"] == "cancelled"
    assert record.result["served_s"] is None
    assert record.log.samples[-1].t_s <= 202


def test_a_pause_delays_the_meal_by_its_length(rig):
    planner = WrittenPlans(hold=plan("pause"), go=plan("resume"))
    record = cooked(rig, planner, (200, "hold"), (300, "go"))
    assert record.result["outcome"] == "done"
    assert record.result["served_s"] == pytest.approx(641, abs=6)


def test_an_adjustment_replaces_what_is_left(rig):
    rest = (Phase(PhaseKind.SOAK, 60.0, 60, 600), Phase(PhaseKind.KEEP_WARM, 70.0, 20, 600))
    record = cooked(rig, WrittenPlans(longer=plan("adjust", rest)), (300, "longer"))
    assert record.result["served_s"] == pytest.approx(900, abs=4)
    assert record.result["replans"] == 1
    assert max(sample.setpoint_c or 0 for sample in record.log.samples) == 70.0


def test_the_planner_is_told_the_state_and_the_readings(rig):
    planner = WrittenPlans(what=plan("status"))
    cooked(rig, planner, (60, "what"), (300, "what"))
    waiting, cooking = planner.requests
    assert waiting["now"] == "2026-11-23T22:01:00+08:00"
    assert waiting["state"]["mode"] == "waiting"
    assert waiting["state"]["phase"] == "wait"
    assert cooking["state"]["mode"] == "cooking"
    assert cooking["state"]["dish"] == "white_rice"
    assert cooking["state"]["elapsed_s"] == pytest.approx(300, abs=2)
    assert cooking["state"]["remaining_s"] == pytest.approx(241, abs=4)
    assert cooking["sensors"]["bottom_c"] > 30
    assert cooking["sensors"]["mains_v"] == pytest.approx(220, abs=5)


def test_another_cook_while_waiting_starts_anew(rig):
    other = (Phase(PhaseKind.HEAT, 50.0, 100, 300, Until.TEMP), Phase(PhaseKind.REST, None, 0, 60))
    record = cooked(rig, WrittenPlans(now=plan("cook", other)), (60, "now"))
    assert record.result["outcome"] == "done"
    assert [span.kind for span in record.log.spans] == [
        PhaseKind.WAIT,
        PhaseKind.HEAT,
        PhaseKind.REST,
    ]
    assert record.result["replans"] == 1


def test_words_without_a_text_are_refused_before_the_cook(rig):
    with pytest.raises(RequestError, match="say at 5 s"):
        cooked(rig, WrittenPlans(), (5, ""))
