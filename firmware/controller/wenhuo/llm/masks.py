"""Which tokens the schedule language allows next: a token automaton over the grammar file.

The automaton's states are made when a line first comes to them and kept, so a mask is a look-up:
nothing is compiled ahead, and no library is needed that a 32-bit system would lack.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenhuo.errors import LanguageError
from wenhuo.language.regular import Chain, Node, Words, read_grammar
from wenhuo.llm.tokenizer import Tokenizer

# What is still to be written: the next part and, linked behind it, the rest. None: nothing is.
_Rest = tuple[Node, "_Rest"] | None


@dataclass(slots=True)
class _State:
    """mask: tokens allowed here. edges: disjoint masks, each with where its tokens lead."""

    mask: int
    edges: list[tuple[int, frozenset[_Rest]]]


class Grammar:
    """The schedule language over one vocabulary. Its states are shared by all lines."""

    def __init__(self, tokenizer: Tokenizer, dishes: Sequence[str]) -> None:
        """Raises LanguageError if grammar file and vocabulary do not fit."""
        self.outputs = len(tokenizer.names)
        self._start: frozenset[_Rest] = frozenset({(read_grammar(tokenizer.names, dishes), None)})
        self._states: dict[frozenset[_Rest], _State] = {}
        self._ids: dict[int, NDArray[np.int64]] = {}

    def begin(self, absent: Iterable[int] = ()) -> Line:
        """A new line, in which the absent tokens are not allowed anywhere."""
        return Line(self, self._start, sum(1 << token for token in set(absent)))

    def state(self, rests: frozenset[_Rest]) -> _State:
        """What may come where any of these rests is still to be written."""
        state = self._states.get(rests)
        if state is None:
            state = self._states[rests] = _state(rests)
        return state

    def ids(self, mask: int) -> NDArray[np.int64]:
        """The tokens of a mask, rising."""
        found = self._ids.get(mask)
        if found is None:
            data = np.frombuffer(mask.to_bytes(self.outputs // 8 + 1, "little"), np.uint8)
            found = self._ids[mask] = np.flatnonzero(np.unpackbits(data, bitorder="little"))
        return found


class Line:
    """A line being written."""

    def __init__(self, grammar: Grammar, start: frozenset[_Rest], absent: int) -> None:
        self._grammar = grammar
        self._state = grammar.state(start)
        self._present = ~absent

    @property
    def complete(self) -> bool:
        """Whether the line is finished."""
        return not self._state.edges

    def allowed(self) -> NDArray[np.int64]:
        """Ids of the tokens that may come next, at least one; all are functional tokens."""
        return self._grammar.ids(self._state.mask & self._present)

    def take(self, token: int) -> None:
        """Go on with this token. Raises LanguageError where the language does not allow it."""
        for mask, rests in self._state.edges:
            if mask >> token & 1:
                self._state = self._grammar.state(rests)
                return
        raise LanguageError(f"token {token} is not allowed here")


def _state(rests: frozenset[_Rest]) -> _State:
    """Follow each rest to its next words; where words overlap, their rests join."""
    edges: list[tuple[int, frozenset[_Rest]]] = []
    for words, after in (found for rest in rests for found in _next_words(rest)):
        new, apart = words.mask, []
        for mask, others in edges:
            both = mask & new
            if both:
                apart.append((both, others | {after}))
            if mask & ~both:
                apart.append((mask & ~both, others))
            new &= ~both
        edges = [*apart, (new, frozenset({after}))] if new else apart
    mask = 0
    for part, _ in edges:
        mask |= part
    return _State(mask, edges)


def _next_words(rest: _Rest) -> list[tuple[Words, _Rest]]:
    """The words that may come next and what is to be written after each."""
    if rest is None:
        return []
    node, behind = rest
    if isinstance(node, Words):
        return [(node, behind)]
    if isinstance(node, Chain):
        for part in reversed(node.parts):
            behind = (part, behind)
        return _next_words(behind)
    return [found for option in node.options for found in _next_words((option, behind))]
