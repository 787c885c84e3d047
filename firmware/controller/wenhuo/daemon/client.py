"""Speaking to the daemon over its socket, for programs on the same machine."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wenhuo.errors import DaemonError

_TIMEOUT_S = 60.0  # a model that hangs has 10 s, a silent board 6 s for each of some commands


def ask(path: Path, message: dict[str, Any]) -> dict[str, Any]:
    """Send one message, return its answer. Raises DaemonError."""
    return next(_talk(path, message, _TIMEOUT_S))


def listen(path: Path) -> Iterator[dict[str, Any]]:
    """What the cooker says by itself, until the daemon ends. Raises DaemonError."""
    said = _talk(path, {"listen": True}, None)
    next(said)
    yield from said


def _talk(path: Path, message: dict[str, Any], timeout_s: float | None) -> Iterator[dict[str, Any]]:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
            end.settimeout(timeout_s)
            end.connect(str(path))
            end.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")
            with end.makefile(encoding="utf-8") as lines:
                for line in lines:
                    yield json.loads(line)
    except (OSError, ValueError) as error:
        raise DaemonError(
            f"no daemon answers at {path} ({error}); start wenhuod, or name its socket"
        ) from None
    raise DaemonError(f"the daemon at {path} hung up; say it again")
