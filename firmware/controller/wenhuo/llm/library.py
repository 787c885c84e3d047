"""The TFLite library that is installed: ai-edge-litert, or tflite-runtime on older systems."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

from wenhuo.errors import ModelError
from wenhuo.llm.calls import Opened, open_compiled, open_interpreted

LIBRARY_ENV = "WENHUO_RUNTIME"
# The first one installed is used. The second one needs numpy < 2 and answers rightly for fewer
# kinds of weights (Artifact.model_for).
NEWER, OLDER = "ai-edge-litert", "tflite-runtime"
_OPENERS: dict[str, Opened] = {
    NEWER: open_compiled,
    OLDER: partial(open_interpreted, "tflite_runtime"),
}


@dataclass(frozen=True, slots=True)
class Library:
    """A library: its name and version as pip knows them, and how it opens a file."""

    name: str
    version: str
    open: Opened


def find_library() -> Library:
    """The one that $WENHUO_RUNTIME names, else the first that is installed.

    Raises ModelError where there is none, or not the one named.
    """
    wanted = os.environ.get(LIBRARY_ENV)
    if wanted and wanted not in _OPENERS:
        raise ModelError(f"{LIBRARY_ENV}={wanted} is unknown; give one of {', '.join(_OPENERS)}")
    for name in [wanted] if wanted else _OPENERS:
        package = name.replace("-", "_")
        try:
            module = import_module(package)
        except ImportError:
            continue
        return Library(name, _version(Path(str(module.__file__)).parent), _OPENERS[name])
    raise ModelError(f"{wanted or ' and '.join(_OPENERS)}: not installed; run `make setup`")


def _version(package: Path) -> str:
    """A package's version by pip's folder beside it (importlib.metadata would take 3 MB of the
    model's process); a library that was not installed by pip has none that is known."""
    found = next(package.parent.glob(f"{package.name}-*.dist-info"), None)
    return found.stem.rpartition("-")[2] if found else "unknown"
