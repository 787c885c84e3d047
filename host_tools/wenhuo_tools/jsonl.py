"""Many requests in, many answers out: one JSON object per line, a bad line never stops the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wenhuo.errors import RequestError, WenhuoError


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of output: `line` is JSON; `failed` where it is an {"id", "error"} line."""

    line: str
    failed: bool


def read_object(line: str) -> dict[str, Any]:
    """A line as a JSON object. Raises RequestError where it is none."""
    try:
        value = json.loads(line)
    except ValueError as error:
        raise RequestError(f"not JSON: {error}; give one object per line") from None
    if not isinstance(value, dict):
        raise RequestError(f"a JSON {type(value).__name__}, not an object; give one per line")
    return value


def answer_lines(
    lines: Iterable[str], handle: Callable[[dict[str, Any]], Mapping[str, Any]]
) -> Iterator[Answer]:
    """Answer each line in order; blank lines are skipped.

    handle: what is done with one object; its WenhuoError becomes the {"id", "error"} line.
    """
    for line in lines:
        if not line.strip():
            continue
        request_id = None
        try:
            request = read_object(line)
            given = request.get("id")
            request_id = given if isinstance(given, str) else None
            yield Answer(json.dumps(handle(request), ensure_ascii=False), failed=False)
        except WenhuoError as error:
            failure = {"id": request_id, "error": str(error)}
            yield Answer(json.dumps(failure, ensure_ascii=False), failed=True)
