"""The device's engine on the library and the processor that it finds, as a process of its own.

`python -m wenhuo_models.eval.older_server MODEL` reads JSON lines and answers each:
{"prompt", "interject"} by {"generation"}, after {"names"}, to which {"conditions"} is the reply;
{"ids"} by {"logits"}. The first line out says that the model is loaded.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenhuo.llm.artifact import MODEL

if TYPE_CHECKING:
    from wenhuo.llm.engine import Engine


def main() -> None:
    """Load, say so, answer to the end of the input."""
    from wenhuo.llm.engine import Engine  # noqa: PLC0415  # takes the library that is installed

    # the file is named: formats are judged here that the manifest keeps from this library
    path = Path(sys.argv[1])
    engine = Engine.load(path / MODEL if path.is_dir() else path)
    _tell({"ready": sys.argv[1]})
    for line in sys.stdin:
        _answer(engine, json.loads(line))


def _answer(engine: Engine, asked: Mapping[str, Any]) -> None:
    if "ids" in asked:
        engine._runtime.rewind(0)
        _tell({"logits": engine._runtime.feed(asked["ids"]).tolist()})
        return
    made = engine.generate(asked["prompt"], _interject if asked["interject"] else None)
    _tell({"generation": {name: getattr(made, name) for name in made.__slots__}})


def _interject(names: list[str]) -> list[str] | None:
    _tell({"names": names})
    conditions: list[str] | None = json.loads(sys.stdin.readline())["conditions"]
    return conditions


def _tell(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
