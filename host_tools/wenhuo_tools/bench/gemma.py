"""Gemma 3 270M under llama.cpp, held to a JSON schema: the general model one would take instead.

It fills in the slots only; a schedule would take it longer still.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from wenhuo.errors import ModelError
from wenhuo.intent import Action, Texture
from wenhuo.llm import guest
from wenhuo.llm.generation import About, Generation, Interject, Speed

_CONTEXT = 1024
_MOST_TOKENS = 160
_CLOCK = "^[0-2][0-9]:[0-5][0-9]$"
_SYSTEM = (
    "You control a rice cooker. Answer with the JSON of what the user wants. ready_at is the time "
    "to eat, HH:MM. Dishes: {dishes}. Unsaid fields are null."
)


def schema(dishes: list[str]) -> dict[str, Any]:
    """The slots of a plan that words can name."""
    fields: dict[str, dict[str, Any]] = {
        "action": {"enum": [a.value for a in Action]},
        "dish": {"enum": [*dishes, None]},
        "servings": {"type": ["integer", "null"]},
        "dry_g": {"type": ["integer", "null"]},
        "texture": {"enum": [*(t.value for t in Texture), None]},
        "ready_at": {"anyOf": [{"type": "string", "pattern": _CLOCK}, {"type": "null"}]},
    }
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


class Gemma:
    """The GGUF file with its own chat template."""

    def __init__(self, path: Path, dishes: list[str], threads: int) -> None:
        """Raises ModelError where llama.cpp is not installed."""
        try:
            from llama_cpp import Llama  # noqa: PLC0415 - a peer
            from llama_cpp.llama_grammar import LlamaGrammar  # noqa: PLC0415
        except ImportError as error:
            raise ModelError(f"{error}; run `make bench-peers`") from error
        self._model: Any = Llama(
            str(path), n_ctx=_CONTEXT, n_threads=threads, n_threads_batch=threads, verbose=False
        )
        self._grammar = LlamaGrammar.from_json_schema(json.dumps(schema(dishes)), verbose=False)
        self._system = _SYSTEM.format(dishes=", ".join(dishes))

    def about(self) -> About:
        """What it runs on."""
        return About("llama.cpp")

    def speed(self, prefill: int, decode: int) -> Speed:
        """Time a prompt of `prefill` tokens and `decode` single tokens after it."""
        self._model.reset()
        begun = time.perf_counter()
        self._model.eval([5] * prefill)
        prefill_s = time.perf_counter() - begun
        begun = time.perf_counter()
        for _ in range(decode):
            self._model.eval([5])
        return Speed(prefill / prefill_s, decode / (time.perf_counter() - begun))

    def generate(self, prompt: str, interject: Interject | None = None) -> Generation:
        """One token: the JSON of the slots. prompt: the words. The host is not asked.

        llama-cpp-python keeps what two prompts share from the beginning, so the system prompt is
        fed once: as it would be in a product.
        """
        begun = time.perf_counter()
        made = self._model.create_chat_completion(
            messages=[
                {"role": "system", "content": self._system},
                {"role": "user", "content": prompt},
            ],
            grammar=self._grammar,
            temperature=0.0,
            max_tokens=_MOST_TOKENS,
        )
        used = made["usage"]
        return Generation(
            tokens=[made["choices"][0]["message"]["content"]],
            prompt_tokens=used["prompt_tokens"],
            generated=used["completion_tokens"],
            total_ms=(time.perf_counter() - begun) * 1000,
        )


def load(given: dict[str, Any]) -> Gemma:
    """From the host's arguments; `folder` is the GGUF file."""
    return Gemma(Path(given["folder"]), given["dishes"], given["threads"])


if __name__ == "__main__":
    sys.exit(guest.main(load))
