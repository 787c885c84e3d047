"""llama.cpp as a guest: the same weights, the same language as a GBNF grammar, the same host.

The token is the most probable one if the grammar takes it, else the best that it takes: llama.cpp's
own way to sample (common/sampling.cpp), cheaper than to mask all tokens at every step.
"""

from __future__ import annotations

import ctypes
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from wenhuo.errors import LanguageError, ModelError
from wenhuo.language.answer import PHASES, PLAN, schedule_prompt
from wenhuo.language.vocabulary import reference_kind
from wenhuo.llm import guest
from wenhuo.llm.generation import About, Generation, Interject, Speed
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_tools.bench.gbnf import gbnf

_CONTEXT = 256
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Llama:
    """A GGUF file of our student under llama.cpp; tokenizer.json lies beside it."""

    def __init__(self, path: Path, dishes: list[str], threads: int) -> None:
        """Raises ModelError where llama.cpp is not installed or refuses file or grammar."""
        try:
            import llama_cpp  # noqa: PLC0415 - a peer, not a part of the product
        except ImportError as error:
            raise ModelError(f"{error}; run `make bench-peers`") from error
        self._api: Any = llama_cpp
        self._tokenizer = Tokenizer.load(path.parent / "tokenizer.json", dishes)
        names = enumerate(self._tokenizer.names)
        self._references = {i for i, name in names if reference_kind(name)}
        self._quiet = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self._quiet, None)
        llama_cpp.llama_backend_init()
        self._model = llama_cpp.llama_model_load_from_file(
            str(path).encode(), llama_cpp.llama_model_default_params()
        )
        if not self._model:
            raise ModelError(f"{path}: llama.cpp does not take it; run `make bench-peers`")
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = options.n_batch = options.n_ubatch = _CONTEXT
        options.n_threads = options.n_threads_batch = threads
        self._context = llama_cpp.llama_init_from_model(self._model, options)
        vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        # Only the language's tokens: text tokens could spell theirs letter by letter. Ours has
        # logits for no others either.
        self._size = len(self._tokenizer.names)
        self._grammar = llama_cpp.llama_sampler_init_grammar(
            vocabulary, gbnf(dishes).encode(), b"root"
        )
        if not self._grammar:
            raise ModelError("llama.cpp does not take the grammar")
        self._candidates = np.zeros(self._size, _CANDIDATE)

    def about(self) -> About:
        """What it runs on."""
        return About(f"llama.cpp ({self._api.__version__})")

    def speed(self, prefill: int, decode: int) -> Speed:
        """Time a prompt of `prefill` tokens and `decode` single tokens after it."""
        self._forget()
        begun = time.perf_counter()
        self._feed([self._tokenizer.end] * prefill)
        prefill_s = time.perf_counter() - begun
        begun = time.perf_counter()
        for _ in range(decode):
            self._feed([self._tokenizer.end])
        return Speed(prefill / prefill_s, decode / (time.perf_counter() - begun))

    def generate(self, prompt: str, interject: Interject | None = None) -> Generation:
        """The line for a prompt, as Engine.generate writes it."""
        begun = time.perf_counter()
        made = Generation()
        ids = self._tokenizer.encode(prompt)
        made.prompt_tokens = len(ids)
        self._forget()
        self._feed(ids)
        made.prefill_ms = (time.perf_counter() - begun) * 1000
        host_s = self._write(self._references.difference(ids), interject, made)
        made.total_ms = (time.perf_counter() - begun) * 1000
        made.decode_ms = made.total_ms - made.prefill_ms - host_s * 1000
        return made

    def _write(self, absent: set[int], interject: Interject | None, made: Generation) -> float:
        grammar, host_s = self._api.llama_sampler_clone(self._grammar), 0.0
        try:
            while True:
                token = self._choose(grammar, absent)
                self._api.llama_sampler_accept(grammar, token)
                made.tokens.append(self._tokenizer.names[token])
                made.generated += 1
                if token == self._tokenizer.end:
                    return host_s
                pending = [token]
                if made.tokens[-1] == PLAN:
                    asked = time.perf_counter()
                    written = interject(list(made.tokens)) if interject else None
                    host_s += time.perf_counter() - asked
                    if written is None:
                        return host_s
                    pending = self._inject(grammar, written, made)
                self._feed(pending)
        finally:
            self._api.llama_sampler_free(grammar)

    def _inject(self, grammar: Any, names: list[str], made: Generation) -> list[int]:  # noqa: ANN401
        names = names[: names.index(PHASES) + 1]  # a guess at the phases may follow them
        try:
            ids = self._tokenizer.ids(names)
        except KeyError as error:
            raise LanguageError(f"conditions: {error} is no token of the language") from error
        for token in ids:
            self._api.llama_sampler_accept(grammar, token)
        made.tokens += names
        self._forget()
        return self._tokenizer.ids(schedule_prompt(names))

    def _choose(self, grammar: Any, absent: set[int]) -> int:  # noqa: ANN401
        logits = np.ctypeslib.as_array(
            self._api.llama_get_logits_ith(self._context, -1), (self._size,)
        )
        logits[list(absent)] = -np.inf
        best = int(logits.argmax())
        if self._masked(grammar, np.array([best]), logits)["logit"][0] > -np.inf:
            return best
        taken = self._masked(grammar, np.arange(self._size), logits)
        return int(taken["id"][taken["logit"].argmax()])

    def _masked(self, grammar: Any, ids: Any, logits: Any) -> Any:  # noqa: ANN401
        """These tokens with their logits, minus infinity where the grammar does not take them."""
        chosen = self._candidates[: len(ids)]
        chosen["id"], chosen["logit"] = ids, logits[ids]
        kind = self._api.llama_token_data
        data = self._api.llama_token_data_array(
            data=ctypes.cast(chosen.ctypes.data, ctypes.POINTER(kind)),
            size=len(ids),
            selected=-1,
            sorted=False,
        )
        self._api.llama_sampler_apply(grammar, ctypes.byref(data))
        return chosen

    def _forget(self) -> None:
        self._api.llama_memory_clear(self._api.llama_get_memory(self._context), True)

    def _feed(self, ids: list[int]) -> None:
        tokens = (self._api.llama_token * len(ids))(*ids)
        batch = self._api.llama_batch_get_one(tokens, len(ids))
        if self._api.llama_decode(self._context, batch):
            raise ModelError("llama.cpp could not feed the tokens")


def load(given: dict[str, Any]) -> Llama:
    """From the host's arguments; `folder` is the GGUF file."""
    return Llama(Path(given["folder"]), given["dishes"], given["threads"])


if __name__ == "__main__":
    sys.exit(guest.main(load))
