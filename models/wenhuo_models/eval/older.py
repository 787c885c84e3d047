"""The engine on tflite-runtime 2.14, which lives in an environment of its own (.venv-tflite).

OlderEngine starts a process there (older_server) and speaks JSON lines with it. To judge(), Planner
and numerics it is an engine like another. The process runs the device's own code; only the library
under it is the older one. DistantEngine is what it shares with an engine on another processor.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

from wenhuo.errors import ModelError
from wenhuo.llm.engine import Engine
from wenhuo.llm.generation import Generation, Interject

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".venv-tflite" / "bin" / "python"
_PATHS = ("firmware/link", "firmware/controller", "models")
SERVER = "wenhuo_models.eval.older_server"
REMEDY = "make it by `make tflite-runtime`"


def available() -> bool:
    """Whether the environment is there."""
    return PYTHON.exists()


class DistantEngine(Engine):
    """An engine in a process that runs older_server; use it as a context, so that it ends.

    It has Engine's methods, but not its parts: those are in the process.
    """

    def __init__(self, command: Sequence[str | Path], env: Mapping[str, str]) -> None:
        """Raises ModelError where the model does not load there."""
        self._process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def generate(self, prompt: str, interject: Interject | None = None) -> Generation:
        """As Engine.generate."""
        answer = self._ask({"prompt": prompt, "interject": interject is not None})
        while interject is not None and "names" in answer:
            answer = self._ask({"conditions": interject(answer["names"])})
        return Generation(**answer["generation"])

    def logits(self, ids: Sequence[int]) -> list[float]:
        """Logits of what follows these tokens."""
        answer: list[float] = self._ask({"ids": list(ids)})["logits"]
        return answer

    def _ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        stdin = _there(self._process.stdin)
        stdin.write(json.dumps(message) + "\n")
        stdin.flush()
        return self._receive()

    def _receive(self) -> dict[str, Any]:
        line = _there(self._process.stdout).readline()
        if not line:
            raise ModelError(f"the engine's process ended, exit code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


class OlderEngine(DistantEngine):
    """A model folder on tflite-runtime."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError where the environment is absent or the model does not load there."""
        if not available():
            raise ModelError(f"{PYTHON}: no such environment; {REMEDY}")
        paths = ":".join(str(ROOT / path) for path in _PATHS)
        super().__init__([PYTHON, "-m", SERVER, str(folder)], {"PYTHONPATH": paths})


def _there(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # asked for as pipes
    return stream
