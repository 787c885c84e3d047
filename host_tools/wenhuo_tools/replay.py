"""Playing a cook's record again: the same words to the model, the same scenario to the rig."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenhuo.agent import Planner
from wenhuo.boards import load_product
from wenhuo.errors import RequestError
from wenhuo_tools.planning import MadePlan
from wenhuo_tools.report.record import CookRecord
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
    planner = Planner.load(board, model_dir)
    for decision in record.decisions:
        plan = planner.plan(dict(decision.request))
        yield Replayed(decision.t_s, decision.request["text"], _differences(decision.plan, plan))


def replay_cook(record: CookRecord, model_dir: Path | None = None) -> Replayed:
    """Cook the recorded plan in the recorded scenario again, on the virtual rig.

    Raises RigError, LinkError; RequestError for a record of no cook.
    """
    if not record.log.samples:
        raise RequestError("nothing was cooked in this record; only its decisions can be replayed")
    first = record.decisions[0]
    request = first.request
    scenario = {"id": record.result["id"], "request": request, **record.scenario}
    made = MadePlan(request, first.plan, record.dish_name)
    planner = Planner.load(request.get("board"), model_dir)
    with VirtualRig(load_product(request.get("board"))) as rig:
        again = run_scenario(scenario, planner, rig, made=made, tail_s=record.tail_s)
    return Replayed(0.0, "cook", _differences(record.result, again.result))


def _differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    keys = [key for key in {**was, **now} if key not in _TIMING]
    return tuple(
        f"{key}: {was.get(key)} → {now.get(key)}" for key in keys if was.get(key) != now.get(key)
    )
