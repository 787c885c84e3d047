"""The MQTT account that `wenhuo provision` stores: where the broker is, and who we are there."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wenhuo.boards.table import Table
from wenhuo.errors import BoardDataError, ConfigError

FILE = "mqtt.toml"
PORT, TLS_PORT = 1883, 8883
_CREDENTIALS = "CREDENTIALS_DIRECTORY"  # systemd's, of the unit's LoadCredential


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a broker. topic: what all topics begin with. ca_file: of a broker's own
    authority; None: those that the system trusts."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: bool = False
    ca_file: Path | None = None
    topic: str = "wenhuo"


def account_file(configured: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the account is: where the configuration says, else among the unit's credentials."""
    return configured or Path(environment.get(_CREDENTIALS, "/nowhere")) / FILE


def read_account(path: Path) -> Account | None:
    """The account; None where there is none: no such file, or nothing in it.

    Raises ConfigError for one that is wrong.
    """
    try:
        if not path.is_file() or not path.read_text(encoding="utf-8").strip():
            return None
        table = Table.read(path, path.parent)
        account = _account(table)
        table.finish()
    except BoardDataError as error:
        raise ConfigError(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); run `wenhuo provision`") from None
    return account


def _account(table: Table) -> Account:
    tls = table.flag("tls") if table.has("tls") else False
    port = table.number("port", at_least=1, at_most=65535, default=TLS_PORT if tls else PORT)
    topic = table.text("topic") if table.has("topic") else f"wenhuo/{socket.gethostname()}"
    if any(char in topic for char in "+#\0") or topic.strip("/") != topic:
        raise table.fail("topic", f"is {topic!r}; give one like wenhuo/kitchen")
    return Account(
        host=table.text("host"),
        port=int(port),
        user=table.text("user"),
        password=table.text("password"),
        tls=tls,
        ca_file=Path(table.text("ca_file")) if table.has("ca_file") else None,
        topic=topic,
    )
