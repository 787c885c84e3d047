"""Sending a large file over SSH: goes on where it broke off, checked at the end by SHA-256."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from wenhuo.errors import FlashError, NoDeviceError
from wenhuo.llm.artifact import file_hash

SSH = ("ssh", "-o", "BatchMode=yes")
_TRIES, _PAUSE_S = 5, 1.0
_PIECE = 65536


class Remote:
    """A shell on another machine.

    host: as ssh takes it. ssh: the program and its options; the host and a command line follow.
    """

    def __init__(self, host: str, ssh: Sequence[str] = SSH) -> None:
        self.host = host
        self._ssh = list(ssh)

    def run(self, command: str, data: bytes = b"") -> str:
        """Run a shell command with `data` as its stdin; the text it printed.

        Raises NoDeviceError (no such host), FlashError.
        """
        return _text(self.read(command, data))

    def read(self, command: str, data: bytes = b"") -> bytes:
        """`run` for a command that prints no text."""
        done = subprocess.run(
            [*self._ssh, self.host, command], capture_output=True, input=data, check=False
        )
        if done.returncode:
            told = (_text(done.stderr).strip().splitlines() or ["it says nothing"])[-1]
            if done.returncode == _SSH_FAILED:
                raise NoDeviceError(f"{self.host}: {told}; try `ssh {self.host}` by hand")
            raise FlashError(f"{self.host}: {told}")
        return done.stdout

    def push(self, file: Path, path: str, sent: Callable[[int], None]) -> int:
        """Send a file to `path` there; what an earlier try has left is not sent again.

        sent: told how many bytes more have arrived. Returns how many were there from an earlier
        try. Raises NoDeviceError where the line breaks again and again, FlashError for wrong
        contents.
        """
        part = shlex.quote(f"{path}.part")
        size = file.stat().st_size
        begun = have = self._size(part)
        if have > size:
            self.run(f"rm -f {part}")
            begun = have = 0
        sent(have)
        for _ in range(_TRIES):
            told = have + self._append(file, part, have, sent)
            have = self._size(part)
            sent(have - told)  # what went into a broken line has not arrived
            if have >= size:
                break
            time.sleep(_PAUSE_S)
        else:
            raise NoDeviceError(f"{self.host}: the line broke {_TRIES} times; try again later")
        if self.run(f"sha256sum {part}").split()[:1] != [file_hash(file)]:
            self.run(f"rm -f {part}")
            again = "; an older, broken-off try was in its place" if begun else ""
            raise FlashError(f"{self.host}: what arrived is not what was sent{again}; try again")
        self.run(f"mv {part} {shlex.quote(path)}")
        return begun

    def _size(self, part: str) -> int:
        return int(self.run(f"stat -c %s {part} 2>/dev/null || echo 0"))

    def _append(self, file: Path, part: str, start: int, sent: Callable[[int], None]) -> int:
        """Send the rest of a file; how much went off, less than all where the line breaks."""
        gone = 0
        with (
            file.open("rb") as stream,
            subprocess.Popen(
                [*self._ssh, self.host, f"cat >> {part}"],
                stdin=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as process,
        ):
            assert process.stdin is not None
            stream.seek(start)
            try:
                while piece := stream.read(_PIECE):
                    process.stdin.write(piece)
                    process.stdin.flush()
                    gone += len(piece)
                    sent(len(piece))
                process.stdin.close()
            except BrokenPipeError:
                pass
        return gone


_SSH_FAILED = 255  # of ssh itself; any other code is the command's


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
