"""Messages between the host and the model's process: a JSON object a line, over a socket.

JSON and not pickle, so that a damaged guest cannot make the host run anything.
"""

from __future__ import annotations

import json
import socket
import time
from typing import Any

_CHUNK = 65536
_LONGEST = 1 << 20  # bytes of a message; a line of the language is a thousandth of it


class ChannelError(Exception):
    """The other side is gone, late, or does not speak the protocol."""


class Channel:
    """One end of the socket."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._read = b""

    def send(self, message: dict[str, Any]) -> None:
        """Raises ChannelError where nobody reads."""
        try:
            self._end.settimeout(None)
            self._end.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        except OSError as error:
            raise ChannelError(f"it is gone ({error})") from error

    def receive(self, deadline: float | None = None) -> dict[str, Any]:
        """The next message; deadline as time.monotonic() tells it.

        Raises ChannelError where the other side ended, said no JSON object, or took too long.
        """
        while b"\n" not in self._read:
            if len(self._read) > _LONGEST:
                raise ChannelError("it sent rubbish")
            self._read += self._some(deadline)
        line, _, self._read = self._read.partition(b"\n")
        try:
            message = json.loads(line)
        except ValueError as error:
            raise ChannelError("it sent rubbish") from error
        if not isinstance(message, dict):
            raise ChannelError("it sent rubbish")
        return message

    def _some(self, deadline: float | None) -> bytes:
        try:
            if deadline is not None:
                self._end.settimeout(max(1e-3, deadline - time.monotonic()))
            data = self._end.recv(_CHUNK)
        except TimeoutError:
            raise ChannelError("it did not answer in time") from None
        except OSError as error:
            raise ChannelError(f"it is gone ({error})") from error
        if not data:
            raise ChannelError("it ended")
        return data

    def close(self) -> None:
        """Hang up."""
        self._end.close()
