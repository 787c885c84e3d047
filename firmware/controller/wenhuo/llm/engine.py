"""Words in, a line of the schedule language out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wenhuo.errors import LanguageError
from wenhuo.language.answer import PHASES, PLAN, schedule_prompt, word
from wenhuo.language.vocabulary import reference_kind
from wenhuo.llm.artifact import Artifact, default_folder, read_artifact
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
        return cls.of(read_artifact(folder or default_folder(), dishes), threads)

    @classmethod
    def of(cls, artifact: Artifact, threads: int | None = None) -> Engine:
        """The model of a folder that was read, and checked. Raises ModelError as load() does."""
        tokenizer = Tokenizer.load(artifact.tokenizer, artifact.dishes)
        grammar = Grammar(tokenizer, artifact.dishes)
        return cls(Runtime(artifact, threads), tokenizer, grammar)

    def about(self) -> About:
        """What the model runs on."""
        used = self._runtime.library
        return About(f"{used.name} {used.version}")

    def generate(self, prompt: str, interject: Interject | None = None) -> Generation:
        """The model's line for a prompt, the most probable token at each step.

        interject: called once with the names up to <|plan|>; the phases are then written for what
        it returns, the conditions, alone (schedule_prompt). None from it, or no interject, ends the
        line there. What it returns after <|phases|> is a guess at the model's answer: right or
        wrong it changes no token, but what is guessed right is written sooner.
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
        the phases that the model writes for them. A guess may follow them, as in generate().

        Raises LanguageError for conditions that are not in the language.
        """
        begun = time.perf_counter()
        result = Generation(tokens=[PLAN])
        line = self._grammar.begin(self._references)
        for token in self._tokenizer.ids(_PLANNED):
            line.take(token)
        tail = _Tail(self._runtime, np.empty(0, np.float32))
        self._inject(line, tail, list(conditions), result)
        self._continue(line, tail, None, result)
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
        return self._continue(
            self._grammar.begin(absent), _Tail(self._runtime, logits), interject, result
        )

    def _continue(
        self, line: Line, tail: _Tail, interject: Interject | None, result: Generation
    ) -> float:
        """Write a line to its end; returns how long the host's callback took, ms."""
        host_ms = 0.0
        while not line.complete:
            allowed = line.allowed()
            if len(allowed) == 1:  # nothing to ask the model for; fed with the next real step
                token = int(allowed[0])
                result.forced += 1
            else:
                token = int(allowed[tail.logits()[allowed].argmax()])
            line.take(token)
            tail.take(token)
            result.tokens.append(self._tokenizer.names[token])
            result.generated += 1
            if result.tokens[-1] == PLAN:
                asked = time.perf_counter()
                written = interject(list(result.tokens)) if interject else None
                host_ms += _ms(asked)
                if written is None:
                    break
                self._inject(line, tail, written, result)
        return host_ms

    def _inject(self, line: Line, tail: _Tail, names: list[str], result: Generation) -> None:
        end = names.index(PHASES) + 1 if PHASES in names else len(names)
        conditions, guess = names[:end], names[end:]
        try:
            ids, guessed = self._tokenizer.ids(conditions), self._tokenizer.ids(guess)
        except KeyError as error:
            raise LanguageError(f"conditions: {error} is no token of the language") from error
        for token in ids:
            line.take(token)
        result.tokens += conditions
        self._prompt_logits = None  # its rows make room
        tail.begin(self._tokenizer.ids(schedule_prompt(conditions)), guessed)


class _Tail:
    """The end of a line: tokens that are chosen and not yet fed, and fed guesses at those to come.

    A guess that comes true costs no call of its own: the logits after it are there already.
    """

    def __init__(self, runtime: Runtime, logits: NDArray[np.float32]) -> None:
        """logits [outputs] after all that the runtime was fed."""
        self._runtime = runtime
        self._rows = logits[None]
        self._chosen: list[int] = []
        self._fed: list[int] = []  # guesses
        self._guess: list[int] = []  # of the tokens to come, in order

    def begin(self, ids: list[int], guess: list[int]) -> None:
        """Another context: ids are all that is to be seen; guess: what may come after them."""
        self._runtime.rewind(0)
        self._chosen, self._guess, self._fed = ids, guess, []

    def logits(self) -> NDArray[np.float32]:
        """Logits [outputs] of the next token."""
        if self._chosen:
            fed = self._runtime.fed + len(self._chosen)
            self._rows = self._runtime.feed_ahead(self._chosen, self._guess)
            self._fed, self._chosen = self._guess[: self._runtime.fed - fed], []
        row: NDArray[np.float32] = self._rows[0]
        return row

    def take(self, token: int) -> None:
        """The next token is chosen."""
        self._guess = self._guess[1:]
        if self._fed and self._fed[0] == token:
            self._rows, self._fed = self._rows[1:], self._fed[1:]
            return
        if self._fed:
            self._runtime.rewind(self._runtime.fed - len(self._fed))
            self._fed = []
        self._chosen.append(token)


def _ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000.0
