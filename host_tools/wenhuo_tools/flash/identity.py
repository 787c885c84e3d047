"""A board's identity: its serial number and its key, given once and kept over every flash.

The key is random and this machine's copy is readable by its user only; it is never printed. What
signs with it is the update of boards in the field; the link itself does not use it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wenhuo.errors import FlashError
from wenhuo_tools.flash.repl import Repl
from wenhuo_tools.flash.slots import replace_file
from wenhuo_tools.paths import state_folder

_PATH = "/identity.json"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Identity:
    """serial: as on the label. key_file: this machine's copy of the key, None where it has none."""

    serial: str
    key_file: Path | None


def read_identity(text: str) -> Identity | None:
    """The identity of a board by its /identity.json, None where it has none yet.

    Raises FlashError where the file is damaged: a key must not be replaced by accident.
    """
    if not text:
        return None
    try:
        serial = json.loads(text)["serial"]
    except (ValueError, KeyError, TypeError):
        raise FlashError(
            f"{_PATH} on the board is damaged; remove it (mpremote fs rm :{_PATH}) to give the "
            "board a new identity"
        ) from None
    kept = _key_file(str(serial))
    return Identity(str(serial), kept if kept.is_file() else None)


def give_identity(
    repl: Repl, unique_id: str, sent: Callable[[int], None], serial: str | None = None
) -> Identity:
    """Give a board its serial number (its chip's, or random) and a new key. Raises LinkError."""
    name = serial or f"WH-{(unique_id or secrets.token_hex(6)).upper()}"
    key = secrets.token_bytes(_KEY_BYTES)
    path = _key_file(name)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(key)
    data = json.dumps({"serial": name, "key": key.hex()}).encode()
    replace_file(repl, _PATH, data, sent)
    return Identity(name, path)


def _key_file(serial: str) -> Path:
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in serial)
    return state_folder("keys") / f"{safe}.key"
