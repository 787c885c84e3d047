"""Planning for people and for files: a sentence or lines of requests to plans."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from wenhuo.agent import Planner, schedule_of
from wenhuo.agent.facts import menu_dry_g
from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import UsageError
from wenhuo.intent import Texture
from wenhuo.planning.estimate import forecast
from wenhuo.planning.programme import boiling_point_c
from wenhuo_tools.jsonl import Answer, answer_lines
from wenhuo_tools.report.plan_view import plan_lines as view_lines
from wenhuo_tools.report.timeline import timeline

_ROOM_C = 20.0


@dataclass(frozen=True, slots=True)
class MadePlan:
    """A request (request.schema.json), its plan (plan.schema.json) and the dish's name.

    problem: why the model did not write it, where the rules had to stand in.
    """

    request: Mapping[str, Any]
    plan: Mapping[str, Any]
    dish_name: str | None
    problem: str | None = None

    def phase_s(self) -> tuple[int, ...]:
        """How long each phase is expected to last, s, by the forecast for what the pot holds."""
        if not self.plan["schedule"]:
            return ()
        return expected_phase_s(self.plan, self.request)

    def lines(self, *, width: int, colour: bool) -> list[str]:
        """The plan as people read it."""
        now = datetime.fromisoformat(self.request["now"])
        planned = timeline(schedule_of(self.plan), self.phase_s())
        return view_lines(
            self.plan,
            self.request["text"],
            self.dish_name,
            now,
            planned,
            width=width,
            colour=colour,
        )


def make_plan(planner: Planner, request: Mapping[str, Any]) -> MadePlan:
    """Plan one request. Raises RequestError, BoardDataError."""
    plan = planner.plan(dict(request))
    return MadePlan(request, plan, dish_name(plan, request.get("board")), planner.problem)


def expected_phase_s(plan: Mapping[str, Any], request: Mapping[str, Any]) -> tuple[int, ...]:
    """The forecast's length of each phase of a plan, s."""
    product = load_product(request.get("board"))
    return forecast(product, plan_conditions(plan, request), schedule_of(plan)).phase_s


def plan_conditions(plan: Mapping[str, Any], request: Mapping[str, Any]) -> Conditions:
    """What a plan was made for, by its request's sensors and state."""
    product = load_product(request.get("board"))
    seen = {k: v for k, v in (request.get("sensors") or {}).items() if v is not None}
    state = request.get("state") or {}
    dish = product.dish(plan["dish"] or state.get("dish") or next(iter(product.menu)))
    return Conditions.of(
        dish,
        menu_dry_g(dish, plan) if plan["dish"] else state.get("dry_g") or menu_dry_g(dish, plan),
        texture=Texture(plan["texture"]) if plan["texture"] else None,
        tb_c=boiling_point_c(seen.get("altitude_m", 0.0)),
        mains_pct=100 * seen.get("mains_v", product.mains_v) / product.heater.rated_v,
        start_c=seen.get("bottom_c", seen.get("ambient_c", _ROOM_C)),
        keep_warm_min=plan.get("keep_warm_min") or 0,
    )


def dish_name(plan: Mapping[str, Any], board: str | None) -> str | None:
    """The plan's dish in the plan's language, None where it names none."""
    if plan["dish"] is None:
        return None
    dish = load_product(board).dish(plan["dish"])
    return dish.name_zh if plan["lang"] == "zh" else dish.name_en


def text_request(
    text: str, now: datetime, *, state_json: str | None = None, board: str | None = None
) -> dict[str, Any]:
    """The request of a sentence typed on a command line. Raises UsageError for a bad state."""
    request: dict[str, Any] = {"id": "1", "text": text, "now": now.isoformat(), "board": board}
    if state_json is not None:
        try:
            request["state"] = json.loads(state_json)
        except ValueError as error:
            raise UsageError(f'--state is not JSON: {error}; e.g. {{"mode": "idle"}}') from None
    return request


def plan_text(
    text: str,
    now: datetime,
    *,
    state_json: str | None = None,
    board: str | None = None,
    model_dir: Path | None = None,
) -> MadePlan:
    """Load the model and plan one sentence. Raises WenhuoError."""
    request = text_request(text, now, state_json=state_json, board=board)
    return make_plan(Planner.load(board, model_dir), request)


def plan_lines(
    lines: Iterable[str], *, board: str | None = None, model_dir: Path | None = None
) -> Iterator[Answer]:
    """Plan each line with one load of the model, in order. board: for requests that name none.

    Raises ModelError or BoardDataError before the first answer where the model cannot load.
    """
    planner = Planner.load(board, model_dir)

    def handle(request: dict[str, Any]) -> Mapping[str, Any]:
        if board is not None and request.get("board") is None:
            request = {**request, "board": board}
        return planner.plan(request)

    return answer_lines(lines, handle)
