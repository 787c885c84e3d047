"""Words in, food out: the shipped model, the controller, the firmware and the plant together."""

from __future__ import annotations

from datetime import datetime

import pytest

from wenhuo import contracts
from wenhuo_tools.cook import cook_text
from wenhuo_tools.rig.virtual import RigOptions

pytestmark = pytest.mark.needs("truth", "fast-time")

EVENING = datetime.fromisoformat("2026-11-23T22:00:00+08:00")


@pytest.mark.parametrize(
    ("words", "dish"),
    [
        ("帮我煮四个人的白粥，稠一点，早上七点吃", "congee"),
        ("cook two cups of white rice", "white_rice"),
    ],
)
def test_said_and_cooked(words, dish):
    record = cook_text(words, EVENING, rig=RigOptions())
    contracts.check("plan", record.plan)
    contracts.check("result", record.result)
    assert record.plan["dish"] == dish
    assert record.plan["source"] == "model"
    result = record.result
    assert result["outcome"] == "done"
    assert result["doneness"] >= 0.95
    assert result["boilover_g"] == 0
    assert result["scorch"] <= 0.1
    assert result["texture_error"] <= 0.5
    if record.plan["ready_at"]:
        assert abs(result["ready_error_s"]) <= 180
