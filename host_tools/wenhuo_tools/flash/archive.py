"""Folders as archives for sending: the same files make the same bytes, so that a try resumes."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from wenhuo.llm.artifact import file_hash


def pack_folder(folder: Path, archive: Path) -> None:
    """A folder with all that is in it."""
    with tarfile.open(archive, "w") as tar:
        tar.add(folder, arcname=".", filter=_anonymous)


def pack_files(files: Mapping[str, Path], archive: Path) -> None:
    """Single files by the names they get, and SHA256SUMS over them."""
    sums = "".join(f"{file_hash(path)}  {name}\n" for name, path in sorted(files.items()))
    with tarfile.open(archive, "w") as tar:
        for name, path in sorted(files.items()):
            tar.add(path, arcname=name, filter=_anonymous)
        member = _anonymous(tarfile.TarInfo("SHA256SUMS"))
        member.size = len(sums)
        tar.addfile(member, io.BytesIO(sums.encode()))


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's name and no time."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member
