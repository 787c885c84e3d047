"""Requests to plans: the model proposes, rules and envelope check, the menu stands in."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from wenhuo.agent.alone import known_for_certain, understand
from wenhuo.agent.answers import reply
from wenhuo.agent.facts import Facts
from wenhuo.agent.request import read_request
from wenhuo.agent.rules import Verdict
from wenhuo.agent.turn import Turn
from wenhuo.boards import Controller, Product, load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import ModelError, RequestError
from wenhuo.intent import Action, Intent, Reason
from wenhuo.language.parse import parse_intent
from wenhuo.language.prompt import hear, prompt
from wenhuo.llm.artifact import default_folder, read_label
from wenhuo.llm.generation import About, Generation, Writer
from wenhuo.llm.guard import Guard, Limits
from wenhuo.planning.estimate import forecast
from wenhuo.schedule import Schedule, read_schedule


@dataclass(frozen=True, slots=True)
class Understood:
    """What words mean by themselves. line: the model's own, empty where it was not asked or did not
    answer; problem: why it did not."""

    intent: Intent
    line: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan (plan.schema.json) and how it came to be. line: the model's, empty where it wrote
    none. envelope: "passed", "not asked", or why the model's schedule was refused. intent: what was
    carried out, completed from memory; verdict: the rule that stood against it, if one did.
    phase_s: how long each phase is expected to last, s; ready_at: when it is ready by that.
    """

    plan: dict[str, Any]
    intent: Intent
    line: tuple[str, ...] = ()
    envelope: str = "not asked"
    problem: str | None = None
    verdict: Verdict | None = None
    conditions: Conditions | None = None
    phase_s: tuple[int, ...] = ()
    ready_at: datetime | None = None

    @property
    def schedule(self) -> Schedule:
        """What the board is to be given."""
        return schedule_of(self.plan)


class Planner:
    """Plans with one loaded model for a product, and for others with the same menu."""

    def __init__(self, product: Product, model: Writer) -> None:
        self.product = product
        self.model = model
        self.problem: str | None = None  # why the model did not write the plan last made

    @classmethod
    def load(cls, board: str | None = None, model_dir: Path | None = None) -> Planner:
        """A planner whose model loads and runs in a process of its own, beside this one.

        Raises BoardDataError for an unknown board, ModelError for a folder that holds no model, or
        one for another menu or language. Whatever else is wrong with a model, the rules stand in.
        """
        product = load_product(board)
        folder, dishes = model_dir or default_folder(), list(product.menu)
        read_label(folder, dishes)
        guard = Guard(folder, dishes, _limits(product.controller))
        guard.start()
        return cls(product, guard)

    def plan(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """A plan (plan.schema.json) for a request (request.schema.json).

        Threads may share a planner; what is known for certain, such as "stop", does not wait for
        the model. Raises RequestError for what is no request, BoardDataError for an unknown board.
        """
        begun = time.perf_counter()
        request = read_request(data)
        turn = Turn(request, self._product_for(request.board))
        known = known_for_certain(request)
        if known is not None:
            turn.take(Intent(known))
            return as_plan(turn, Generation(total_ms=(time.perf_counter() - begun) * 1000))
        line = prompt(request.text, request.state.mode, request.state.dish)
        self.problem = None
        try:
            generation = self.model.generate(line, turn.interject)
            turn.finish(generation.tokens)
        except ModelError as error:
            self.problem = str(error)
            generation = Generation(total_ms=(time.perf_counter() - begun) * 1000)
            turn.stand_in(understand(request, turn.product))
        return as_plan(turn, generation)

    def understand(self, data: Mapping[str, Any]) -> Understood:
        """What the words of a request mean, its state beside them; nothing is judged or planned.

        Raises RequestError for what is no request.
        """
        request = read_request(data)
        known = known_for_certain(request)
        if known is not None:
            return Understood(Intent(known))
        line = prompt(request.text, request.state.mode, request.state.dish)
        try:
            said = self.model.generate(line, lambda _tokens: None).tokens
        except ModelError as error:
            return Understood(understand(request, self.product), problem=str(error))
        return Understood(parse_intent(hear(request.text).written_out(said)), tuple(said))

    def carry_out(self, data: Mapping[str, Any], intent: Intent) -> Planned:
        """A plan for what was meant, whatever the words of the request; the model writes the
        schedule. Raises RequestError, BoardDataError."""
        begun = time.perf_counter()
        turn = Turn(read_request(data), self._product_for(data.get("board")))
        turn.take(intent)
        made, problem = Generation(), None
        try:
            asking = turn.asking()
            if asking is not None:
                made = self.model.schedule(asking)
            turn.finish(made.tokens)
        except ModelError as error:
            problem = str(error)
            turn.stand_in(intent)
        made.total_ms = (time.perf_counter() - begun) * 1000
        return Planned(
            plan=as_plan(turn, made),
            intent=turn.facts.intent if turn.facts else intent,
            line=tuple(made.tokens),
            envelope=turn.refusal or ("passed" if turn.schedule else "not asked"),
            problem=problem,
            verdict=turn.verdict,
            conditions=turn.conditions,
            phase_s=_lengths(turn),
            ready_at=turn.ready_at,
        )

    def about(self) -> About:
        """What the model runs on, once it is loaded. Raises ModelError where it does not load."""
        return self.model.about()

    def close(self) -> None:
        """End the model's process, where it has one."""
        if isinstance(self.model, Guard):
            self.model.close()

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


def _lengths(turn: Turn) -> tuple[int, ...]:
    """The forecast's length of each phase, s; of a wait, its own."""
    if turn.conditions is None or not turn.schedule:
        return ()
    return forecast(turn.product, turn.conditions, turn.schedule, known=turn.known).phase_s


def _limits(controller: Controller) -> Limits:
    return Limits(
        threads=controller.threads,
        cpus=controller.model_cpus,
        memory_mb=controller.model_memory_mb,
        line_s=controller.model_line_ms / 1000,
        load_s=controller.model_load_ms / 1000,
    )


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
    return read_schedule(plan["schedule"])
