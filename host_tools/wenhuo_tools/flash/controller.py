"""`wenhuo flash controller`: the bundle onto a card, into a tree, or over SSH onto a running Pi."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from wenhuo.errors import FlashError
from wenhuo_tools.flash.bundle import Bundle
from wenhuo_tools.flash.push import Remote
from wenhuo_tools.report.transfer import transfer

_THERE = "/var/tmp/wenhuo-bundle"


def install_into(bundle: Path, root: Path) -> str:
    """Run the bundle's own installer into a directory tree; what it said. Raises FlashError."""
    command = ["sh", str(bundle / "install.sh"), "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["install.sh says nothing"]
        raise FlashError(f"not installed: {told[-1].removeprefix('wenhuo: ')}")
    return done.stdout.strip().removeprefix("wenhuo: ")


def install_over_ssh(bundle: Bundle, remote: Remote, say: Callable[[str], None]) -> str:
    """Send the bundle and run its installer there as root; what it said.

    Raises NoDeviceError, FlashError; the installed version stays as it was.
    """
    with tempfile.TemporaryDirectory(prefix="wenhuo-") as scratch:
        archive = Path(scratch) / "bundle.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(bundle.folder, arcname=".", filter=_anonymous)
        with transfer(remote.host, archive.stat().st_size) as sent:
            remote.push(archive, f"{_THERE}.tar", sent)
    say(f"{remote.host}: installing")
    there = f"rm -rf {_THERE} && mkdir -p {_THERE} && tar -xf {_THERE}.tar -C {_THERE}"
    remote.run(there)
    told = remote.run(f"sudo -n sh {_THERE}/install.sh && sudo -n systemd-sysusers")
    remote.run(f"rm -rf {_THERE} {_THERE}.tar")
    return told.strip().removeprefix("wenhuo: ")


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's name and no time in the archive: the same bundle is the same file, and resumes."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member
