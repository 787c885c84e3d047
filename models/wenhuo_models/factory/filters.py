"""What keeps a row out of the corpus: wrong form, or no sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wenhuo.boards import Dish
from wenhuo.errors import LanguageError
from wenhuo.intent import Action, Clock, Day, Intent, Reason, When
from wenhuo.language.answer import PHASES
from wenhuo.language.parse import parse_intent, parse_schedule
from wenhuo.language.prompt import Heard

MOST_CHARS = 110  # a spoken wish is shorter; the prompt reads 160
_TOUCHED_C = (20, 240)


def fault_of_form(intent: Intent, heard: Heard, answer: Sequence[str]) -> str | None:
    """Why an answer does not say what was meant: it must read back as the same intent, a time of
    day with or without the day that it falls on anyway (_same)."""
    try:
        if not _same(parse_intent(heard.written_out(answer)), intent):
            return "reads back as another intent"
        if PHASES in answer and not parse_schedule(list(answer)):
            return "has no phase"
    except LanguageError as error:
        return str(error)
    return None


def _same(got: Intent, meant: Intent) -> bool:
    """今儿晚上 and 今晚 are one time, whether or not the words name a day."""
    ready, start = _without_today(got.ready, meant.ready), _without_today(got.start, meant.start)
    return replace(got, ready=ready, start=start) == meant


def _without_today(got: When | None, meant: When | None) -> When | None:
    if isinstance(got, Clock) and isinstance(meant, Clock) and got.day is Day.TODAY:
        return replace(got, day=meant.day if meant.day is None else got.day)
    return got


def fault_of_sense(intent: Intent, text: str, menu: dict[str, Dish]) -> str | None:
    """Why nobody would say this, or mean it so."""
    if not text or len(text) > MOST_CHARS:
        return "empty or too long"
    if intent.dish is not None and intent.texture is not None:
        dish = menu[intent.dish]
        if intent.texture not in dish.textures and intent.texture not in dish.texture_as:
            return "a texture that the dish cannot have"
    if intent.ready is not None and intent.start is not None:
        return "both a beginning and an end"
    if intent.dry and not 20 <= sum(q.grams for q in intent.dry) <= 2000:
        return "an amount out of range"
    if intent.target is not None:
        low, high = _TOUCHED_C
        if not low <= intent.target.celsius <= high:
            return "a temperature that nobody asks for"
        if intent.action is not Action.KEEP_WARM:
            return "a temperature where the language has none"
    if intent.reason is Reason.MISSING_DISH and intent.dish is not None:
        return "asks for a dish that was named"
    return None
