"""Where the household's memory and its daemon are, for the commands that speak to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wenhuo.agent.planner import Planner
from wenhuo.daemon.config import DEFAULT_STATE_DIR, SOCKET, default_socket
from wenhuo.errors import UsageError
from wenhuo.language.answer import PHASES, PLAN
from wenhuo.memory import Memory
from wenhuo.memory.calls import Call
from wenhuo.memory.memory import FILE
from wenhuo_tools.paths import state_folder

_SERVICE_SOCKET = Path("/run/wenhuo") / SOCKET  # of the systemd unit
_FOLDER = "controller"  # of a daemon that a user runs on a desk


def household_folder(given: Path | None) -> Path:
    """The daemon's state_dir: the one given, a device's, or this user's."""
    if given is not None:
        return given
    return DEFAULT_STATE_DIR if DEFAULT_STATE_DIR.is_dir() else state_folder(_FOLDER)


def open_memory(given: Path | None) -> Memory:
    """The household's memory. Raises UsageError where there is none, MemoryFileError."""
    folder = household_folder(given)
    if not (folder / FILE).is_file():
        raise UsageError(f"no memory in {folder}; name wenhuod's state_dir with --state-dir")
    return Memory.open(folder)


def socket_of(given: Path | None, state_dir: Path | None) -> Path:
    """The daemon's socket: the one given, else where a daemon of that state_dir has it."""
    if given is not None:
        return given
    if state_dir is None and _SERVICE_SOCKET.exists():
        return _SERVICE_SOCKET
    return default_socket(household_folder(state_dir))


@dataclass(frozen=True, slots=True)
class ReplayedCall:
    """A call asked of the model again. differs: (words, the model's line then, its line now)."""

    call: Call
    differs: tuple[tuple[str, str, str], ...]


def replay_calls(calls: list[Call], planner: Planner) -> Iterator[ReplayedCall]:
    """Ask the model again what it was asked at each call, and compare its lines."""
    for call in calls:
        if call.requests:
            asked = zip(call.requests, call.lines, strict=True)
            again = [
                (request["text"], line, _line(request, line, planner)) for request, line in asked
            ]
            differs = [
                (text, " ".join(a), " ".join(b)) for text, a, b in again if list(a) != list(b)
            ]
            yield ReplayedCall(call, tuple(differs))


def _line(request: dict[str, object], line: list[str], planner: Planner) -> list[str]:
    """What the model now writes: the schedule for the same conditions, or what the words mean."""
    if line[:1] == [PLAN]:
        conditions = line[1 : line.index(PHASES) + 1]
        return planner.model.schedule(conditions).tokens
    return list(planner.understand(request).line)
