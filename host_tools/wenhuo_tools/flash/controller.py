"""`wenhuo flash controller`: the bundle onto a card, into a tree, or over SSH onto a running Pi."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from wenhuo.errors import FlashError
from wenhuo_tools.flash.archive import pack_folder
from wenhuo_tools.flash.bundle import Bundle
from wenhuo_tools.flash.push import Remote
from wenhuo_tools.report.transfer import transfer

_THERE = "/var/tmp/wenhuo-bundle"


def install_into(bundle: Path, root: Path) -> str:
    """Run the bundle's own installer into a directory tree; what it said. Raises FlashError."""
    return run_script(bundle / "install.sh", "--root", str(root))


def run_script(script: Path, *arguments: str) -> str:
    """Run a script of ours on this machine; what it said. Raises FlashError."""
    command = ["sh", str(script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines() or [f"{script.name} says nothing"]
        raise FlashError(f"not installed: {told[-1].removeprefix('wenhuo: ')}")
    return done.stdout.strip().removeprefix("wenhuo: ")


def install_over_ssh(bundle: Bundle, remote: Remote, say: Callable[[str], None]) -> str:
    """Send the bundle and run its installer there as root; what it said.

    Raises NoDeviceError, FlashError; the installed version stays as it was.
    """
    with tempfile.TemporaryDirectory(prefix="wenhuo-") as scratch:
        archive = Path(scratch) / "bundle.tar"
        pack_folder(bundle.folder, archive)
        with transfer(remote.host, archive.stat().st_size) as sent:
            remote.push(archive, f"{_THERE}.tar", sent)
    say(f"{remote.host}: installing")
    there = f"rm -rf {_THERE} && mkdir -p {_THERE} && tar -xf {_THERE}.tar -C {_THERE}"
    remote.run(there)
    told = remote.run(f"sudo -n sh {_THERE}/install.sh && sudo -n systemd-sysusers")
    remote.run(f"rm -rf {_THERE} {_THERE}.tar")
    return told.strip().removeprefix("wenhuo: ")
