"""Who is asked for the phases of a cook that runs: the model, or the menu's rule."""

from __future__ import annotations

from wenhuo.agent.watch.watch import Ask
from wenhuo.boards import Product
from wenhuo.language.answer import condition_tokens
from wenhuo.language.parse import parse_schedule
from wenhuo.llm.generation import Scheduler
from wenhuo.planning.programme import programme


def by_rule(product: Product) -> Ask:
    """The menu's programme."""
    return lambda conditions: programme(product, conditions)


def by_model(model: Scheduler) -> Ask:
    """The model, from the conditions alone. It has as long as its guard gives it."""
    return lambda conditions: parse_schedule(model.schedule(condition_tokens(conditions)).tokens)
