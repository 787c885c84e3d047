"""The second half of a planned row: conditions a kitchen could have, and the schedule for them.

Besides the conditions of what was said there are those that no words came with: a cook begun, and
one whose pot turned out otherwise, for which the watch asks anew from the phase that runs.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from random import Random

from wenhuo.boards import Dish, Product, load_product
from wenhuo.conditions import LOAD_STEP_G, START_STEP_C, Conditions, nearest_step
from wenhuo.intent import Action, Intent, Texture, TextureChange
from wenhuo.language.answer import condition_tokens, schedule_tokens
from wenhuo.schedule import PhaseKind
from wenhuo_models.factory.expert import expert_schedule

_product = lru_cache(load_product)  # finding the data folder costs as much as drawing a row
_BOILING_C = (86, 100)
_MAINS_PCT = (80, 115, 5)
_START_C = (5, 10, 15, 20, 20, 20, 25, 25, 30, 35, 40, 60, 80)
_WARM_MIN = (0, 0, 30, 45, 60, 60, 90, 120, 120, 180, 240, 300, 360, 480, 600, 720)
_REPLANNED_SHARE = 0.65  # of the plans without words, how many go on from the middle of a cook
# how hot the food is while a phase runs, °C; below the boiling point where negative
_HOT_C = {
    PhaseKind.SOAK: (25, 60),
    PhaseKind.HEAT: (15, -5),
    PhaseKind.BOIL: (-15, 0),
    PhaseKind.SIMMER: (-15, 0),
    PhaseKind.STEAM: (15, 0),
    PhaseKind.DRY: (20, 0),
    PhaseKind.REST: (-25, 0),
    PhaseKind.KEEP_WARM: (60, 85),
}
_FROM_THIN_TO_FIRM = {
    TextureChange.THICKER: (Texture.THIN, Texture.NORMAL, Texture.THICK),
    TextureChange.THINNER: (Texture.THICK, Texture.NORMAL, Texture.THIN),
    TextureChange.SOFTER: (Texture.FIRM, Texture.NORMAL, Texture.SOFT),
    TextureChange.FIRMER: (Texture.SOFT, Texture.NORMAL, Texture.FIRM),
}


def sample_conditions(
    rng: Random, product: Product, intent: Intent, mode: str, running: str | None
) -> Conditions:
    """Conditions for a cook, adjust or keep_warm. Beyond dish, texture and whether a time was said
    they do not depend on the words: the host computes them, and the model must read them."""
    dish = product.dish(_dish(rng, product, intent, running))
    kitchen = _kitchen(rng, product, dish, _texture(rng, dish, intent))
    return replace(
        kitchen,
        keep_warm_min=_keep_warm_min(rng, dish, intent),
        later=_later(rng, intent, mode),
        from_phase=_from_phase(rng, dish, intent, mode),
    )


def sample_wordless(rng: Random, product: Product) -> Conditions:
    """Conditions that no words came with, every dish as often: a cook begun, or one that goes on
    from a phase with the pot as hot as it then is and whatever mains and load were found."""
    dish = rng.choice(tuple(product.menu.values()))
    textures = tuple(dish.textures)
    texture = dish.default_texture if rng.random() < 0.4 else rng.choice(textures)
    kitchen = _kitchen(rng, product, dish, texture)
    warm_min = 0 if rng.random() < 0.3 else dish.keep_warm.default_min
    if rng.random() >= _REPLANNED_SHARE:
        return replace(kitchen, keep_warm_min=warm_min, later=rng.random() < 0.5)
    phase = rng.choice([rule.kind for rule in dish.phases])
    low, high = (c if c > 0 else kitchen.tb_c + c for c in _HOT_C[phase])
    start_c = nearest_step(rng.uniform(low, max(low, high)), START_STEP_C)
    return replace(kitchen, keep_warm_min=warm_min, from_phase=phase, start_c=start_c)


def _kitchen(rng: Random, product: Product, dish: Dish, texture: Texture) -> Conditions:
    lowest = max(1, round(dish.min_dry_g / LOAD_STEP_G))
    highest = max(lowest, product.most_dry_g(dish, texture) // LOAD_STEP_G)
    low, high, step = _MAINS_PCT
    return Conditions(
        dish=dish.id,
        texture=texture,
        mains_pct=100 if rng.random() < 0.3 else rng.randrange(low, high + 1, step),
        dry_g=rng.randint(lowest, highest) * LOAD_STEP_G,
        tb_c=rng.choice((100, rng.randint(*_BOILING_C), rng.randint(*_BOILING_C))),
        start_c=rng.choice(_START_C),
    )


@lru_cache(maxsize=200_000)
def planned(product_id: str | None, conditions: Conditions) -> tuple[str, ...]:
    """Conditions and the expert's schedule for them as tokens, without <|plan|> and <|end|>.

    Raises ExpertDataError where the expert's data are missing or stale.
    """
    schedule = expert_schedule(_product(product_id), conditions)
    return (*condition_tokens(conditions), *schedule_tokens(schedule))


def _dish(rng: Random, product: Product, intent: Intent, running: str | None) -> str:
    if intent.action is Action.COOK:
        return intent.dish or rng.choice(tuple(product.menu))  # the usual: what memory holds
    return running or next(iter(product.menu))


def _texture(rng: Random, dish: Dish, intent: Intent) -> Texture:
    if intent.texture is not None:
        return dish.meant(intent.texture)
    if intent.action is Action.COOK and intent.dish is not None and rng.random() < 0.85:
        return dish.default_texture
    before = rng.choice(tuple(dish.textures))  # what memory or the running cook has
    if intent.change is None:
        return before
    scale = [t for t in _FROM_THIN_TO_FIRM[intent.change] if t in dish.textures]
    if not scale:
        return before
    place = scale.index(before) if before in scale else len(scale) // 2
    return scale[min(place + 1, len(scale) - 1)]


def _keep_warm_min(rng: Random, dish: Dish, intent: Intent) -> int:
    if intent.action is Action.KEEP_WARM:
        return rng.choice([m for m in _WARM_MIN if m])
    if rng.random() < 0.4:
        return dish.keep_warm.default_min
    return min(rng.choice(_WARM_MIN), dish.keep_warm.max_min)


def _later(rng: Random, intent: Intent, mode: str) -> bool:
    if intent.action is Action.COOK:
        return intent.ready is not None or intent.start is not None
    return intent.action is Action.ADJUST and mode == "waiting"


def _from_phase(rng: Random, dish: Dish, intent: Intent, mode: str) -> PhaseKind | None:
    if intent.action is Action.KEEP_WARM:
        return PhaseKind.KEEP_WARM
    if intent.action is Action.COOK or mode == "waiting":
        return None
    return rng.choice([phase.kind for phase in dish.phases])
