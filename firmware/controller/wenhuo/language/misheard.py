"""Numerals and units that a recognizer wrote as other words of the same sound, put right."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from wenhuo.language.moments import N


@cache
def _rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    data = files(__package__).joinpath("misheard.toml").read_text(encoding="utf-8")
    rules: list[list[str]] = tomllib.loads(data)["rules"]
    return tuple(
        (re.compile(pattern.replace("N", N), re.ASCII), becomes) for pattern, becomes in rules
    )


def put_right(text: str) -> str:
    """Lower-case text, whose numerals are tokens, as it was probably said (misheard.toml).

    Only what the words around leave no doubt of is changed: "ready at ate", 七点班吃.
    """
    for pattern, becomes in _rules():
        text = pattern.sub(becomes, text)
    return text
