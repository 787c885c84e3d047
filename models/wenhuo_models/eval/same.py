"""Whether every board answers alike: with 1 and 4 threads, on both libraries, on arm64.

    python -m wenhuo_models.eval.same [--arm64 TREE] [--json FILE]

Each way writes the lines of the same sentences as the way that it is held against; on the older
library that is the newer one with the file that ships for the older. A way that cannot be gone here
is left out, with the reason. With --json the lines are kept as they come, and a run that was broken
off goes on. Exit code 1 where fewer than 99.5 % of a way's lines are the same.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from wenhuo.agent.request import read_request
from wenhuo.agent.turn import Turn
from wenhuo.boards import load_product
from wenhuo.errors import ModelError
from wenhuo.language.prompt import prompt
from wenhuo.llm.artifact import MANIFEST, MODEL, default_folder, file_hash
from wenhuo.llm.engine import Engine
from wenhuo.llm.generation import Generation, Interject
from wenhuo_models.eval.arm64 import ROOT_ENV, Arm64Engine
from wenhuo_models.eval.independent import read_heard, read_utterances
from wenhuo_models.eval.older import OlderEngine

COUNT = 200
SAME_MIN = 0.995
_OLDER = "tflite-runtime"
_NOW = "2026-11-23T22:00:00+08:00"
_KEPT_EACH = 5  # lines


class Writer(Protocol):
    """What writes lines."""

    def generate(self, prompt: str, interject: Interject | None = None) -> Generation:
        """The line for a prompt."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to run a file of the model. against: the way whose lines it should write."""

    name: str
    open: Callable[[], AbstractContextManager[Writer]]
    against: str | None = None


Lines = dict[str, list[list[str]]]


def sentences(count: int = COUNT) -> list[str]:
    """Sentences that people wrote for the independent test, first as typed, then as heard."""
    texts = [said.text for said in (*read_utterances(), *read_heard())]
    return list(dict.fromkeys(texts))[:count]


def lines(writer: Writer, texts: Sequence[str]) -> Iterator[list[str]]:
    """The whole line for each sentence, with the conditions that the host writes."""
    product = load_product()
    for text in texts:
        turn = Turn(read_request({"id": "s", "text": text, "now": _NOW}), product)
        yield writer.generate(prompt(text), turn.interject).tokens


def go(way: Way, texts: Sequence[str], found: Lines, keep: Callable[[], None]) -> None:
    """Let a way write the lines that are not yet in `found`. Raises ModelError."""
    done = found.setdefault(way.name, [])
    if len(done) >= len(texts):
        return
    with way.open() as writer:
        for line in lines(writer, texts[len(done) :]):
            done.append(line)
            if len(done) % _KEPT_EACH == 0 or len(done) == len(texts):
                _say(f"\r{way.name}: {len(done)} of {len(texts)}")
                keep()
    _say("\n")


def table(ways: Sequence[Way], found: Lines, texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Each way against its other: n, how many lines are the same, the sentences of the rest."""
    rows = {}
    for way in ways:
        if way.against and way.name in found:
            pairs = zip(texts, found[way.name], found[way.against], strict=False)
            odd = [text for text, got, wanted in pairs if got != wanted]
            n = min(len(texts), len(found[way.name]))
            rows[way.name] = {"against": way.against, "n": n, "same": n - len(odd), "others": odd}
    return rows


def ways_of(folder: Path, arm64: Path | None) -> list[Way]:
    """All ways for a model folder that ships."""
    older = folder / _older_file(folder)
    found = [
        Way("1 thread", lambda: nullcontext(Engine.load(folder, threads=1))),
        Way("4 threads", lambda: nullcontext(Engine.load(folder, threads=4)), "1 thread"),
        Way(f"{older.name} here", lambda: nullcontext(Engine.load(older, threads=1))),
        Way(_OLDER, lambda: OlderEngine(older), f"{older.name} here"),
    ]
    if arm64:
        found.append(Way("arm64", lambda: Arm64Engine(arm64, folder), "1 thread"))
    return found


def _older_file(folder: Path) -> str:
    formats = json.loads((folder / MANIFEST).read_text("utf-8")).get("formats", {})
    return next((str(f["file"]) for f in formats.values() if f["runtime"] == _OLDER), MODEL)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(text)
        sys.stderr.flush()


class _Kept:
    """The lines in a file, of one model and one list of sentences."""

    def __init__(self, path: Path | None, model: str, texts: Sequence[str]) -> None:
        self._path, self._of = path, {"model": model, "sentences": list(texts)}
        self.lines: Lines = {}
        if path and path.exists():
            before = json.loads(path.read_text("utf-8"))
            if {name: before.get(name) for name in self._of} == self._of:
                self.lines = before["lines"]

    def save(self, **more: object) -> None:
        """Write them, the table with them where it is given."""
        if self._path:
            text = json.dumps({**more, **self._of, "lines": self.lines}, ensure_ascii=False)
            part = self._path.with_suffix(".part")
            part.write_text(text + "\n", "utf-8")
            part.replace(self._path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Go all ways, print the table as JSON. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_models.eval.same", description=__doc__)
    parser.add_argument("--model", type=Path, help="model folder; the shipped by default")
    tree = os.environ.get(ROOT_ENV)
    parser.add_argument(
        "--arm64", type=Path, default=Path(tree) if tree else None, help=f"tree; {ROOT_ENV}"
    )
    parser.add_argument("--json", type=Path, help="keep lines and table there")
    parser.add_argument("--count", type=int, default=COUNT)
    given = parser.parse_args(arguments)
    folder, texts = given.model or default_folder(), sentences(given.count)
    kept = _Kept(given.json, file_hash(folder / MANIFEST), texts)
    ways, left_out = ways_of(folder, given.arm64), {}
    if given.arm64 is None:
        left_out["arm64"] = f"no tree; sh host_tools/arm64_root.sh DIR, then --arm64 or {ROOT_ENV}"
    for way in ways:
        try:
            go(way, texts, kept.lines, kept.save)
        except ModelError as error:
            kept.lines.pop(way.name)
            left_out[way.name] = str(error)
    rows = table(ways, kept.lines, texts)
    kept.save(table=rows, left_out=left_out)
    shown = {"table": rows, "left_out": left_out}
    sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=1) + "\n")
    return int(any(row["same"] < SAME_MIN * row["n"] for row in rows.values()))


if __name__ == "__main__":
    sys.exit(main())
