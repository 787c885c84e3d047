"""The grammar file made ready for a constrained decoder: macros expanded."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wenhuo.language.vocabulary import dish, grammar_text, number_id


def lark_grammar(dishes: Iterable[str]) -> str:
    """The schedule language in llguidance's Lark dialect, for a menu with these dishes.

    Ranges of numbers become ranges of token ids: the number tokens' ids follow each other.
    """

    def ints(match: re.Match[str]) -> str:
        low, high = number_id(int(match[1])), number_id(int(match[2]))
        return f"<[{low}-{high}]>"

    def repeat(match: re.Match[str]) -> str:
        name, most = match[1], int(match[2])
        return name + f" ({name}" * (most - 1) + ")?" * (most - 1)

    text = re.sub(r"//[^\n]*", "", grammar_text())
    text = re.sub(r"\n[ \t]+(?!\|)", " ", text)  # the dialect wants a rule on one line
    text = text.replace("@dishes", f"({' | '.join(dish(d) for d in dishes)})")
    text = re.sub(r"(\w+) ~ 1\.\.(\d+)", repeat, text)
    return re.sub(r"@int\((\d+),(\d+)\)", ints, text)
