"""Where provisioned files go: a mounted card or directory tree, or a running Pi over SSH."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wenhuo.errors import FlashError
from wenhuo_tools.flash.push import Remote


@dataclass(frozen=True, slots=True)
class SystemFile:
    """A file of the controller. path: from /, without the leading slash. link: instead of data."""

    path: str
    data: bytes = b""
    mode: int = 0o644
    link: str | None = None


class Target(Protocol):
    """A controller's file system."""

    def read(self, path: str) -> str:
        """A text file's contents, empty where there is none."""

    def matching(self, pattern: str) -> list[str]:
        """The files whose paths fit a pattern."""

    def put(self, files: Sequence[SystemFile]) -> None:
        """Write files, owned by root where this user is. Raises FlashError, NoDeviceError."""


class Tree:
    """A card that is mounted at `root`, or any tree with a Linux in it. Each file is replaced by a
    rename, so that a break leaves the old one or the new one."""

    def __init__(self, root: Path) -> None:
        """Raises FlashError where there is no system in it."""
        if not (root / "etc").is_dir():
            raise FlashError(
                f"{root} holds no system (no etc/ in it); mount the card's root partition there"
            )
        self._root = root

    def read(self, path: str) -> str:
        """See Target."""
        try:
            return (self._root / path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise FlashError(
                f"cannot read {self._root / path}: {error.strerror}; run with sudo"
            ) from None

    def matching(self, pattern: str) -> list[str]:
        """See Target."""
        return sorted(str(path.relative_to(self._root)) for path in self._root.glob(pattern))

    def put(self, files: Sequence[SystemFile]) -> None:
        """See Target."""
        for file in files:
            try:
                self._put(file)
            except OSError as error:
                raise FlashError(
                    f"cannot write {self._root / file.path}: {error.strerror}; run with sudo"
                ) from None

    def _put(self, file: SystemFile) -> None:
        path = self._root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.wenhuo-new")
        new.unlink(missing_ok=True)
        if file.link is not None:
            new.symlink_to(file.link)
        else:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
            with os.fdopen(descriptor, "wb") as stream:
                os.fchmod(descriptor, file.mode)  # whatever this user's umask is
                stream.write(file.data)
                stream.flush()
                os.fsync(descriptor)
        new.replace(path)


class Running:
    """A controller that runs. Its user may call sudo without a password, as on Raspberry Pi OS."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def read(self, path: str) -> str:
        """See Target."""
        return self._remote.run(f"sudo -n sh -c 'test ! -e /{path} || cat /{path}'")

    def matching(self, pattern: str) -> list[str]:
        """See Target."""
        told = self._remote.run(f"sudo -n sh -c 'ls -d /{pattern} 2>/dev/null || true'")
        return [line.removeprefix("/") for line in told.splitlines()]

    def put(self, files: Sequence[SystemFile]) -> None:
        """See Target. They go through ssh's stdin, where no list of processes shows them."""
        self._remote.run("sudo -n tar -xpf - --no-same-owner -C /", _archive(files))
        self._remote.run(f"sudo -n sh -c '{_APPLY}'")


# What a running system does not notice by itself; what it does not have, it does not need.
_APPLY = (
    "hostname -F /etc/hostname; nmcli connection reload; rfkill unblock wifi; "
    "systemctl try-restart wenhuod; true"
)


def _archive(files: Sequence[SystemFile]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in files:
            member = tarfile.TarInfo(file.path)
            member.mode = file.mode
            member.mtime = int(time.time())
            if file.link is not None:
                member.type, member.linkname = tarfile.SYMTYPE, file.link
                tar.addfile(member)
                continue
            member.size = len(file.data)
            tar.addfile(member, io.BytesIO(file.data))
    return buffer.getvalue()
