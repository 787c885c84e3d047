"""What was meant, completed by what is known: memory, menu and readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from wenhuo.agent.request import Request
from wenhuo.boards import Dish, Product
from wenhuo.conditions import Conditions, Known
from wenhuo.intent import Action, Intent, Texture, TextureChange
from wenhuo.language.times import resolve
from wenhuo.planning.estimate import ROOM_C
from wenhuo.planning.programme import boiling_point_c
from wenhuo.schedule import PhaseKind

DEFAULT_SERVINGS = 2
Kitchen = tuple[Conditions, Known]
"""What a schedule is written for, and the same as it was said and measured."""
# one class up or down; the dish's own table says what a class means that it does not have
_CHANGED = {
    TextureChange.THICKER: {Texture.THIN: Texture.NORMAL, Texture.NORMAL: Texture.THICK},
    TextureChange.THINNER: {Texture.THICK: Texture.NORMAL, Texture.NORMAL: Texture.THIN},
    TextureChange.SOFTER: {Texture.FIRM: Texture.NORMAL, Texture.NORMAL: Texture.SOFT},
    TextureChange.FIRMER: {Texture.SOFT: Texture.NORMAL, Texture.NORMAL: Texture.FIRM},
}


@dataclass(frozen=True, slots=True)
class Facts:
    """An intent with its slots in the plan's terms; None where neither said nor remembered."""

    intent: Intent
    dish: str | None = None
    servings: int | None = None
    dry_g: int | None = None
    texture: Texture | None = None
    keep_warm_min: int | None = None
    ready_at: datetime | None = None
    start_at: datetime | None = None


def gather(intent: Intent, request: Request, product: Product) -> Facts:
    """Arithmetic on what was said, and what memory holds for the dish named.

    "The usual" without a dish is the dish remembered, where it is the only one.
    """
    intent = _unwarmed(intent, request)
    dish = intent.dish
    cooks = intent.action is Action.COOK
    if cooks and dish is None and len(request.memory) == 1:
        dish = next(iter(request.memory))
    dish = dish if dish in product.menu else None
    remembered: dict[str, Any] = dict(request.memory.get(dish or "", {})) if cooks else {}
    servings = intent.servings if intent.servings is not None else _servings(remembered)
    texture = intent.texture or _texture(remembered)
    if dish is not None and texture is not None:
        texture = product.dish(dish).meant(texture)
    keep_warm = intent.keep_warm.total_min if intent.keep_warm else remembered.get("keep_warm_min")
    grams = round(sum(q.grams for q in intent.dry))
    return Facts(
        intent=replace(intent, dish=dish),
        dish=dish,
        servings=servings,
        dry_g=min(2000, max(20, grams)) if intent.dry else None,
        texture=texture,
        keep_warm_min=min(720, int(keep_warm)) if keep_warm is not None else None,
        ready_at=resolve(intent.ready, request.now),
        start_at=resolve(intent.start, request.now),
    )


def _unwarmed(intent: Intent, request: Request) -> Intent:
    """No minutes of keeping warm: said while food is kept warm it ends that, said while it cooks it
    changes what comes after."""
    if intent.keep_warm is None or intent.keep_warm.total_min > 0:
        return intent
    if intent.action not in (Action.ADJUST, Action.KEEP_WARM):
        return intent
    if _cooks_still(request):
        return replace(intent, action=Action.ADJUST)
    return Intent(Action.CANCEL)


def _cooks_still(request: Request) -> bool:
    """Whether a dish is under way that is not merely kept warm."""
    state = request.state
    warming = "keep_warm" in (state.mode, state.phase)
    return state.mode in ("waiting", "cooking", "paused") and not warming


def cook_conditions(facts: Facts, request: Request, product: Product) -> Kitchen:
    """The conditions of a new cook. facts.dish must not be None."""
    dish = product.dish(facts.dish or "")
    later = facts.start_at is not None or facts.ready_at is not None
    return _conditions(
        request,
        product,
        dish,
        texture=dish.meant(facts.texture),
        dry_g=load_g(facts, request, dish),
        keep_warm_min=_hold_min(facts, dish),
        later=later,
    )


def running_conditions(facts: Facts, request: Request, product: Product) -> Kitchen:
    """The conditions of a cook that runs or waits, as an adjustment asks for it."""
    dish = product.dish(_running_dish(request, product))
    texture = changed(dish, running_texture(request, dish.id), facts.intent.change)
    waiting = request.state.mode == "waiting"
    phase = request.state.phase
    runs_on = not waiting and phase in set(PhaseKind) and phase != PhaseKind.WAIT
    from_phase = PhaseKind(phase) if runs_on and phase else None
    warming = from_phase is PhaseKind.KEEP_WARM
    return _conditions(
        request,
        product,
        dish,
        texture=texture,
        dry_g=request.state.dry_g or load_g(facts, request, dish),
        keep_warm_min=_warm_min(facts, dish, product) if warming else _hold_min(facts, dish),
        later=waiting,
        from_phase=from_phase,
    )


def warm_conditions(facts: Facts, request: Request, product: Product) -> Kitchen:
    """The conditions for keeping warm what is in the pot: a programme from its last phase on."""
    dish = product.dish(facts.dish or _running_dish(request, product))
    return _conditions(
        request,
        product,
        dish,
        texture=dish.default_texture,
        dry_g=load_g(facts, request, dish),
        keep_warm_min=_warm_min(facts, dish, product),
        later=False,
        from_phase=PhaseKind.KEEP_WARM,
    )


def _warm_min(facts: Facts, dish: Dish, product: Product) -> int:
    """Minutes of keeping warm what is in the pot: as said, else the dish's, else half the
    longest."""
    minutes = facts.keep_warm_min or dish.keep_warm.default_min
    longest = product.limits.keep_warm_max_min
    return min(minutes or longest // 2, longest)


def load_g(facts: Facts, request: Request, dish: Dish) -> float:
    """Dry food in the pot, g: as said, by servings, by the pot's contents, or for two.

    Kept within what the dish allows in this pot.
    """
    grams: float = DEFAULT_SERVINGS * dish.serving_dry_g
    if facts.dry_g is not None:
        grams = facts.dry_g
    elif facts.servings is not None:
        grams = facts.servings * dish.serving_dry_g
    elif request.sensors.load_g is not None:
        ratio = dish.textures[dish.meant(facts.texture)].water_g_per_g
        grams = (request.sensors.load_g - dish.water_base_g) / (1 + ratio)
    return min(float(dish.max_dry_g), max(float(dish.min_dry_g), grams))


def menu_dry_g(dish: Dish, plan: Mapping[str, Any]) -> int:
    """Dry food for a plan, g: as said, or by the servings, within what the dish allows."""
    dry_g = plan["dry_g"] or (plan["servings"] or DEFAULT_SERVINGS) * dish.serving_dry_g
    return int(min(dish.max_dry_g, max(dish.min_dry_g, dry_g)))


def _conditions(
    request: Request,
    product: Product,
    dish: Dish,
    *,
    texture: Texture,
    dry_g: float,
    keep_warm_min: int,
    later: bool,
    from_phase: PhaseKind | None = None,
) -> Kitchen:
    seen = _measured(request, product, dry_g, later=later)
    conditions = seen.in_steps(
        dish,
        texture=texture,
        later=later,
        keep_warm_min=keep_warm_min,
        from_phase=from_phase,
    )
    return conditions, seen


def _measured(request: Request, product: Product, dry_g: float, *, later: bool) -> Known:
    """What is known of the kitchen, as it was said and read. later: the pot will stand until then
    and take on the room's temperature."""
    seen = request.sensors
    volts = seen.mains_v if seen.mains_v is not None else product.mains_v
    room_c = seen.ambient_c if seen.ambient_c is not None else ROOM_C
    return Known(
        dry_g=dry_g,
        tb_c=boiling_point_c(seen.altitude_m or 0.0),
        mains_pct=100 * volts / product.heater.rated_v,
        start_c=seen.bottom_c if seen.bottom_c is not None and not later else room_c,
        ambient_c=room_c,
    )


def _running_dish(request: Request, product: Product) -> str:
    running = request.state.dish
    return running if running in product.menu else next(iter(product.menu))


def _hold_min(facts: Facts, dish: Dish) -> int:
    """Minutes of keeping warm afterwards, within what the dish allows."""
    if facts.keep_warm_min is None:
        return dish.keep_warm.default_min
    return min(facts.keep_warm_min, dish.keep_warm.max_min)


def changed(dish: Dish, texture: Texture | None, change: TextureChange | None) -> Texture:
    """The texture after a wish for more or less of it: the next class, where there is one."""
    before = dish.meant(texture)
    return dish.meant(_CHANGED[change].get(before, before)) if change else before


def running_texture(request: Request, dish_id: str) -> Texture | None:
    """The texture that the running cook was planned for, as far as state or memory tells."""
    told = _texture({"texture": request.state.texture})
    return told or _texture(dict(request.memory.get(dish_id, {})))


def _servings(remembered: dict[str, Any]) -> int | None:
    value = remembered.get("servings")
    return min(12, max(1, int(value))) if isinstance(value, int | float) else None


def _texture(remembered: dict[str, Any]) -> Texture | None:
    value = remembered.get("texture")
    return Texture(value) if value in set(Texture) else None
