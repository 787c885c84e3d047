"""The expert's schedule for given conditions, cheap enough for every row of a corpus."""

from __future__ import annotations

from functools import lru_cache

from wenhuo.boards import Product, load_product
from wenhuo.conditions import Conditions
from wenhuo.schedule import Schedule
from wenhuo_models.factory.expert import store
from wenhuo_models.factory.expert.policy import Corrections, corrected


def expert_schedule(product: Product, conditions: Conditions) -> Schedule:
    """The menu's programme with the corrections that the search found for the dish.

    A cook that already runs (from_phase) gets the same phases from there on. Raises
    ExpertDataError where the dish has no data or stale data, BoardDataError for an unknown dish.
    """
    return corrected(product, conditions, _corrections(product.id, conditions.dish))


@lru_cache(maxsize=256)
def _corrections(product_id: str, dish_id: str) -> Corrections:
    return store.load(load_product(product_id), dish_id).corrections
