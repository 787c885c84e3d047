"""The TFLite library that is installed: ai-edge-litert, or tflite-runtime on older systems."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

from wenhuo.errors import ModelError

LIBRARY_ENV = "WENHUO_RUNTIME"
# The first one installed is used. Both have the same Interpreter; the second one needs numpy < 2
# and answers rightly for fewer kinds of weights (Artifact.model_for).
NEWER, OLDER = "ai-edge-litert", "tflite-runtime"
_MODULES = {NEWER: "ai_edge_litert.interpreter", OLDER: "tflite_runtime.interpreter"}


@dataclass(frozen=True, slots=True)
class Library:
    """A library: its name and version as pip knows them, and its Interpreter class."""

    name: str
    version: str
    interpreter: Callable[..., Any]


def find_library() -> Library:
    """The one that $WENHUO_RUNTIME names, else the first that is installed.

    Raises ModelError where there is none, or not the one named.
    """
    wanted = os.environ.get(LIBRARY_ENV)
    if wanted and wanted not in _MODULES:
        raise ModelError(f"{LIBRARY_ENV}={wanted} is unknown; give one of {', '.join(_MODULES)}")
    for name in [wanted] if wanted else _MODULES:
        try:
            interpreter = import_module(_MODULES[name]).Interpreter
        except ImportError:
            continue
        return Library(name, _version(name.replace("-", "_")), interpreter)
    raise ModelError(f"{wanted or ' and '.join(_MODULES)}: not installed; run `make setup`")


def _version(package: str) -> str:
    """A package's version; a library that was not installed by pip has none that is known."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"
