"""The host's side of the plant protocol (wenhuo_tools.twin.plant): load, grant time, ask."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

from wenhuo.errors import RigError

_BANNER = "wenhuo-plant 1"
_CONNECT_TIMEOUT_S = 10.0
_GLANCE_S = 0.5  # how often a late reply makes us look whether the board still lives
# How long a RUN may take in real time. The longest grant is a minute of plant time.
_REPLY_TIMEOUT_S = 60.0


class PlantHost:
    """A connection to a plant as its host. Times are plant time.

    obituary: says why the other processes of the rig ended, None while they live.
    """

    def __init__(
        self, address: tuple[str, int], obituary: Callable[[], str | None] = lambda: None
    ) -> None:
        """Connect and say hello. Raises RigError where no plant answers."""
        self.address = address
        self._obituary = obituary
        self._pending = b""
        host, port = address
        try:
            self._socket = socket.create_connection(address, timeout=_CONNECT_TIMEOUT_S)
        except OSError as error:
            raise RigError(
                f"no plant at {host}:{port} ({error.strerror or error}); start one with "
                "`python -m wenhuo_tools.twin.plant`"
            ) from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(_GLANCE_S)
        self._ask(f"HELLO {_BANNER} host", "OK")

    def load(self, scenario: Mapping[str, Any]) -> None:
        """Start a scenario at t = 0 (members: see the plant's LOAD)."""
        self._ask(f"LOAD {json.dumps(scenario)}", "OK")

    def event(self, event: Mapping[str, Any]) -> None:
        """Queue an event (scenario.schema.json), at_s in plant time."""
        self._ask(f"EVENT {json.dumps(event)}", "OK")

    def run(self, until_ms: int) -> int:
        """Grant the board time; returns the plant's time, ms, when it has used it up."""
        return int(self._ask(f"RUN {until_ms}", "AT"))

    def free(self, until_ms: int) -> int:
        """Let time pass without a board, heater off; returns the plant's time, ms."""
        return int(self._ask(f"FREE {until_ms}", "AT"))

    def truth(self) -> dict[str, Any]:
        """What no sensor tells: temperatures, doneness, boil-over, scorch, energy."""
        value: dict[str, Any] = json.loads(self._ask("TRUTH", "T"))
        return value

    def quit(self) -> None:
        """End the plant's process."""
        self._ask("QUIT", "OK")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _ask(self, line: str, expected: str) -> str:
        """Send a line, return what follows the expected word of the reply. Raises RigError."""
        try:
            self._socket.sendall(line.encode() + b"\n")
            reply = self._read_line(line)
        except OSError as error:
            raise RigError(f"the plant broke off at {line[:40]!r}: {error}") from None
        word, _, rest = reply.partition(" ")
        if word != expected:
            told = reply.removeprefix("ERR ") or "the connection closed"
            raise RigError(f"plant: {told} (after {line[:40]!r})")
        return rest

    def _read_line(self, line: str) -> str:
        """The reply to `line`. Raises RigError where none comes, or a process died."""
        waited_s = 0.0
        while b"\n" not in self._pending:
            try:
                received = self._socket.recv(65536)
            except TimeoutError:
                waited_s += _GLANCE_S
                death = self._obituary()
                if death is not None or waited_s >= _REPLY_TIMEOUT_S:
                    raise RigError(
                        death or f"no reply to {line[:40]!r} in {waited_s:.0f} s; is a board on?"
                    ) from None
                continue
            if not received:
                raise RigError(self._obituary() or f"the plant hung up at {line[:40]!r}")
            self._pending += received
        reply, _, self._pending = self._pending.partition(b"\n")
        return reply.decode("ascii", "replace").strip()
