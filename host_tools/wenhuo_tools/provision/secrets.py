"""Where passwords come from: a file of the user's own, the environment, or a prompt.

Never a command line, which every user of the machine can read, and never a message.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from wenhuo.errors import UsageError

NAMES = ("wifi_password", "mqtt_password")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_file(path: Path) -> dict[str, str]:
    """The passwords in a TOML file that only its owner can read. Raises UsageError if not."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise UsageError(f"{path} can be read by other users; first run: chmod 600 {path}")
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise UsageError(f'{path} is no TOML; write lines like wifi_password = "…"') from None
    for name, value in told.items():
        if name not in NAMES or not isinstance(value, str):
            raise UsageError(f"{path}: {name} is no password; known are {', '.join(NAMES)}")
    return told


def find(
    name: str,
    what: str,
    given: Mapping[str, str],
    ask: Callable[[str], str] | None,
    environment: Mapping[str, str] = os.environ,
) -> str:
    """A password: from the file's, else WENHUO_<NAME> in the environment, else asked for.

    ask: shows the words and returns what was typed; None where nobody can be asked.
    Raises UsageError where it is nowhere.
    """
    variable = f"WENHUO_{name.upper()}"
    if name in given:
        return given[name]
    if variable in environment:
        return environment[variable]
    if ask is None:
        raise UsageError(
            f"the {what} is needed: set {variable}, give --secrets FILE, or run this on a terminal"
        )
    return ask(what)
