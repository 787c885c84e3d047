"""Words in, a line of the schedule language out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wenhuo.errors import LanguageError
from wenhuo.language.answer import PLAN, schedule_prompt, word
from wenhuo.language.vocabulary import reference_kind
from wenhuo.llm.artifact import default_folder, read_artifact
from wenhuo.llm.generation import About, Generation, Interject, Speed
from wenhuo.llm.masks import Grammar, Line
from wenhuo.llm.runtime import Runtime
from wenhuo.llm.tokenizer import Tokenizer

_PLANNED = (word("cook"), PLAN)  # the shortest first half that a schedule may follow
MAX_PROMPT = 128  # tokens; the longest answer (8 phases, all slots, conditions) fits in the rest


class Engine:
    """A loaded model. Not for use from two threads at once."""

    def __init__(self, runtime: Runtime, tokenizer: Tokenizer, grammar: Grammar) -> None:
        self._runtime = runtime
        self._tokenizer = tokenizer
        self._grammar = grammar
        names = enumerate(tokenizer.names)
        self._references = {i for i, name in names if reference_kind(name)}
        self._prompt: list[int] = []
        self._prompt_logits: NDArray[np.float32] | None = None

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        dishes: Sequence[str] | None = None,
        threads: int | None = None,
    ) -> Engine:
        """The model in a folder (None: the default one), checked against the menu's dish ids.

        Raises ModelError: absent, damaged, or built for another menu or language.
        """
        artifact = read_artifact(folder or default_folder(), dishes)
        tokenizer = Tokenizer.load(artifact.tokenizer, artifact.dishes)
        grammar = Grammar(tokenizer, artifact.dishes)
        return cls(Runtime(artifact, threads), tokenizer, grammar)

    def about(self) -> About:
        """What the model runs on."""
        used, (delegated, nodes) = self._runtime.library, self._runtime.delegated()
        return About(f"{used.name} {used.version}", delegated, nodes)

    def generate(self, prompt: str, interject: Interject | None = None) -> Generation:
        """The model's line for a prompt, the most probable token at each step.

        interject: called once with the names up to <|plan|>; the phases are then written for what
        it returns, the conditions, alone (schedule_prompt). None from it, or no interject, ends the
        line there.
        Raises LanguageError for conditions that are not in the language.
        """
        begun = time.perf_counter()
        result = Generation()
        logits = self._prefill(self._tokenizer.encode(prompt), result)
        result.prefill_ms = _ms(begun)
        host_ms = self._write(logits, interject, result)
        result.total_ms = _ms(begun)
        result.decode_ms = result.total_ms - result.prefill_ms - host_ms
        return result

    def schedule(self, conditions: Sequence[str]) -> Generation:
        """The line for these conditions, whoever knows what was meant: <|plan|>, the conditions and
        the phases that the model writes for them.

        Raises LanguageError for conditions that are not in the language.
        """
        begun = time.perf_counter()
        result = Generation(tokens=[PLAN])
        line = self._grammar.begin(self._references)
        for token in self._tokenizer.ids(_PLANNED):
            line.take(token)
        pending = self._inject(line, list(conditions), result)
        self._continue(line, np.empty(0, np.float32), pending, None, result)
        result.total_ms = result.decode_ms = _ms(begun)
        return result

    def speed(self, prefill: int, decode: int) -> Speed:
        """Time a prompt of `prefill` tokens and `decode` single tokens after it."""
        self._prompt_logits = None
        self._runtime.rewind(0)
        begun = time.perf_counter()
        self._runtime.feed([self._tokenizer.end] * prefill)
        prefill_s = _ms(begun) / 1000
        begun = time.perf_counter()
        for _ in range(decode):
            self._runtime.feed([self._tokenizer.end])
        return Speed(prefill / prefill_s, decode / (_ms(begun) / 1000))

    def _prefill(self, ids: list[int], result: Generation) -> NDArray[np.float32]:
        if len(ids) > MAX_PROMPT:  # what was said last is cut, the closing token stays
            ids = [*ids[: MAX_PROMPT - 1], ids[-1]]
        result.prompt_tokens = len(ids)
        if ids == self._prompt and self._prompt_logits is not None:
            # Only a whole prompt is kept: one served in part could round differently, and the
            # same words must give the same plan whatever was said before.
            self._runtime.rewind(len(ids))
            result.cached = len(ids)
            return self._prompt_logits
        self._prompt_logits = None
        self._runtime.rewind(0)
        self._prompt, self._prompt_logits = ids, self._runtime.feed(ids).copy()
        return self._prompt_logits

    def _write(
        self, logits: NDArray[np.float32], interject: Interject | None, result: Generation
    ) -> float:
        """Write the line; returns how long the host's callback took, ms."""
        absent = self._references.difference(self._prompt)  # what the words do not have
        return self._continue(self._grammar.begin(absent), logits, [], interject, result)

    def _continue(
        self,
        line: Line,
        logits: NDArray[np.float32],
        pending: list[int],
        interject: Interject | None,
        result: Generation,
    ) -> float:
        """Write a line to its end. pending: tokens of it that the model has not read yet; logits:
        what it said after those before them."""
        host_ms = 0.0
        while not line.complete:
            allowed = line.allowed()
            if len(allowed) == 1:  # nothing to ask the model for; fed with the next real step
                token = int(allowed[0])
                result.forced += 1
            else:
                if pending:
                    logits = self._runtime.feed(pending)
                    pending = []
                token = int(allowed[logits[allowed].argmax()])
            line.take(token)
            pending.append(token)
            result.tokens.append(self._tokenizer.names[token])
            result.generated += 1
            if result.tokens[-1] == PLAN:
                asked = time.perf_counter()
                written = interject(list(result.tokens)) if interject else None
                host_ms += _ms(asked)
                if written is None:
                    break
                pending = self._inject(line, written, result)
        return host_ms

    def _inject(self, line: Line, names: list[str], result: Generation) -> list[int]:
        try:
            ids = self._tokenizer.ids(names)
        except KeyError as error:
            raise LanguageError(f"conditions: {error} is no token of the language") from error
        for token in ids:
            line.take(token)
        result.tokens += names
        self._prompt_logits = None  # its rows make room
        self._runtime.rewind(0)
        return self._tokenizer.ids(schedule_prompt(names))


def _ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000.0
