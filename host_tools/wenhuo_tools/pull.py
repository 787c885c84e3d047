"""Cook records out of a controller: its memory copied, then a file for each cook."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wenhuo.boards import Product
from wenhuo.daemon.config import DEFAULT_STATE_DIR
from wenhuo.errors import FlashError, MemoryFileError
from wenhuo.memory import Memory
from wenhuo.memory.cooks import Cook
from wenhuo.memory.copying import copy_memory
from wenhuo.memory.memory import FILE
from wenhuo_tools.flash.push import Remote
from wenhuo_tools.provision.system import DAEMON_FILE
from wenhuo_tools.provision.target import Tree
from wenhuo_tools.report.record_file import write_record
from wenhuo_tools.report.why import find_cook, why_record

_GIVE = "sudo -n /opt/wenhuo/bin/wenhuo-python -m wenhuo.daemon.give_memory"


class Source(Protocol):
    """Where a controller's memory is."""

    def copy(self, target: Path) -> None:
        """Copy it into a folder. Raises MemoryFileError, FlashError, NoDeviceError."""


@dataclass(frozen=True, slots=True)
class Here:
    """A daemon of this machine, which may run."""

    state_dir: Path

    def copy(self, target: Path) -> None:
        """See Source."""
        copy_memory(self.state_dir, target)


@dataclass(frozen=True, slots=True)
class Card:
    """A controller's card, mounted at `root`, perhaps so that nothing can be written to it."""

    root: Path

    def copy(self, target: Path) -> None:
        """See Source. Nothing runs there: the file and its log are copied as they are."""
        try:
            told = tomllib.loads(Tree(self.root).read(DAEMON_FILE))
        except tomllib.TOMLDecodeError as error:
            raise FlashError(f"{self.root / DAEMON_FILE} is damaged ({error}); mend it") from None
        folder = Path(told.get("state_dir", DEFAULT_STATE_DIR))
        there = self.root / folder.relative_to(folder.anchor)
        try:
            shutil.copyfile(there / FILE, target / FILE)
            log = there / f"{FILE}-wal"
            if log.exists():
                shutil.copyfile(log, target / log.name)
        except OSError as error:
            raise MemoryFileError(
                f"cannot read {there / FILE}: {error.strerror}; has it cooked? else run with sudo"
            ) from None


@dataclass(frozen=True, slots=True)
class There:
    """A controller that runs, over SSH; its user may call sudo without a password."""

    remote: Remote

    def copy(self, target: Path) -> None:
        """See Source."""
        given = self.remote.read(_GIVE)
        try:
            (target / FILE).write_bytes(gzip.decompress(given))
        except (OSError, EOFError) as error:
            raise FlashError(
                f"{self.remote.host} sent no memory ({error}); install this version there with "
                "`wenhuo flash controller`"
            ) from None


@contextmanager
def copied_memory(source: Source) -> Iterator[Memory]:
    """A copy of a controller's memory. Raises MemoryFileError, FlashError, NoDeviceError."""
    with tempfile.TemporaryDirectory(prefix="wenhuo-") as scratch:
        source.copy(Path(scratch))
        with Memory.open(Path(scratch)) as memory:
            yield memory


def pull_records(
    memory: Memory, product: Product, folder: Path, numbers: Sequence[int] = ()
) -> Iterator[Path]:
    """Write a record for each cook, or for those with the numbers; the files, oldest first.

    Raises RequestError for a number that there is not, UsageError where nothing can be written.
    """
    cooks = [find_cook(memory, number) for number in numbers] or memory.cooks.all()
    for cook in cooks:
        yield write_record(why_record(memory, cook, product), folder / _name(cook))


def _name(cook: Cook) -> str:
    return f"{cook.id:04}-{cook.dish or 'cook'}.jsonl"
