"""What a sentence's own words say about how it hangs together with what was said before.

Deterministic, beside the model: the student reads single sentences, and has never seen a "yes".
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from wenhuo.intent import Intent, TextureChange
from wenhuo.language.answer import word
from wenhuo.language.certain import bare
from wenhuo.language.parse import parse_intent
from wenhuo.language.prompt import Heard, hear
from wenhuo.language.vocabulary import reference

_TABLE = "cues.toml"
_PEOPLE = re.compile(
    r"(<\|\d+\|>)\s*"
    r"(?:个?人|位|口人|口|people|persons|servings|portions|of us|adults|guests|eaters)"
)
_FOR_PEOPLE = re.compile(r"(?:\bfor|\bserves)\s+(<\|\d+\|>)(?!\s*(?:<|o'clock|am|pm|hours?|min))")
_NUMBER = re.compile(r"<\|\d+\|>")
_MOST_PEOPLE = 12


@dataclass(frozen=True, slots=True)
class Cues:
    """What was found. complaint: what the food should have been instead. people: how many, where
    the words say so beside the number; counted: whether they hold a bare number at all; timed: a
    time of day or a length."""

    found: frozenset[str]
    complaint: TextureChange | None = None
    people: int | None = None
    counted: bool = False
    timed: bool = False

    def __contains__(self, name: str) -> bool:
        return name in self.found


def read_cues(text: str) -> Cues:
    """The cues of a sentence."""
    words = bare(text)
    names = {name for name, patterns in _patterns().items() if _fits(patterns, words)}
    complaint = next((c for c in TextureChange if f"complaint.{c}" in names), None)
    heard = hear(text)
    return Cues(
        frozenset(names),
        complaint,
        _people(heard),
        counted=_NUMBER.search(heard.words) is not None,
        timed=any(reference(kind, 1) in heard.measures for kind in ("time", "span")),
    )


def spoken_time(text: str) -> Intent | None:
    """The first time of day or length in the words, as an intent to be ready then; None: none."""
    heard = hear(text)
    for kind, how in (("time", "at"), ("span", "in")):
        token = reference(kind, 1)
        if token in heard.measures:
            tokens = [word("cook"), word("ready"), word(how), token]
            return parse_intent(heard.written_out(tokens))
    return None


def _people(heard: Heard) -> int | None:
    for pattern in (_PEOPLE, _FOR_PEOPLE):
        said = [int(token[2:-2]) for token in pattern.findall(heard.words)]
        if len(said) == 1 and 1 <= said[0] <= _MOST_PEOPLE:
            return said[0]
    return None


def _fits(patterns: tuple[list[re.Pattern[str]], list[re.Pattern[str]]], words: str) -> bool:
    whole, part = patterns
    return any(p.fullmatch(words) for p in whole) or any(p.search(words) for p in part)


@cache
def _patterns() -> dict[str, tuple[list[re.Pattern[str]], list[re.Pattern[str]]]]:
    text = files(__package__).joinpath(_TABLE).read_text(encoding="utf-8")
    tables: dict[str, Any] = tomllib.loads(text)
    complaints = tables.pop("complaint")
    tables |= {f"complaint.{name}": table for name, table in complaints.items()}
    return {
        name: (
            [re.compile(p) for p in table.get("whole", [])],
            [re.compile(p) for p in table.get("part", [])],
        )
        for name, table in tables.items()
    }
