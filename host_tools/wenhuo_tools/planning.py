"""Planning for people and for files: a sentence or lines of requests to plans."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from wenhuo.agent import Planner
from wenhuo.boards import load_product
from wenhuo.errors import UsageError
from wenhuo_tools.jsonl import Answer, answer_lines
from wenhuo_tools.report.plan_view import plan_lines as view_lines


@dataclass(frozen=True, slots=True)
class MadePlan:
    """A request (request.schema.json), its plan (plan.schema.json) and the dish's name."""

    request: Mapping[str, Any]
    plan: Mapping[str, Any]
    dish_name: str | None

    def lines(self, *, width: int, colour: bool) -> list[str]:
        """The plan as people read it."""
        now = datetime.fromisoformat(self.request["now"])
        return view_lines(
            self.plan, self.request["text"], self.dish_name, now, width=width, colour=colour
        )


def make_plan(planner: Planner, request: Mapping[str, Any]) -> MadePlan:
    """Plan one request. Raises RequestError, BoardDataError."""
    plan = planner.plan(dict(request))
    return MadePlan(request, plan, dish_name(plan, request.get("board")))


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
