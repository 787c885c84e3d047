"""The filter that cooks: whether the expert's schedule turns out in the twin.

A class is a dish, a texture and the nearest load, altitude and voltage of the tuning grid; each is
cooked once a process.
"""

from __future__ import annotations

from functools import cache

from wenhuo.boards import Product, load_product
from wenhuo.conditions import Conditions, Known
from wenhuo.intent import Texture
from wenhuo.planning.programme import boiling_point_c
from wenhuo_models.factory.expert import expert_schedule
from wenhuo_models.factory.expert.cooks import Cook
from wenhuo_models.factory.expert.judge import serve
from wenhuo_tools.tune import ALTITUDES_M, MAINS_V, START_C, loads_g
from wenhuo_tools.twin.params import Load, Site


def cooks_well(product: Product, conditions: Conditions) -> bool:
    """Whether a cook in this class of conditions meets the tuning bars: done, the texture asked
    for, no boil-over, no scorch. A cook that already runs is judged by its schedule as a whole.

    Raises ExpertDataError where the expert's data are missing or stale.
    """
    dish = product.dish(conditions.dish)
    loads = loads_g(product, dish, conditions.texture)
    volts = product.heater.rated_v * conditions.mains_pct / 100
    dry_g = min(loads, key=lambda load: abs(load - conditions.dry_g))
    altitude = min(ALTITUDES_M, key=lambda m: abs(boiling_point_c(m) - conditions.tb_c))
    site = Site(START_C, altitude, min(MAINS_V, key=lambda grid: abs(grid - volts)))
    return _class_cooks_well(product.id, dish.id, conditions.texture, dry_g, site)


@cache
def _class_cooks_well(
    product_id: str, dish_id: str, texture: Texture, dry_g: float, site: Site
) -> bool:
    product = load_product(product_id)
    dish = product.dish(dish_id)
    known = Known(
        dry_g=dry_g,
        tb_c=boiling_point_c(site.altitude_m),
        mains_pct=100 * site.mains_v / product.heater.rated_v,
        start_c=START_C,
        ambient_c=site.ambient_c,
    )
    conditions = known.in_steps(
        dish,
        texture=texture,
    )
    load = Load(dry_g, dish.water_g(dry_g, texture), START_C)
    cook = Cook(product_id, conditions, known, load, site, deadline_s=None, raw_hold_s=0.0)
    served = serve(cook, expert_schedule(product, conditions))
    return served.right and served.clean and not served.scorched
