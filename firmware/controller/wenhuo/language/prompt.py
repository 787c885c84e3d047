"""The first half of the model's prompt: the state of the cooker and the words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from opencc import OpenCC

from wenhuo.intent import Day, Period
from wenhuo.language.measures import take_measures
from wenhuo.language.misheard import put_right
from wenhuo.language.numerals import tokenize_numbers
from wenhuo.language.vocabulary import BOS, REPLY, SAY, dish, reference_kind

_SIMPLIFIED = OpenCC("t2s")
_DAY_TOKENS = frozenset(f"<|{day}|>" for day in Day)
_PERIOD_TOKENS = frozenset(f"<|{period}|>" for period in Period)
MAX_CHARS = 160  # a spoken wish is shorter; what comes after is not read
_PUNCTUATION = str.maketrans("，。！？；：、", ",.!?;:,")
_SAME_WORDS = 8  # kept: a turn asks three times about the same ones


@lru_cache(_SAME_WORDS)
def normalize(text: str) -> str:
    """Words as the model reads them: NFKC, simplified characters, lower case, single blanks, plain
    punctuation.

    The token brackets are taken out of what people type, so that words cannot forge tokens.
    """
    simplified = _SIMPLIFIED.convert(unicodedata.normalize("NFKC", text[: 4 * MAX_CHARS]))
    plain = simplified.translate(_PUNCTUATION).lower()
    plain = plain.replace("<|", " ").replace("|>", " ")
    return re.sub(r"\s+", " ", plain).strip()[:MAX_CHARS]


@dataclass(frozen=True, slots=True)
class Heard:
    """Words as the model reads them. measures: what each reference token in them means, in tokens
    of the schedule language."""

    words: str = ""
    measures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def written_out(self, tokens: Iterable[str]) -> list[str]:
        """An answer's tokens with each reference replaced by its meaning.

        A day or a part of day that the model wrote before a reference counts where the words at
        that time had none: "7 am" stays in the morning.
        """
        plain: list[str] = []
        for token in tokens:
            meaning = self.measures.get(token)
            if meaning is None:
                plain.append(token)
                continue
            parts, numbers = _parted(meaning) if reference_kind(token) == "time" else ((), meaning)
            said = [t for t in plain[-2:] if t in _DAY_TOKENS or t in _PERIOD_TOKENS]
            del plain[len(plain) - len(said) :]
            kept = [t for t in (*parts, *said) if t in _DAY_TOKENS][:1]
            kept += [t for t in (*parts, *said) if t in _PERIOD_TOKENS][:1]
            plain += [*kept, *numbers]
        return plain


def _parted(meaning: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A time's day and part of day, and its hour and minute."""
    return meaning[:-2], meaning[-2:]


@lru_cache(_SAME_WORDS)
def hear(text: str) -> Heard:
    """What the model reads of what was said or typed."""
    return Heard(*take_measures(put_right(tokenize_numbers(normalize(text)))))


def prompt(text: str, mode: str = "idle", running_dish: str | None = None) -> str:
    """The prompt for these words; mode as in request.schema.json."""
    running = dish(running_dish) if running_dish else ""
    return f"{BOS}<|mode:{mode}|>{running}{SAY}{hear(text).words}{REPLY}"
