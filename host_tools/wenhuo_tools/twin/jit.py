"""numba.njit with an on-disk cache that is right also when only a callee's file has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

# numba invalidates a cached function by its own file only; functions here inline each other across
# files, so the cache folder is named after all of them.
_FOLDER = Path(__file__).parent
_SOURCES = ("kernel.py", "sensors.py", "engine.py", "control.py", "batch.py")


def _use_cache_of_these_sources() -> None:
    digest = hashlib.sha256()
    for name in _SOURCES:
        digest.update((_FOLDER / name).read_bytes())
    folder = _FOLDER / "__pycache__" / f"numba-{digest.hexdigest()[:16]}"
    setattr(numba.config, "CACHE_DIR", str(folder))  # noqa: B010 (numba has no stub for it)


_use_cache_of_these_sources()


def compiled(function: F) -> F:
    """numba.njit(cache=True), typed so that mypy keeps the signature."""
    return cast(F, numba.njit(cache=True, error_model="numpy")(function))
