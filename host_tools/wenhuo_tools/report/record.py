"""Everything a finished cook left behind, for the plot and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wenhuo.executive.records import CookLog
from wenhuo_tools.report.result_line import result_line


@dataclass(frozen=True, slots=True)
class TruthSample:
    """What the plant knows and no sensor tells. Temperatures in °C, power in W."""

    t_s: float
    bottom_c: float
    core_c: float
    lid_c: float
    power_w: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What the planner was asked (request.schema.json) and what it answered (plan.schema.json).

    asked: where several questions to the model led to it, as in a dialogue: each with the line that
    the model wrote. The request is then no more than what was said.
    """

    t_s: float
    request: Mapping[str, Any]
    plan: Mapping[str, Any]
    asked: Sequence[tuple[Mapping[str, Any], Sequence[str]]] = ()

    def told(self) -> str:
        """The words and the answer; the answer alone where the cooker decided by itself."""
        text, reply = self.request["text"], self.plan["reply"]
        return f"{text} → {reply}" if text else str(reply)


@dataclass(slots=True)
class CookRecord:
    """One cook from the sentence to the result.

    plan: plan.schema.json. result: result.schema.json. began: the clock when the request came;
    all `t_s` count from there. truth is empty on a rig that cannot tell it. marks: events of the
    scenario as (t_s, what). decisions: every answer of the planner, the first one included.
    scenario: pot, site, seed and events, as they were (scenario.schema.json). tail_s: how long it
    was looked at after the food was ready. watched: whether the pot was compared with the plan and
    planned again where they parted.
    """

    text: str
    dish_name: str | None
    began: datetime
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    log: CookLog = field(default_factory=CookLog)
    truth: list[TruthSample] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    scenario: Mapping[str, Any] = field(default_factory=dict)
    tail_s: float = 0.0
    watched: bool = False

    def summary(self) -> str:
        """The result in one line, in the language of the request."""
        return result_line(self.result, self.plan["lang"])
