"""The first half of the model's prompt: the state of the cooker and the words."""

from __future__ import annotations

import re
import unicodedata

from wenhuo.language.numerals import tokenize_numbers
from wenhuo.language.vocabulary import BOS, REPLY, SAY, dish

MAX_CHARS = 160  # a spoken wish is shorter; what comes after is not read
_PUNCTUATION = str.maketrans("，。！？；：、", ",.!?;:,")


def normalize(text: str) -> str:
    """Words as the model reads them: NFKC, lower case, single blanks, plain punctuation.

    The token brackets are taken out of what people type, so that words cannot forge tokens.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION).lower()
    plain = plain.replace("<|", " ").replace("|>", " ")
    return re.sub(r"\s+", " ", plain).strip()[:MAX_CHARS]


def prompt(text: str, mode: str = "idle", running_dish: str | None = None) -> str:
    """The prompt for these words; mode as in request.schema.json."""
    running = dish(running_dish) if running_dish else ""
    return f"{BOS}<|mode:{mode}|>{running}{SAY}{tokenize_numbers(normalize(text))}{REPLY}"
