"""The schedule language as a GBNF grammar, so that llama.cpp can be held to it too."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wenhuo.language.vocabulary import END, dish, grammar_text

_TOKEN = re.compile(r"<\|[^|\s]+\|>")
_INT = re.compile(r"@int\((\d+),(\d+)\)")


def gbnf(dishes: Iterable[str]) -> str:
    """The grammar over the tokens' text, without the closing <|end|>: for llama.cpp that is the end
    of text, which it takes where the grammar is complete and nowhere else.

    Numbers are ranges of digits: alternatives of 241 tokens would cost llama.cpp more.
    """
    text = re.sub(r"//[^\n]*", "", grammar_text()).replace(END, "")
    text = re.sub(r"\n[ \t]+", " ", text)
    text = text.replace("@dishes", f"({' | '.join(dish(d) for d in dishes)})")
    text = _TOKEN.sub(lambda m: f'"{m[0]}"', text)
    text = _INT.sub(lambda m: f'("<|" ({digits(int(m[1]), int(m[2]))}) "|>")', text)
    text = re.sub(r"~ (\d+)\.\.(\d+)", r"{\1,\2}", text)
    lines = [line.partition(":") for line in text.splitlines() if line.strip()]
    rules = {name: _names(body) for name, _, body in lines}
    return "\n".join(f"{_name(name)} ::= {body.strip()}" for name, body in rules.items()) + "\n"


def _names(body: str) -> str:
    """Rule names as GBNF allows them, outside of quoted text."""
    parts = re.split(r'("[^"]*")', body)
    return "".join(p if p.startswith('"') else p.replace("_", "-") for p in parts)


def _name(rule: str) -> str:
    return "root" if rule == "start" else rule.replace("_", "-")


def digits(low: int, high: int) -> str:
    """Alternatives of digits and classes for the whole numbers from low to high."""
    found = []
    while low <= high:
        step = 1  # the widest block of 10^n numbers that begins here
        while low % (step * 10) == 0 and low and low + step * 10 - 1 <= high:
            step *= 10
        zeros = len(str(step)) - 1
        head = low // step
        last = min(head - head % 10 + 9, (high + 1) // step - 1)
        if not low:
            last = min(9, high)
        stem, first = str(head)[:-1], head % 10
        ends = f"[{first}-{last % 10}]" if last > head else f'"{first}"'
        quoted = f'"{stem}" ' if stem else ""
        found.append(quoted + ends + " [0-9]" * zeros)
        low = (last + 1) * step
    return " | ".join(found)
