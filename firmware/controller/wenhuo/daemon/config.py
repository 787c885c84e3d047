"""The daemon's configuration file (TOML), read strictly."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wenhuo.boards import Product, load_product
from wenhuo.boards.table import Table
from wenhuo.errors import BoardDataError, ConfigError

DEFAULT_STATE_DIR = Path("/var/lib/wenhuo")
DEFAULT_CONFIG = Path("/etc/wenhuo/wenhuod.toml")
SOCKET = "wenhuod.sock"
_LANGUAGES = ("zh", "en")
_ALTITUDE_M = (-430.0, 5500.0)  # the Dead Sea's shore, and the highest towns


@dataclass(frozen=True, slots=True)
class Config:
    """What the daemon is told.

    product: of boards/products. board: what the power board must call itself. port: its link, a
    device or a URL of pyserial's. state_dir: where the memory and the socket lie. model_dir: None
    is the shipped model. language: of what the cooker says unasked. time_zone: None is the
    machine's. altitude_m: None is unknown (then boiling tells). mqtt: the file with the account at
    a broker; None: the unit's credential, where there is one.
    """

    product: Product
    board: str
    port: str
    state_dir: Path
    socket: Path
    model_dir: Path | None = None
    language: str = "zh"
    time_zone: tzinfo | None = None
    altitude_m: float | None = None
    mqtt: Path | None = None


def read_config(path: Path) -> Config:
    """Read the file. Raises ConfigError: no such file, unknown key, value out of bounds."""
    try:
        table = Table.read(path, path.parent)
        config = _config(table)
        table.finish()
    except BoardDataError as error:
        raise ConfigError(str(error)) from None
    return config


def _config(table: Table) -> Config:
    product = load_product(_optional(table, "product"))
    state_dir = Path(_optional(table, "state_dir") or DEFAULT_STATE_DIR)
    socket = _optional(table, "socket")
    model_dir = _optional(table, "model_dir")
    mqtt = _optional(table, "mqtt")
    language = table.word("language", *_LANGUAGES) if table.has("language") else "zh"
    altitude_m = None
    if table.has("altitude_m"):
        low, high = _ALTITUDE_M
        altitude_m = table.number("altitude_m", at_least=low, at_most=high)
    return Config(
        product=product,
        board=_optional(table, "board") or product.id,
        port=_optional(table, "port") or product.controller.serial,
        state_dir=state_dir,
        socket=Path(socket) if socket else default_socket(state_dir),
        model_dir=Path(model_dir) if model_dir else None,
        language=language,
        time_zone=_zone(table),
        altitude_m=altitude_m,
        mqtt=Path(mqtt) if mqtt else None,
    )


def default_socket(state_dir: Path | None = None) -> Path:
    """Where the daemon listens: systemd's folder for it, else beside the memory."""
    runtime = os.environ.get("RUNTIME_DIRECTORY")
    if runtime:
        return Path(runtime) / SOCKET
    return (state_dir or DEFAULT_STATE_DIR) / SOCKET


def _optional(table: Table, key: str) -> str | None:
    return table.text(key) if table.has(key) else None


def _zone(table: Table) -> tzinfo | None:
    name = _optional(table, "time_zone")
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise table.fail("time_zone", f"is {name!r}; give one like Asia/Shanghai") from None
