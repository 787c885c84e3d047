"""Cooking on a rig without the model: a schedule, the real controller and firmware, the plant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wenhuo.boards import Product
from wenhuo.conditions import Conditions
from wenhuo.executive.executive import Executive
from wenhuo.executive.records import CookLog
from wenhuo.intent import Texture
from wenhuo.planning import envelope
from wenhuo.planning.programme import boiling_point_c, programme
from wenhuo.schedule import Schedule
from wenhuo_hil.protocol import CookerProtocol


@dataclass(frozen=True, slots=True)
class Cooked:
    """What the board reported and what the plant knows at the end (its TRUTH)."""

    log: CookLog
    truth: Mapping[str, Any]
    schedule: Schedule


def cook_by_menu(
    rig: CookerProtocol,
    product: Product,
    dish_id: str,
    *,
    servings: int = 4,
    dry_g: int | None = None,
    texture: Texture | None = None,
    site: Mapping[str, float] | None = None,
    events: Sequence[Mapping[str, Any]] = (),
) -> Cooked:
    """Cook the menu's programme for a dish with the menu's water. dry_g: None = by the servings.
    site: see scenario.schema.json.

    Raises EnvelopeError where the envelope refuses the programme, LinkError, RigError.
    """
    dish, place = product.dish(dish_id), dict(site or {})
    if dry_g is None:
        dry_g = min(dish.max_dry_g, max(dish.min_dry_g, servings * dish.serving_dry_g))
    conditions = Conditions.of(
        dish,
        dry_g,
        texture=texture,
        tb_c=boiling_point_c(place.get("altitude_m", 0.0)),
        mains_pct=100 * place.get("mains_v", product.mains_v) / product.heater.rated_v,
        start_c=place.get("ambient_c", 20.0),
    )
    schedule = programme(product, conditions)
    envelope.check(schedule, product, conditions)
    pot = {"dish": dish_id, "dry_g": dry_g, "water_g": dish.water_g(dry_g, texture)}
    return run_schedule(rig, schedule, {"pot": pot, "site": place}, events)


def run_schedule(
    rig: CookerProtocol,
    schedule: Schedule,
    scenario: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]] = (),
) -> Cooked:
    """Run a schedule past the envelope: what the board itself allows. Raises LinkError."""
    rig.begin(scenario, events)
    executive = Executive(rig.board(), rig.clock)
    executive.begin(schedule)
    log = executive.run(lambda _sample: None)
    return Cooked(log, rig.truth(), schedule)
