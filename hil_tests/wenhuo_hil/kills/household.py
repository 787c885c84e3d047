"""A rig with a daemon on it: its time is granted here, its words are spoken here, and it is killed
here."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Self

from wenhuo.boards import Product
from wenhuo.daemon.client import ask
from wenhuo.errors import DaemonError, RigError
from wenhuo.memory import Memory
from wenhuo_tools.rig.virtual import VirtualRig

_START_S = 120.0  # real: a loaded machine takes its time to start a Python with a model
_BOOT_S = 1.0
_STEP_S = 60.0


class Household:
    """One memory, one cooker, one daemon after the other. Use as a context manager."""

    def __init__(self, product: Product, folder: Path, began: datetime) -> None:
        self.folder = folder
        self.rig = VirtualRig(product)
        self._began = began
        self._daemon: subprocess.Popen[bytes] | None = None
        self._time: socket.socket | None = None
        self._lines: IO[str] | None = None
        self._until_s = 0.0
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self.starts = 0
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / "time.sock"))
        self._door.listen()
        self._door.settimeout(_START_S)

    def __enter__(self) -> Self:
        self.rig.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()
        self.rig.close()
        self._door.close()
        self._log.close()

    @property
    def now_s(self) -> float:
        """Rig time."""
        return self.rig.clock.now_s()

    def memory(self) -> Memory:
        """The household's memory, for a look from outside."""
        return Memory.open(self.folder)

    def fill(self, pot: Mapping[str, Any], seed: int) -> None:
        """Another day: another pot, and a board that has never cooked."""
        self.kill()
        self._began += timedelta(seconds=self.now_s, days=1)
        self.rig.begin({"id": "1", "pot": dict(pot), "seed": seed}, [])
        self.rig.clock.sleep(_BOOT_S)

    def start(self) -> None:
        """Start a daemon and wait until it serves. Raises RigError."""
        config = self.folder / "wenhuod.toml"
        config.write_text(
            f'product = "{self.rig.product.id}"\nport = "{self.rig.port}"\n'
            f'state_dir = "{self.folder}"\n',
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "wenhuo_hil.kills.rig_time", "--config", str(config)]
        command += ["--time", str(self.folder / "time.sock"), "--now", str(self.now_s)]
        command += ["--began", self._began.isoformat()]
        environment = {key: v for key, v in os.environ.items() if key != "NOTIFY_SOCKET"}
        self._daemon = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=environment
        )
        self.starts += 1
        try:
            self._time, _ = self._door.accept()
        except TimeoutError:
            raise RigError(f"the daemon does not start: {self._last_words()}") from None
        self._time.settimeout(_START_S)
        self._lines = self._time.makefile(encoding="utf-8")
        self._await_quiet()

    def kill(self) -> None:
        """kill -9."""
        if self._daemon is not None:
            with suppress(ProcessLookupError):
                os.kill(self._daemon.pid, signal.SIGKILL)
            self._daemon.wait()
            self._daemon = None
        if self._time is not None:
            self._time.close()
        if self._lines is not None:
            self._lines.close()
        self._time = self._lines = None

    def say(self, text: str, message: str) -> str:
        """Say something and wait for the answer. Raises DaemonError."""
        answer = ask(self.folder / "wenhuod.sock", {"say": text, "id": message})
        if "error" in answer:
            raise DaemonError(answer["error"])
        self._await_quiet()
        return str(answer["reply"])

    def say_and_kill(self, text: str, message: str, after_s: float) -> None:
        """Say something and kill the daemon so long after, real time, while it works on it."""
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(str(self.folder / "wenhuod.sock"))
            end.sendall(json.dumps({"say": text, "id": message}).encode() + b"\n")
            time.sleep(after_s)
            self.kill()

    def pass_time(self, duration_s: float, *, kill_after_s: float | None = None) -> None:
        """Let the cooker, and the daemon where one is up, go on.

        kill_after_s: at the end the daemon is killed, so long (real time) after it was told what
        time it is, while it does what is due.
        """
        end_s = self.now_s + duration_s
        while self.now_s < end_s - 1e-3:
            until_s = end_s
            if self._time is not None:
                until_s = min(end_s, max(self._until_s, self.now_s + 0.1))
            until_s = min(until_s, self.now_s + _STEP_S)
            self.rig.clock.sleep(until_s - self.now_s)
            last = kill_after_s is not None and self.now_s >= end_s - 1e-3
            if self._time is not None and (last or self.now_s >= self._until_s):
                self._grant(wait=not last)
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            self.kill()

    def _grant(self, *, wait: bool) -> None:
        assert self._time is not None
        try:
            self._time.sendall(json.dumps({"now": self.now_s}).encode() + b"\n")
        except OSError:
            raise RigError(f"the daemon is gone: {self._last_words()}") from None
        if wait:
            self._await_quiet()

    def _await_quiet(self) -> None:
        """Until the daemon says that it has nothing to do before a later moment."""
        assert self._lines is not None
        try:
            line = self._lines.readline()
        except OSError:
            line = ""
        if not line:
            raise RigError(f"the daemon is gone: {self._last_words()}")
        self._until_s = float(json.loads(line)["until"])

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it said nothing"
