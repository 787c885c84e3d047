"""A whole copy of a memory, also while the daemon writes to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from wenhuo.errors import MemoryFileError
from wenhuo.memory.memory import FILE


def copy_memory(folder: Path, target: Path) -> None:
    """Copy the memory in a folder to a folder of its own, as it is at one moment.

    A plain copy of the file would miss what is still in the write-ahead log. Raises
    MemoryFileError where there is none, or it cannot be read.
    """
    source = folder / FILE
    if not source.is_file():
        raise MemoryFileError(f"no memory in {folder}; is this wenhuod's state_dir?")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target / FILE)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise MemoryFileError(f"cannot copy {source}: {error}; run with sudo") from None
