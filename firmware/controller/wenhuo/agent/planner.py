"""Requests to plans: the model proposes, rules and envelope check, the menu stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from wenhuo.agent.answers import reply
from wenhuo.agent.facts import Facts
from wenhuo.agent.request import read_request
from wenhuo.agent.turn import Turn
from wenhuo.boards import Product, load_product
from wenhuo.errors import RequestError
from wenhuo.intent import Action, Intent, Reason
from wenhuo.language.prompt import prompt
from wenhuo.llm.engine import Engine, Generation
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until


class Planner:
    """Plans with one loaded model for a product, and for others with the same menu."""

    def __init__(self, product: Product, engine: Engine) -> None:
        self.product = product
        self._engine = engine

    @classmethod
    def load(cls, board: str | None = None, model_dir: Path | None = None) -> Planner:
        """Raises BoardDataError for an unknown board, ModelError for an unusable model."""
        product = load_product(board)
        engine = Engine.load(model_dir, list(product.menu), threads=product.controller.threads)
        return cls(product, engine)

    def plan(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """A plan (plan.schema.json) for a request (request.schema.json).

        Raises RequestError for what is no request, BoardDataError for an unknown board.
        """
        request = read_request(data)
        turn = Turn(request, self._product_for(request.board))
        line = prompt(request.text, request.state.mode, request.state.dish)
        generation = self._engine.generate(line, turn.interject)
        turn.finish(generation.tokens)
        return as_plan(turn, generation)

    def _product_for(self, board: str | None) -> Product:
        """The product that a request names; one model serves all with the same menu."""
        if board in (None, self.product.id):
            return self.product
        product = load_product(board)
        if list(product.menu) != list(self.product.menu):
            raise RequestError(
                f"board: {board!r} has another menu than {self.product.id!r}, whose model is "
                f"loaded; call with --board {board}"
            )
        return product


def as_plan(turn: Turn, generation: Generation) -> dict[str, Any]:
    """The turn as plan.schema.json writes it."""
    if turn.facts is None:
        raise RequestError("the turn is not finished")
    facts, verdict = turn.facts, turn.verdict
    action = verdict.action if verdict else facts.intent.action
    adjusting, warming = action is Action.ADJUST, action is Action.KEEP_WARM
    if verdict and verdict.reason is Reason.NOTHING_RUNNING:
        facts = Facts(Intent(action, verdict.reason))  # its slots speak of a cook that is not there
    elif verdict:
        facts = replace(facts, intent=replace(facts.intent, reason=verdict.reason))
    intent = facts.intent
    return {
        "id": turn.request.id,
        "action": action.value,
        "dish": facts.dish,
        "servings": facts.servings,
        "dry_g": facts.dry_g,
        "texture": facts.texture.value if facts.texture else None,
        "ready_at": facts.ready_at.isoformat() if facts.ready_at and not adjusting else None,
        "start_at": facts.start_at.isoformat() if facts.start_at else None,
        "keep_warm_min": facts.keep_warm_min,
        "adjust": _adjust(facts) if adjusting else None,
        "target_c": intent.target.celsius if intent.target and warming else None,
        "topic": intent.topic.value if intent.topic else None,
        "reason": intent.reason.value if intent.reason else None,
        "schedule": [phase.as_json() for phase in turn.schedule],
        "reply": reply(turn, facts, action),
        "lang": turn.request.lang,
        "source": "model" if turn.from_model else "fallback",
        "late_s": turn.late_s,
        "timing_ms": {
            "prefill": round(generation.prefill_ms, 2),
            "decode": round(generation.decode_ms, 2),
            "total": round(generation.total_ms, 2),
        },
        "tokens": {
            "prompt": generation.prompt_tokens,
            "cached": generation.cached,
            "generated": generation.generated,
            "forced": generation.forced,
        },
    }


def _adjust(facts: Facts) -> dict[str, Any]:
    intent = facts.intent
    extra = None
    if intent.more:
        extra = min(240, intent.more.total_min)
    elif intent.less:
        extra = -min(120, intent.less.total_min)
    return {
        "extra_min": extra,
        "power": intent.power.value if intent.power else None,
        "texture": intent.change.value if intent.change else None,
        "ready_at": facts.ready_at.isoformat() if facts.ready_at else None,
    }


def schedule_of(plan: Mapping[str, Any]) -> Schedule:
    """The schedule of a plan that satisfies plan.schema.json."""
    return tuple(
        Phase(
            PhaseKind(p["phase"]), p["target_c"], p["power_pct"], p["duration_s"], Until(p["until"])
        )
        for p in plan["schedule"]
    )
