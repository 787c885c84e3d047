"""The model kept in a process of its own, with a memory cap and a deadline.

Whatever happens there (a crash, a hang, no memory, a damaged file), the host gets a ModelError
within the deadline and goes on without the model. A failed guest is started again when it is next
asked for, but not before a pause that doubles with every failure in a row.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from wenhuo.errors import LanguageError, ModelError
from wenhuo.llm.artifact import read_artifact
from wenhuo.llm.channel import Channel, ChannelError
from wenhuo.llm.generation import About, Generation, Interject, Speed

_Said = TypeVar("_Said")
OURS = "wenhuo.llm.guest"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a guest may take: threads and CPUs (none: any), memory, time for a line and to load."""

    threads: int
    memory_mb: int
    line_s: float
    load_s: float
    cpus: tuple[int, ...] = ()


class _Guest:
    """One process. `about` is known once the model is loaded."""

    def __init__(self, program: str, folder: Path, dishes: Sequence[str], limits: Limits) -> None:
        ours, theirs = socket.socketpair()
        given = {
            "socket": theirs.fileno(),
            "folder": str(folder),
            "dishes": list(dishes),
            "threads": limits.threads,
            "memory_mb": limits.memory_mb,
            "cpus": list(limits.cpus),
        }
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", program, json.dumps(given)],
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=self._said,
                pass_fds=[theirs.fileno()],
                # numpy's own threads are not for a matrix of ours, and cost memory
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
        weakref.finalize(self, self.process.kill)  # also where the host ends without a close()
        self.channel = Channel(ours)
        self.about: About | None = None
        self.started = time.monotonic()

    def end(self) -> str:
        """Kill it, if it still is; returns how it ended."""
        self.process.kill()
        code = self.process.wait()
        self.channel.close()
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        self._said.close()
        return f"exit {code}" + (f": {lines[-1]}" if lines else "")


class Guard:
    """The host's side. Threads may share it: one line at a time, the others wait their turn."""

    def __init__(
        self,
        folder: Path,
        dishes: Sequence[str],
        limits: Limits,
        program: str = OURS,
    ) -> None:
        """program: the module that runs as the guest."""
        self._program = program
        self._folder, self._dishes, self._limits = folder, tuple(dishes), limits
        self._turn = threading.Lock()
        self._guest: _Guest | None = None
        self._failures = 0
        self._not_before = 0.0
        self._reason = ""

    @property
    def pid(self) -> int | None:
        """The guest's process, None where there is none."""
        return self._guest.process.pid if self._guest else None

    def start(self) -> None:
        """Begin to load; does not wait, so that the host's own start goes on beside it. Where it
        cannot begin, the first sentence will say why."""
        with self._turn, suppress(ModelError):
            self._ensure()

    def about(self) -> About:
        """What the model runs on, once it is loaded. Raises ModelError where it cannot be."""
        with self._turn, self._watched() as guest:
            return self._await_ready(guest)

    def generate(self, prompt: str, interject: Interject | None = None) -> Generation:
        """As Engine.generate. Raises ModelError where no model answers, LanguageError for
        conditions that are not in the language."""
        with self._turn, self._watched() as guest:
            try:
                guest.channel.send({"prompt": prompt, "interject": interject is not None})
            except ChannelError:
                self._await_ready(guest)  # it may have said why it left
                raise
            self._await_ready(guest)
            return self._converse(guest, interject)

    def schedule(self, conditions: Sequence[str]) -> Generation:
        """As Engine.schedule. Raises ModelError where no model answers, LanguageError for
        conditions that are not in the language."""
        with self._turn, self._watched() as guest:
            self._await_ready(guest)
            guest.channel.send({"conditions": list(conditions)})
            return self._converse(guest, None)

    def speed(self, prefill: int, decode: int) -> Speed:
        """As Engine.speed. Raises ModelError where no model answers."""
        with self._turn, self._watched() as guest:
            self._await_ready(guest)
            guest.channel.send({"time": [prefill, decode]})
            return _read(
                Speed, guest.channel.receive(time.monotonic() + self._limits.line_s), "timed"
            )

    def _converse(self, guest: _Guest, interject: Interject | None) -> Generation:
        left_s = self._limits.line_s  # of the guest's own time; the host's is not counted
        while True:
            asked = time.monotonic()
            message = guest.channel.receive(asked + left_s)
            left_s -= time.monotonic() - asked
            if "asks" in message and interject is not None:
                guest.channel.send({"writes": self._written(interject, message["asks"])})
            elif "refused" in message:
                raise LanguageError(str(message["refused"]))
            else:
                return _read(Generation, message, "made")

    def _written(self, interject: Interject, names: list[str]) -> list[str] | None:
        """What the host interjects; should it fail, the guest is not left in mid-line."""
        try:
            return interject(names)
        except BaseException:
            self._end()
            raise

    def _await_ready(self, guest: _Guest) -> About:
        if guest.about is None:
            message = guest.channel.receive(guest.started + self._limits.load_s)
            guest.about = _read(About, message, "ready")
        return guest.about

    @contextmanager
    def _watched(self) -> Iterator[_Guest]:
        """Whatever goes wrong with the guest inside ends it and becomes a ModelError."""
        guest = self._ensure()
        try:
            yield guest
        except ChannelError as error:
            ended = self._end()
            pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**self._failures)
            self._failures += 1
            self._not_before = time.monotonic() + pause_s
            self._reason = f"the model's process failed: {error} ({ended})"
            raise ModelError(self._reason) from None
        self._failures = 0

    def _ensure(self) -> _Guest:
        if self._guest is None:
            wait_s = self._not_before - time.monotonic()
            if wait_s > 0:
                raise ModelError(f"{self._reason}; it is started again in {wait_s:.1f} s")
            if self._program == OURS:  # here, so that the model's process needs no OpenSSL: 4 MB
                read_artifact(self._folder, self._dishes)
            self._guest = _Guest(self._program, self._folder, self._dishes, self._limits)
        return self._guest

    def _end(self) -> str:
        guest, self._guest = self._guest, None
        return guest.end() if guest else ""

    def close(self) -> None:
        """End the guest."""
        with self._turn:
            self._end()


def _read(kind: type[_Said], message: dict[str, Any], key: str) -> _Said:
    """Raises ChannelError for a guest's failure and for what no healthy guest says."""
    if "error" in message:
        raise ChannelError(str(message["error"]))
    try:
        return kind(**message[key])
    except (KeyError, TypeError):
        raise ChannelError("it sent rubbish") from None
