"""The file that the household's memory lies in.

SQLite with a write-ahead log: a reader (`wenhuo memory list`) never waits for the daemon, and a
write cut off by a power cut is a frame whose checksum does not fit, which the next start leaves
out. `synchronous = FULL`, because in WAL mode NORMAL may lose the last commits when the power goes:
"remember that" must outlive the plug being pulled. It costs one fsync a commit, and there is one
commit for each thing said and one a minute for readings (wenhuo.daemon.pot).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from wenhuo.errors import MemoryFileError

VERSION = 1
_APPLICATION_ID = 0x57656E68  # "Wenh": so that no other program's file is taken for ours
_BUSY_S = 5.0


def open_database(path: Path) -> sqlite3.Connection:
    """Open the memory, made new where there is none. Folder and file are the user's alone.

    Raises MemoryFileError where the file cannot be opened, is damaged, or of another version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        path.chmod(0o600)
    except OSError as error:
        raise MemoryFileError(
            f"{path}: {error.strerror}; give a state_dir that can be written"
        ) from None
    except sqlite3.Error as error:
        raise MemoryFileError(
            f"{path}: {error}; move the file away to begin anew, what is remembered is in it"
        ) from None
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of it or nothing. Inside another transaction it is part of that one."""
    if connection.in_transaction:
        yield connection
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    with transaction(connection):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if version == 0 and tables == 0:
            _create(connection)
        elif owner != _APPLICATION_ID:
            raise MemoryFileError(f"{path} is another program's database; give another state_dir")
        elif version != VERSION:
            raise MemoryFileError(
                f"{path} is of version {version}, this program reads {VERSION}; install the "
                "program that wrote it, or move the file away"
            )


def _create(connection: sqlite3.Connection) -> None:
    """The tables, inside the transaction that is open (executescript would end it)."""
    text = files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
    plain = "\n".join(line.split("--")[0] for line in text.splitlines())
    for statement in plain.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
