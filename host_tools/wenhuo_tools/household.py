"""Where the household's memory and its daemon are, for the commands that speak to them."""

from __future__ import annotations

from pathlib import Path

from wenhuo.daemon.config import DEFAULT_STATE_DIR, SOCKET, default_socket
from wenhuo.errors import UsageError
from wenhuo.memory import Memory
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
