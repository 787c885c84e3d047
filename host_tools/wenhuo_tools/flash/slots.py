"""The board's two application slots: what it holds, what differs, how the new one takes over.

Order is what keeps a board bootable at any cut (its half is firmware/power_board/boot/main.py):
only the slot that does not run is touched, its trial mark goes first and its manifest comes last,
and the one act that makes it run is a rename, done after every byte was read back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from wenhuo.errors import FlashError
from wenhuo_tools.flash.repl import Repl
from wenhuo_tools.image import MANIFEST, firmware_root

_BLOCK_BYTES = 4096  # of littlefs on every port; a file takes whole ones
_SPARE_BYTES = 32_768  # for the progress of a cook, and for a file's new blocks beside its old ones


@dataclass(frozen=True, slots=True)
class Survey:
    """What a board holds (boot/survey.py). slots: digest by file name, for "a" and "b"."""

    platform: str
    bytecode: int
    running: bool
    unique_id: str
    free_bytes: int
    good: str
    trial: str
    failed: str
    identity: str
    boot: str
    slots: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, repl: Repl) -> Self:
        """Ask the board. Raises LinkError."""
        told: dict[str, Any] = repl.ask(_board_code("survey.py").decode())
        return cls(**told)

    @property
    def runs(self) -> str:
        """The slot that the next boot starts; empty on a new board."""
        return self.trial or self.good


@dataclass(frozen=True, slots=True)
class Update:
    """What has to be done. write: file name -> content; remove: names. boot: the stub too."""

    slot: str
    write: Mapping[str, bytes]
    remove: tuple[str, ...]
    boot: bool
    activate: bool

    @property
    def size(self) -> int:
        """Bytes that will be sent to the slot and for the stub."""
        return sum(map(len, self.write.values())) + (len(boot_code()) if self.boot else 0)

    @property
    def count(self) -> int:
        """Files that will be written."""
        return len(self.write) + self.boot


def boot_code() -> bytes:
    """/main.py of the board."""
    return _board_code("main.py")


def plan_update(survey: Survey, wanted: Mapping[str, bytes]) -> Update:
    """Compare a board with an image by SHA-256. Raises FlashError where it does not fit."""
    digests = {name: _sha256(data) for name, data in wanted.items()}
    boot = survey.boot != _sha256(boot_code())
    if survey.runs and survey.slots[survey.runs] == digests:
        return Update(survey.runs, {}, (), boot, activate=False)
    slot = "b" if survey.good == "a" else "a"
    held = survey.slots[slot]
    write = {name: data for name, data in wanted.items() if held.get(name) != digests[name]}
    added = [len(write[name]) for name in write.keys() - held]
    needed = _BLOCK_BYTES * sum(1 + size // _BLOCK_BYTES for size in added)
    removed = tuple(sorted(held.keys() - wanted.keys()))
    if needed + _SPARE_BYTES > survey.free_bytes + _BLOCK_BYTES * len(removed):
        raise FlashError(
            f"the board has {survey.free_bytes} bytes free, the image needs "
            f"{needed + _SPARE_BYTES}; remove other files from it (mpremote fs ls)"
        )
    return Update(slot, write, removed, boot, activate=True)


def apply_update(repl: Repl, update: Update, sent: Callable[[int], None]) -> None:
    """Write what differs into the slot that does not run. Raises LinkError."""
    folder = f"/app_{update.slot}"
    if update.activate:
        # Whatever half-done state follows must not be tried: the mark of a trial goes first.
        repl.run(_FORGET_TRIAL.format(slot=update.slot))
        names = [name for name in (MANIFEST, *update.remove) if name]
        repl.run(_REMOVE.format(paths=[f"{folder}/{name}" for name in names]))
        repl.run(_MAKE.format(folders=_folders(folder, update.write)))
    last = {MANIFEST: update.write[MANIFEST]} if MANIFEST in update.write else {}
    for name, data in {**{k: v for k, v in update.write.items() if k not in last}, **last}.items():
        repl.write(f"{folder}/{name}", data, sent)
    if update.boot:
        replace_file(repl, "/main.py", boot_code(), sent)


def verified(survey: Survey, slot: str, wanted: Mapping[str, bytes]) -> bool:
    """Whether the slot, read back, holds the image and nothing else, and the stub is ours."""
    same = survey.slots[slot] == {name: _sha256(data) for name, data in wanted.items()}
    return same and survey.boot == _sha256(boot_code())


def activate(repl: Repl, slot: str) -> None:
    """From the next boot on the slot is tried. One rename. Raises LinkError."""
    repl.run(_ACTIVATE.format(slot=slot))


def replace_file(repl: Repl, path: str, data: bytes, sent: Callable[[int], None]) -> None:
    """Write beside, then rename: the old file or the new one, never half. Raises LinkError."""
    repl.write(f"{path}.new", data, sent)
    repl.run(f"import os\nos.rename({path + '.new'!r},{path!r})")


def read_image(folder: Path) -> dict[str, bytes]:
    """The files of a built image by their names in it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


_FORGET_TRIAL = """
import os
for name in ("/slot_trial", "/slot_failed"):
 try:
  with open(name) as f:
   mine = f.read(1) == "{slot}"
  if mine:
   os.remove(name)
 except OSError:
  pass
"""
_REMOVE = """
import os
for path in {paths!r}:
 try:
  os.remove(path)
 except OSError:
  pass
"""
_MAKE = """
import os
for folder in {folders!r}:
 try:
  os.mkdir(folder)
 except OSError:
  pass
"""
_ACTIVATE = """
import os
with open("/slot_new", "w") as f:
 f.write("{slot}")
os.rename("/slot_new", "/slot_trial")
"""


def _folders(folder: str, files: Mapping[str, bytes]) -> list[str]:
    """The slot's folder and those in it, outer ones first."""
    inner = {str(Path(name).parent) for name in files} - {"."}
    return [folder, *(f"{folder}/{name}" for name in sorted(inner))]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _board_code(name: str) -> bytes:
    return (firmware_root() / "boot" / name).read_bytes()
