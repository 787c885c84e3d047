"""Who is asked for the phases of a cook that runs: the model, or the menu's rule."""

from __future__ import annotations

from wenhuo.agent.watch.watch import Ask
from wenhuo.boards import Product
from wenhuo.conditions import Conditions
from wenhuo.errors import LanguageError
from wenhuo.language.answer import PHASES, condition_tokens
from wenhuo.language.parse import parse_schedule
from wenhuo.language.prompt import prompt
from wenhuo.llm.generation import Generator
from wenhuo.planning.programme import programme
from wenhuo.schedule import Schedule


def by_rule(product: Product) -> Ask:
    """The menu's programme."""
    return lambda conditions: programme(product, conditions)


def by_model(model: Generator, product: Product) -> Ask:
    """The model: words that name the dish, then the conditions as the host writes them; it is the
    conditions that the schedule is written from. It has as long as its guard gives it."""

    def ask(conditions: Conditions) -> Schedule:
        name = product.dish(conditions.dish).name_zh
        line = prompt(f"帮我做{name}" + ("早上七点吃" if conditions.later else ""))
        made = model.generate(line, lambda _: condition_tokens(conditions))
        if PHASES not in made.tokens:
            raise LanguageError(f"{conditions.dish}: no schedule but {' '.join(made.tokens)}")
        return parse_schedule(made.tokens)

    return ask
