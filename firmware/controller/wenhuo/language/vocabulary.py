"""The functional tokens: every word of the schedule language, and the numbers, one token each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files

MAX_INT = 240
PAD, BOS, SAY, REPLY, END = "<|pad|>", "<|bos|>", "<|say|>", "<|reply|>", "<|end|>"
# Words of the prompt; the answer's words come from the grammar file.
PROMPT_WORDS = (
    *(BOS, SAY, REPLY),
    *(f"<|mode:{m}|>" for m in ("idle", "waiting", "cooking", "paused", "keep_warm", "fault")),
)

_REFERENCE = re.compile(r"<\|(time|span|amount|temp):\d\|>")
_TOKEN = re.compile(r"<\|[^|\s]+\|>")


def number(value: int) -> str:
    """The token of a whole number in 0..MAX_INT."""
    if not 0 <= value <= MAX_INT:
        raise ValueError(f"{value} has no number token (0..{MAX_INT})")
    return f"<|{value}|>"


def number_id(value: int) -> int:
    """The id of a number's token: numbers stand right after the padding (functional_tokens)."""
    return 1 + value


def reference(kind: str, place: int) -> str:
    """The token that stands in the words, and in an answer, for a measure: kind as in measures.py,
    place counted from 1 among those of its kind."""
    return f"<|{kind}:{place}|>"


def reference_kind(token: str) -> str | None:
    """The kind of measure that a token stands for, None for any other token."""
    found = _REFERENCE.fullmatch(token)
    return found[1] if found else None


def dish(dish_id: str) -> str:
    """The token of a dish."""
    return f"<|dish:{dish_id}|>"


def grammar_text() -> str:
    """The grammar file as written, macros unexpanded."""
    return files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")


def functional_tokens(dishes: Iterable[str]) -> list[str]:
    """All functional tokens in a stable order: padding first, then numbers, prompt words, words of
    the grammar in order of appearance, dishes. Their ids are their places in this list."""
    code = re.sub(r"//[^\n]*", "", grammar_text())
    words = [*PROMPT_WORDS, *_TOKEN.findall(code)]
    named = [PAD, *(number(i) for i in range(MAX_INT + 1)), *words, *(dish(d) for d in dishes)]
    return list(dict.fromkeys(named))
