"""Whether every board answers alike: with 1 and 4 threads, on both libraries, on arm64.

    python -m wenhuo_models.eval.same --model models/artifacts/nano

Prints one JSON object: by way to run, of how many sentences the line is the same, and the others.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from wenhuo.agent.request import read_request
from wenhuo.agent.turn import Turn
from wenhuo.boards import load_product
from wenhuo.errors import ModelError
from wenhuo.language.prompt import prompt
from wenhuo.llm.artifact import default_folder
from wenhuo.llm.engine import Engine
from wenhuo.llm.generation import Generation, Interject
from wenhuo_models.eval.arm64 import Arm64Engine
from wenhuo_models.eval.independent import read_heard, read_utterances
from wenhuo_models.eval.older import OlderEngine

COUNT = 200
_NOW = "2026-11-23T22:00:00+08:00"


class Writer(Protocol):
    """What writes lines."""

    def generate(self, prompt: str, interject: Interject | None = None) -> Generation:
        """The line for a prompt."""


def sentences(count: int = COUNT) -> list[str]:
    """Sentences that people wrote for the independent test, first as typed, then as heard."""
    texts = [said.text for said in (*read_utterances(), *read_heard())]
    return list(dict.fromkeys(texts))[:count]


def lines(writer: Writer, texts: Sequence[str]) -> list[list[str]]:
    """The whole line for each sentence, with the conditions that the host writes."""
    product, found = load_product(), []
    for text in texts:
        turn = Turn(read_request({"id": "s", "text": text, "now": _NOW}), product)
        found.append(writer.generate(prompt(text), turn.interject).tokens)
    return found


def compare(ways: Sequence[tuple[str, Writer]], texts: Sequence[str]) -> dict[str, Any]:
    """Each way against the first one: n, how many lines are the same, the sentences of the rest."""
    (_, first), *others = ways
    expected = lines(first, texts)
    found: dict[str, Any] = {}
    for name, writer in others:
        pairs = zip(texts, lines(writer, texts), expected, strict=True)
        odd = [text for text, got, wanted in pairs if got != wanted]
        found[name] = {"n": len(texts), "same": len(texts) - len(odd), "others": odd}
    return found


@contextmanager
def _ways(
    folder: Path, older: Path | None, arm64: Path | None
) -> Iterator[list[tuple[str, Writer]]]:
    with ExitStack() as stack:
        ways: list[tuple[str, Writer]] = [
            (f"{threads} threads", Engine.load(folder, threads=threads)) for threads in (1, 4)
        ]
        if older is not None:
            ways.append(("tflite-runtime", stack.enter_context(OlderEngine(older))))
        if arm64 is not None:
            ways.append(("arm64", stack.enter_context(Arm64Engine(arm64, folder))))
        yield ways


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=None, help="folder or file")
    parser.add_argument("--older", type=Path, help="folder of the file for tflite-runtime")
    parser.add_argument("--arm64", type=Path, help="arm64 tree (host_tools/arm64_root.sh)")
    parser.add_argument("--count", type=int, default=COUNT)
    given = parser.parse_args()
    try:
        with _ways(given.model or default_folder(), given.older, given.arm64) as ways:
            print(json.dumps(compare(ways, sentences(given.count)), ensure_ascii=False))  # noqa: T201
    except ModelError as error:
        parser.exit(1, f"same: {error}\n")


if __name__ == "__main__":
    main()
