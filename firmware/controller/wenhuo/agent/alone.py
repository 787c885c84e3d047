"""Understanding without the model: what the words name by themselves, and nothing that is guessed.

It stands in where the model's process has failed: a dish of the menu by its name, how many people,
how much, one time to eat; to stop, pause, go on, tell how it stands. Everything else is asked back.
"""

from __future__ import annotations

import re

from wenhuo.agent.request import Request
from wenhuo.boards import Product
from wenhuo.intent import Action, Intent, Reason
from wenhuo.language.answer import PLAN
from wenhuo.language.certain import certain_action
from wenhuo.language.parse import parse_intent
from wenhuo.language.prompt import Heard, hear, normalize
from wenhuo.language.vocabulary import dish as dish_token
from wenhuo.language.vocabulary import reference

_PEOPLE = re.compile(r"(<\|\d+\|>)\s*(?:个?人|位|口人|people|persons|servings|of us)")
_NEGATED = re.compile(r"不|别|甭|没|勿|\b(?:not|no|never|without|cancel|stop)\b|n't")
_ASKED = re.compile(r"[?？吗呢]|\b(?:how|what|when|which|why|can i|should)\b|怎么|多少|多久|什么")
_SERVINGS = range(1, 13)


def understand(request: Request, product: Product) -> Intent:
    """The intent, ASK or REFUSE where the words do not name one by themselves."""
    known = known_for_certain(request)
    if known is not None:
        return Intent(known)
    heard = hear(request.text)
    dish = dish_named(request.text, product)
    plain = not _NEGATED.search(heard.words) and not _ASKED.search(heard.words)
    if request.state.mode != "idle" or (dish and not plain):
        return Intent(Action.REFUSE, Reason.OUT_OF_SCOPE)
    if dish is None:
        return Intent(Action.ASK, Reason.MISSING_DISH)
    tokens = ["<|cook|>", dish_token(dish), *_people(heard), *_amount(heard), *_ready(heard), PLAN]
    return parse_intent(heard.written_out(tokens))


def known_for_certain(request: Request) -> Action | None:
    """What is asked for where no model is needed to tell.

    To go on is left to the model where nothing was paused: a waiting or finished cook makes it a
    wish of another kind.
    """
    action = certain_action(request.text)
    if action is Action.RESUME and request.state.mode in ("waiting", "keep_warm"):
        return None
    return action


def dish_named(text: str, product: Product) -> str | None:
    """The dish with the longest name in the words; None where two of that length differ."""
    words = normalize(text)
    found: dict[int, set[str]] = {}
    for dish in product.menu.values():
        for name in (*dish.names_zh, *dish.names_en):
            if normalize(name) in words:
                found.setdefault(len(name), set()).add(dish.id)
    longest = found[max(found)] if found else set()
    return longest.pop() if len(longest) == 1 else None


def _people(heard: Heard) -> list[str]:
    said = _PEOPLE.findall(heard.words)
    fits = len(said) == 1 and int(said[0][2:-2]) in _SERVINGS
    return ["<|servings|>", said[0]] if fits else []


def _amount(heard: Heard) -> list[str]:
    return ["<|dry|>", reference("amount", 1)] if _only_one(heard, "amount") else []


def _ready(heard: Heard) -> list[str]:
    return ["<|ready|>", "<|at|>", reference("time", 1)] if _only_one(heard, "time") else []


def _only_one(heard: Heard, kind: str) -> bool:
    return reference(kind, 1) in heard.measures and reference(kind, 2) not in heard.measures
