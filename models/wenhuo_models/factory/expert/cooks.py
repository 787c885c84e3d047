"""Kitchens: cooks sampled as people start them, each with what the controller knows and what is so.

The controller knows the conditions (coarse) and the wish; the pot differs: the load within its step
of 50 g, the water as it was poured, a voltage that drifts, a room of any temperature.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from wenhuo.boards import Dish, Product, list_products, load_product
from wenhuo.conditions import Conditions, Known
from wenhuo.intent import Texture
from wenhuo.planning.programme import boiling_point_c
from wenhuo_tools.twin.params import Load, Site

ALTITUDES_M = (0.0, 4000.0)
LOW_SHARE, LOW_M = 0.4, 300.0  # of the kitchens, how many stand below 300 m
MAINS_SHARE = (185 / 220, 245 / 220)  # of rated: 185 to 245 V on a 220 V board
MAINS_DRIFT = 0.02
WATER_SD, WATER_MOST = 0.04, 0.10  # what people pour, relative to the menu's amount
ROOM_C = (8.0, 35.0)
WATER_COLDER_K = (-8.0, 4.0)  # tap water and washed rice against the room
FRIDGE_C = (4.0, 12.0)
FRIDGE_SHARE = 0.6  # of leftovers, how many come straight from the fridge
LATER_SHARE = 0.5
LONGEST_DEADLINE_S = 15 * 3600.0
SHORTEST_DEADLINE_S = 20 * 60.0


@dataclass(frozen=True, slots=True)
class Cook:
    """One cook. conditions, known: what the controller knows, in its steps and as it was said and
    measured (the voltage drifts afterwards). load, site: what is in the pot and the room.

    deadline_s: from the request on, s; None = now. raw_hold_s: how long the food may wait raw.
    """

    product_id: str
    conditions: Conditions
    known: Known
    load: Load
    site: Site
    deadline_s: float | None
    raw_hold_s: float


def cooks(
    seed: int,
    count: int,
    *,
    dish_id: str | None = None,
    texture: Texture | None = None,
    longest_deadline_s: float = LONGEST_DEADLINE_S,
    keep_warm: bool = True,
) -> list[Cook]:
    """`count` cooks, the dishes in turn unless one is named. Equal seeds give equal cooks.

    longest_deadline_s: the latest time anything is wanted; keep_warm: whether the dish's usual
    keep-warm follows. Raises BoardDataError for an unknown dish.
    """
    boards = [load_product(name) for name in list_products()]
    menu = tuple(boards[0].menu)
    made = []
    for number in range(count):
        rng = Random(f"cooks:{seed}:{dish_id}:{texture}:{number}")
        product = rng.choice(boards)
        dish = product.dish(dish_id or menu[number % len(menu)])
        wanted = texture or _texture(rng, dish)
        made.append(_cook(rng, product, dish, wanted, (longest_deadline_s, keep_warm)))
    return made


def mirrored(cook: Cook) -> Cook:
    """The same conditions and wish, and the opposite truth behind them: more in the pot where there
    was less than said, less water for it where there was more, weaker mains for stronger.

    Pairs of these average out what no schedule can know, so that few cooks judge a schedule well.
    """
    steps, known = cook.conditions, cook.known
    product = load_product(cook.product_id)
    dish = product.dish(steps.dish)
    lowest, most = float(dish.min_dry_g), float(product.most_dry_g(dish, steps.texture))
    dry_g = min(max(2 * steps.dry_g - cook.load.dry_g, lowest), most)
    menu_g = dish.water_g(cook.load.dry_g, steps.texture)
    poured = cook.load.water_g / menu_g if menu_g else 1.0
    mains_v = 2 * steps.mains_pct / 100 * product.heater.rated_v - cook.site.mains_v
    start_c = cook.load.initial_c
    if not steps.later:  # a later start is known only by the room it will have taken on
        start_c = max(0.0, 2 * steps.start_c - start_c)
    known = replace(
        known,
        dry_g=dry_g,
        mains_pct=2 * steps.mains_pct - known.mains_pct,
        start_c=known.start_c if steps.later else start_c,
    )
    load = Load(dry_g, dish.water_g(dry_g, steps.texture) * (2 - poured), start_c)
    return replace(cook, known=known, load=load, site=replace(cook.site, mains_v=mains_v))


def _cook(
    rng: Random, product: Product, dish: Dish, texture: Texture, wishes: tuple[float, bool]
) -> Cook:
    longest_deadline_s, keep_warm = wishes
    room_c = rng.uniform(*ROOM_C)
    altitude_m = rng.uniform(*ALTITUDES_M) if rng.random() > LOW_SHARE else rng.uniform(0, LOW_M)
    mains_pct = 100 * rng.uniform(*MAINS_SHARE)
    dry_g = _dry_g(rng, product, dish, texture)
    hours = product.appliance.food_safety.raw_hold_hours(room_c)
    deadline_s = _deadline_s(rng, dish, hours, longest_deadline_s)
    start_c = _start_c(rng, dish, room_c)
    known = Known(
        dry_g=dry_g,
        tb_c=boiling_point_c(altitude_m),
        mains_pct=mains_pct,
        start_c=start_c if deadline_s is None else room_c,
        ambient_c=room_c,
    )
    conditions = known.in_steps(
        dish,
        texture=texture,
        later=deadline_s is not None,
        keep_warm_min=dish.keep_warm.default_min if keep_warm else 0,
    )
    return Cook(
        product_id=product.id,
        conditions=conditions,
        known=known,
        load=Load(dry_g, _poured_g(rng, dish, dry_g, texture), start_c),
        site=Site(room_c, altitude_m, _drifted(rng, mains_pct, product)),
        deadline_s=deadline_s,
        raw_hold_s=hours * 3600,
    )


def _texture(rng: Random, dish: Dish) -> Texture:
    return dish.default_texture if rng.random() < 0.4 else rng.choice(tuple(dish.textures))


def _dry_g(rng: Random, product: Product, dish: Dish, texture: Texture) -> float:
    """For a number of people, or any weight."""
    lowest, most = float(dish.min_dry_g), float(product.most_dry_g(dish, texture))
    if rng.random() < 0.5:
        return min(most, max(lowest, float(rng.randint(1, 8) * dish.serving_dry_g)))
    return rng.uniform(lowest, most)


def _deadline_s(rng: Random, dish: Dish, hours: float, longest_s: float) -> float | None:
    """When it is wanted, s from now; None for at once, and for later than food may wait raw."""
    if rng.random() > LATER_SHARE:
        return None
    latest_s = min(longest_s, hours * 3600 + dish.min_time_min * 60 * 0.7)
    return rng.uniform(min(SHORTEST_DEADLINE_S, latest_s), latest_s)


def _start_c(rng: Random, dish: Dish, room_c: float) -> float:
    if dish.safety_class == "leftover" and rng.random() < FRIDGE_SHARE:
        return rng.uniform(*FRIDGE_C)
    return _water_c(rng, room_c)


def _water_c(rng: Random, room_c: float) -> float:
    return max(5.0, room_c + rng.uniform(*WATER_COLDER_K))


def _poured_g(rng: Random, dish: Dish, dry_g: float, texture: Texture) -> float:
    error = min(max(rng.gauss(0, WATER_SD), -WATER_MOST), WATER_MOST)
    return dish.water_g(dry_g, texture) * (1 + error)


def _drifted(rng: Random, mains_pct: float, product: Product) -> float:
    drift = 1 + rng.uniform(-MAINS_DRIFT, MAINS_DRIFT)
    return product.heater.rated_v * mains_pct / 100 * drift
