"""Playing a cook's record again: the same words to the model, the same scenario to the rig.

A decision of a dialogue is asked again question by question, since it is more than one request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenhuo.agent import Planner
from wenhuo.boards import load_product
from wenhuo.errors import RequestError
from wenhuo.language.answer import PHASES, PLAN
from wenhuo_tools.planning import MadePlan
from wenhuo_tools.report.record import CookRecord, Decision
from wenhuo_tools.rig.virtual import VirtualRig
from wenhuo_tools.scenario import run_scenario

_TIMING = ("timing_ms", "wall_s")  # what differs from run to run


@dataclass(frozen=True, slots=True)
class Replayed:
    """One thing played again. differs: what is not as recorded, "key: was → is"."""

    t_s: float
    what: str
    differs: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """As the command prints it with --json."""
        return {"t_s": self.t_s, "what": self.what, "differs": list(self.differs)}


def replay_decisions(record: CookRecord, model_dir: Path | None = None) -> Iterator[Replayed]:
    """Ask the model each recorded request again. Raises ModelError, BoardDataError."""
    board = record.decisions[0].request.get("board") if record.decisions else None
    with closing(Planner.load(board, model_dir)) as planner:
        for decision in record.decisions:
            if not decision.asked and "now" not in decision.request:
                continue  # the model was not asked
            differs = _lines(decision, planner) if decision.asked else _plan(decision, planner)
            yield Replayed(
                decision.t_s, decision.request["text"] or decision.plan["reply"], differs
            )


def _plan(decision: Decision, planner: Planner) -> tuple[str, ...]:
    return _differences(decision.plan, planner.plan(dict(decision.request)))


def _lines(decision: Decision, planner: Planner) -> tuple[str, ...]:
    again = [(then, _line(request, then, planner)) for request, then in decision.asked]
    return tuple(
        f"{' '.join(then)} → {' '.join(now)}" for then, now in again if list(then) != list(now)
    )


def _line(request: Mapping[str, Any], then: Sequence[str], planner: Planner) -> Sequence[str]:
    """What the model now writes: the schedule for the same conditions, or what the words mean."""
    if then[:1] == [PLAN]:
        return planner.model.schedule(then[1 : then.index(PHASES) + 1]).tokens
    return planner.understand(request).line


def replay_cook(record: CookRecord, model_dir: Path | None = None) -> Replayed:
    """Cook the recorded plan in the recorded scenario again, on the virtual rig.

    Raises RigError, LinkError; RequestError for a record of no cook.
    """
    if not record.log.samples:
        raise RequestError("nothing was cooked in this record; only its decisions can be replayed")
    if not record.scenario:
        raise RequestError(
            "what was in this household's pot is not known; only its decisions can be replayed"
        )
    first = record.decisions[0]
    request = first.request
    scenario = {"id": record.result["id"], "request": request, **record.scenario}
    made = MadePlan(request, first.plan, record.dish_name)
    planner = Planner.load(request.get("board"), model_dir)
    with VirtualRig(load_product(request.get("board"))) as rig:
        again = run_scenario(
            scenario, planner, rig, made=made, tail_s=record.tail_s, watched=record.watched
        )
    return Replayed(0.0, "cook", _differences(record.result, again.result))


def _differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    keys = [key for key in {**was, **now} if key not in _TIMING]
    return tuple(
        f"{key}: {was.get(key)} → {now.get(key)}" for key in keys if was.get(key) != now.get(key)
    )
