"""The JSON Schemas that Wenhuo's programs speak, and their validators."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from wenhuo.errors import RequestError

NAMES = ("request", "plan", "scenario", "result")


@cache
def schema(name: str) -> dict[str, Any]:
    """One of NAMES as a JSON Schema."""
    text = files(__package__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _validator(name: str) -> Any:  # noqa: ANN401  # jsonschema's validator classes are dynamic
    # imported on use: it takes a fifth of a second that `wenhuo --help` need not pay
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from referencing import Registry, Resource  # noqa: PLC0415

    resources = [Resource.from_contents(schema(n)) for n in NAMES]
    registry: Any = Registry().with_resources(
        [(f"{n}.schema.json", r) for n, r in zip(NAMES, resources, strict=True)]
        + [(f"wenhuo/{n}.schema.json", r) for n, r in zip(NAMES, resources, strict=True)]
    )
    return Draft202012Validator(
        schema(name), registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def check(name: str, value: object) -> None:
    """Raise RequestError, in one line, where the value does not satisfy the schema."""
    for error in _validator(name).iter_errors(value):
        place = "/".join(str(p) for p in error.path) or "the line"
        raise RequestError(f"{place}: {error.message} (see {name}.schema.json)")
