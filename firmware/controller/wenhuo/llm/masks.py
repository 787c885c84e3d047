"""Which tokens the schedule language allows next, by llguidance."""

from __future__ import annotations

from collections.abc import Sequence

import llguidance
import numpy as np
from numpy.typing import NDArray

from wenhuo.errors import LanguageError, ModelError
from wenhuo.language.grammar import lark_grammar
from wenhuo.llm.tokenizer import Tokenizer


class Grammar:
    """The compiled schedule language over one vocabulary."""

    def __init__(self, tokenizer: Tokenizer, dishes: Sequence[str]) -> None:
        """Raises ModelError if the grammar does not compile over this vocabulary."""
        self.outputs = len(tokenizer.names)
        backend = llguidance.LLTokenizer(tokenizer.backend.to_str(), eos_token=tokenizer.end)
        text = llguidance.LLMatcher.grammar_from_lark(lark_grammar(dishes))
        self._start = llguidance.LLMatcher(backend, text)
        if self._start.is_error():
            raise ModelError(f"grammar and vocabulary do not fit: {self._start.get_error()}")

    def begin(self) -> Line:
        """A new line."""
        return Line(self._start.deep_copy(), self.outputs)


class Line:
    """A line being written."""

    def __init__(self, matcher: llguidance.LLMatcher, outputs: int) -> None:
        self._matcher = matcher
        self._outputs = outputs

    @property
    def complete(self) -> bool:
        """Whether the line is finished."""
        return bool(self._matcher.is_stopped())

    def allowed(self) -> NDArray[np.int64]:
        """Ids of the tokens that may come next, at least one; all are functional tokens."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        return np.flatnonzero(np.unpackbits(bits, bitorder="little")[: self._outputs])

    def take(self, token: int) -> None:
        """Go on with this token. Raises LanguageError where the language does not allow it."""
        if not self._matcher.consume_token(token):
            raise LanguageError(f"token {token} is not allowed here: {self._matcher.get_error()}")
