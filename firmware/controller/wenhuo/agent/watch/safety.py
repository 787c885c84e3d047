"""What a new schedule must not be: less safe than the one that runs."""

from __future__ import annotations

from wenhuo.agent.watch.fit import Fitted
from wenhuo.boards import Product
from wenhuo.conditions import Conditions
from wenhuo.planning.estimate import Forecast
from wenhuo.schedule import Schedule, Until

_WARMER_K = 5.0  # set-points this much above the plan's are not let out
_STRONGER = 2.3  # nor this much more fire under a pot that boils
_LEAST_PCT = 20


def less_safe(
    fitted: Fitted, planned: Schedule, kept: Forecast, product: Product, conditions: Conditions
) -> bool:
    """Whether a schedule is less safe than the running one (of which `kept` is expected): less
    cooked than it must be, longer lukewarm, boiled dry, or hotter and stronger than was planned."""
    dish, seen = product.dish(conditions.dish), fitted.expected
    safety = product.appliance.food_safety.classes[dish.safety_class]
    if seen.cooked_s < min(safety.cook_min * 60, kept.cooked_s):
        return True
    if seen.lukewarm_s > max(safety.lukewarm_max_min * 60, kept.lukewarm_s):
        return True
    ends_wet = all(rule.until is not Until.DRY for rule in dish.phases)
    wet = ends_wet and dish.water_g(conditions.dry_g, conditions.texture) > 0
    if wet and seen.free_water_g <= 0 < kept.free_water_g:
        return True
    hottest_c = max((p.target_c or 0.0 for p in planned), default=0.0)
    strongest = max((p.power_pct for p in planned if p.until is not Until.BOIL), default=0)
    return any(
        (p.target_c or 0.0) > hottest_c + _WARMER_K
        or (p.until is not Until.BOIL and p.power_pct > max(_STRONGER * strongest, _LEAST_PCT))
        for p in fitted.schedule
    )
