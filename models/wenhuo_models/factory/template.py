"""The template language of the phrase files, read once into small trees that expand to text.

(a|b) one of; [a|b] one of or nothing; {slot} or {slot:argument} a value made by code;
{=key:value} a meaning without words; <rule> a named fragment; %(a; b; c) all, in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from wenhuo.errors import WenhuoError

_SPECIAL = frozenset("()[]{}<>|;%")


class TemplateError(WenhuoError):
    """A phrase file has a template that cannot be read."""


class Speaker(Protocol):
    """What a template asks of the row being written."""

    rng: Random

    def slot(self, name: str, argument: str) -> str:
        """Words for a value; notes the value in the row's meaning."""

    def rule(self, name: str) -> str:
        """Words of a named fragment."""

    def joiner(self) -> str:
        """What stands between two clauses."""


class Node(Protocol):
    """A part of a template."""

    def expand(self, speaker: Speaker) -> str:
        """The words, chosen anew at each call."""


@dataclass(frozen=True, slots=True)
class _Text:
    text: str

    def expand(self, speaker: Speaker) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    argument: str

    def expand(self, speaker: Speaker) -> str:
        return speaker.slot(self.name, self.argument)


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str

    def expand(self, speaker: Speaker) -> str:
        return speaker.rule(self.name)


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: Sequence[Node]

    def expand(self, speaker: Speaker) -> str:
        return "".join([part.expand(speaker) for part in self.parts])


@dataclass(frozen=True, slots=True)
class _Choice:
    options: Sequence[Node]
    optional: bool

    def expand(self, speaker: Speaker) -> str:
        if self.optional and speaker.rng.random() < 0.5:
            return ""
        return speaker.rng.choice(self.options).expand(speaker)


@dataclass(frozen=True, slots=True)
class _Shuffle:
    parts: Sequence[Node]

    def expand(self, speaker: Speaker) -> str:
        order = list(self.parts)
        speaker.rng.shuffle(order)
        said = [text for part in order if (text := part.expand(speaker).strip())]
        return speaker.joiner().join(said)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, why: str) -> TemplateError:
        return TemplateError(f"template {self.text!r}, character {self.at + 1}: {why}")

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def expect(self, char: str) -> None:
        if self.peek() != char:
            raise self.fail(f"{char!r} expected")
        self.at += 1

    def until(self, char: str) -> str:
        end = self.text.find(char, self.at)
        if end < 0:
            raise self.fail(f"{char!r} missing")
        found, self.at = self.text[self.at : end], end + 1
        return found

    def sequence(self) -> Node:
        parts: list[Node] = []
        while (char := self.peek()) and char not in ")]|;":
            parts.append(self.part(char))
        return parts[0] if len(parts) == 1 else _Sequence(tuple(parts))

    def part(self, char: str) -> Node:
        if char not in _SPECIAL:
            start = self.at
            while self.peek() and self.peek() not in _SPECIAL:
                self.at += 1
            return _Text(self.text[start : self.at])
        self.at += 1
        if char == "{":
            name, _, argument = self.until("}").partition(":")
            return _Slot(name, argument)
        if char == "<":
            return _Rule(self.until(">"))
        if char == "%":
            self.expect("(")
            return _Shuffle(self.list_of(";", ")"))
        if char in "([":
            return _Choice(self.list_of("|", ")" if char == "(" else "]"), char == "[")
        raise self.fail(f"{char!r} has no meaning here")

    def list_of(self, separator: str, close: str) -> tuple[Node, ...]:
        found = [self.sequence()]
        while self.peek() == separator:
            self.at += 1
            found.append(self.sequence())
        self.expect(close)
        return tuple(found)


def parse(text: str) -> Node:
    """Read one template. Raises TemplateError, which names the character."""
    parser = _Parser(text)
    node = parser.sequence()
    if parser.at < len(text):
        raise parser.fail(f"{parser.peek()!r} closes nothing")
    return node


def texts(node: Node, most: int) -> set[str] | None:
    """All that a template without slots, fragments and free order says; None for another, and for
    one that says more than `most` things."""
    if isinstance(node, _Text):
        return {node.text}
    if not isinstance(node, _Sequence | _Choice):
        return None
    chain = isinstance(node, _Sequence)
    found = {""} if isinstance(node, _Sequence) or node.optional else set()
    for part in node.parts if isinstance(node, _Sequence) else node.options:
        more = texts(part, most)
        if more is None or len(found) * len(more) > most:
            return None
        found = {a + b for a in found for b in more} if chain else found | more
    return found
