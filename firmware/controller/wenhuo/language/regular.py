"""The grammar file as a tree: the schedule language is regular, so a line can be followed by code
of our own, token by token, without a parser's stack."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from wenhuo.errors import LanguageError
from wenhuo.language.vocabulary import dish, grammar_text, number

_COMMENT = re.compile(r"//[^\n]*")
_RULE = re.compile(r"^(\w+):", re.MULTILINE)
_SIGN = re.compile(
    r"\s*(?:(?P<word><\|[^|\s]+\|>)|@int\((?P<low>\d+),(?P<high>\d+)\)|(?P<dishes>@dishes)"
    r"|~\s*(?P<least>\d+)\.\.(?P<most>\d+)|(?P<rule>\w+)|(?P<sign>[()|?])|(?P<end>$))"
)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """One of these tokens: bit i of the mask is the token with id i."""

    mask: int


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Parts one after another; an empty chain is nothing at all."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One of the options."""

    options: tuple[Node, ...]


Node = Words | Chain | Either
_NOTHING = Chain(())


def read_grammar(names: Iterable[str], dishes: Iterable[str]) -> Node:
    """The rule `start` of grammar.lark as a tree over these token names (their ids: their places).

    Raises LanguageError for a token that is not among the names, a rule that is missing or that
    leads back to itself, and for signs that the file's dialect does not have.
    """
    return _Reader({name: i for i, name in enumerate(names)}, tuple(dishes)).rule("start")


class _Reader:
    """Recursive descent over the text of one rule at a time."""

    def __init__(self, ids: dict[str, int], dishes: tuple[str, ...]) -> None:
        parts = _RULE.split(_COMMENT.sub("", grammar_text()))
        self._bodies = dict(zip(parts[1::2], parts[2::2], strict=True))
        self._ids = ids
        self._dishes = self._words(dish(d) for d in dishes)
        self._trees: dict[str, Node] = {}
        self._open: list[str] = []
        self._signs: list[re.Match[str]] = []

    def rule(self, name: str) -> Node:
        """A rule's tree; it is read once, however often it is used."""
        if name not in self._trees:
            if name not in self._bodies:
                raise LanguageError(f"grammar.lark: rule {name!r} is used and not defined")
            if name in self._open:
                raise LanguageError(f"grammar.lark: rule {name!r} leads back to itself")
            outer, self._signs = self._signs, self._read_signs(name)
            self._open.append(name)
            self._trees[name] = self._options()
            if self._signs[-1]["end"] is None:
                raise LanguageError(f"grammar.lark: rule {name!r}: {self._signs[-1][0]!r} is over")
            self._open.pop()
            self._signs = outer
        return self._trees[name]

    def _read_signs(self, name: str) -> list[re.Match[str]]:
        """The signs of a rule, last first, so that the next one is popped."""
        body, at = self._bodies[name].rstrip(), 0
        found: list[re.Match[str]] = []
        while not found or found[-1]["end"] is None:
            sign = _SIGN.match(body, at)
            if sign is None:
                raise LanguageError(f"grammar.lark: rule {name!r}: {body[at : at + 20]!r}?")
            found.append(sign)
            at = sign.end()
        return found[::-1]

    def _options(self) -> Node:
        options = [self._chain()]
        while self._signs[-1]["sign"] == "|":
            self._signs.pop()
            options.append(self._chain())
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _chain(self) -> Node:
        parts: list[Node] = []
        while self._signs[-1]["end"] is None and self._signs[-1]["sign"] not in ("|", ")"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _part(self) -> Node:
        part, after = self._single(), self._signs[-1]
        if after["sign"] == "?":
            self._signs.pop()
            return Either((part, _NOTHING))
        if after["most"]:
            self._signs.pop()
            return _repeated(part, int(after["least"]), int(after["most"]))
        return part

    def _single(self) -> Node:
        sign = self._signs.pop()
        if sign["word"]:
            return self._words([sign["word"]])
        if sign["low"]:
            return self._words(number(n) for n in range(int(sign["low"]), int(sign["high"]) + 1))
        if sign["dishes"]:
            return self._dishes
        if sign["rule"]:
            return self.rule(sign["rule"])
        inner = self._options() if sign["sign"] == "(" else None
        if inner is None or self._signs.pop()["sign"] != ")":
            raise LanguageError(f"grammar.lark: rule {self._open[-1]!r}: {sign[0].strip()!r}?")
        return inner

    def _words(self, names: Iterable[str]) -> Words:
        mask = 0
        for name in names:
            if name not in self._ids:
                raise LanguageError(f"grammar.lark: {name} is not in the vocabulary")
            mask |= 1 << self._ids[name]
        return Words(mask)


def _repeated(part: Node, least: int, most: int) -> Node:
    tail: Node = _NOTHING
    for _ in range(most - least):
        tail = Either((Chain((part, tail)), _NOTHING))
    return Chain((*[part] * least, tail))
