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
    ("words", "slots"),
    [
        (
            "帮我煮四个人的白粥，稠一点，早上七点吃",
            {
                "dish": "congee",
                "servings": 4,
                "texture": "thick",
                "ready_at": "2026-11-24T07:00:00+08:00",
            },
        ),
        ("cook two cups of white rice", {"dish": "white_rice", "dry_g": 300}),
    ],
)
def test_said_and_cooked(words, slots):
    record = cook_text(words, EVENING, rig=RigOptions())
    contracts.check("plan", record.plan)
    contracts.check("result", record.result)
    assert {name: record.plan[name] for name in slots} == slots
    assert record.plan["source"] == "model"
    result = record.result
    assert result["outcome"] == "done"
    assert result["doneness"] >= 0.95
    assert result["boilover_g"] == 0
    assert result["scorch"] <= 0.1
    assert result["texture_error"] <= 0.5
    if record.plan["ready_at"]:
        assert abs(result["ready_error_s"]) <= 180
