"""Cooking a sentence: from the words to the result, with the pot filled as the menu says."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from wenhuo.agent import Planner
from wenhuo.agent.facts import menu_dry_g
from wenhuo.boards import load_product
from wenhuo.intent import Texture
from wenhuo_tools.planning import MadePlan, make_plan, text_request
from wenhuo_tools.report.progress import Silent, Watcher
from wenhuo_tools.report.record import CookRecord, Decision
from wenhuo_tools.rig.virtual import RigOptions, VirtualRig
from wenhuo_tools.scenario import run_scenario, uncooked

_TAIL_S = 300.0  # how much of keeping warm a cook shows before it ends


def cook_text(
    text: str,
    began: datetime,
    *,
    rig: RigOptions,
    board: str | None = None,
    model_dir: Path | None = None,
    seed: int = 0,
    watched: bool = True,
    on_plan: Callable[[MadePlan], None] = lambda _made: None,
    watch: Callable[[str], Watcher] = lambda _lang: Silent(),
) -> CookRecord:
    """Plan a sentence and cook it with the pot filled as the menu says.

    watched: as wenhuod does it, plan again where the pot parts from the plan.
    on_plan: told the plan before the cook begins. watch: makes the watcher for a language.
    Raises WenhuoError: the model, the rig or the link failed.
    """
    request = text_request(text, began, board=board)
    with VirtualRig(load_product(board), rig) as virtual:
        planner = Planner.load(board, model_dir)  # while the plant starts
        made = make_plan(planner, request)
        on_plan(made)
        if not made.plan["schedule"]:
            record = uncooked(made, began, "1", time.monotonic())
            record.decisions.append(Decision(0.0, request, made.plan))
            return record
        pot = menu_pot(made.plan, board)
        scenario = {"id": "1", "request": request, "pot": pot, "seed": seed}
        watcher = watch(made.plan["lang"])
        try:
            return run_scenario(
                scenario,
                planner,
                virtual,
                made=made,
                watcher=watcher,
                tail_s=_TAIL_S,
                watched=watched,
            )
        finally:
            watcher.close()


def menu_pot(plan: Mapping[str, Any], board: str | None = None) -> dict[str, Any]:
    """What belongs in the pot for a plan, by the menu: dry food for the servings, water by texture.

    Raises BoardDataError for an unknown board or dish.
    """
    dish = load_product(board).dish(plan["dish"])
    dry_g = menu_dry_g(dish, plan)
    texture = Texture(plan["texture"]) if plan["texture"] else None
    return {"dish": dish.id, "dry_g": dry_g, "water_g": round(dish.water_g(dry_g, texture), 1)}
