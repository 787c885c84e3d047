"""Words over a unix socket: one JSON object a line, each way.

    → {"say": "煮饭", "speaker": "Ann", "id": "7f3a"}     speaker and id may be left out
    ← {"id": "7f3a", "reply": "…", "tool": "cook"}
    → {"listen": true}                                    then every news, until the end
    ← {"news": "白粥好了。", "kind": "ready"}
    → {"state": true}
    ← {"state": {"mode": "cooking", …}, "sensors": {…}, "plan": {…}}    plan: null where none is on
    ← {"error": "…"}                                      for what is none of these

A sender that gives an id may send its words again after a broken connection: they are done once.
Who may open the socket may command the cooker; it is the user's and the group's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from wenhuo.errors import DaemonError, RequestError, WenhuoError

_LOG = logging.getLogger(__name__)
_LINE_BYTES = 65536
_LONGEST = 2000  # characters of one saying
_SPEAKER = 64
_QUEUE = 100

Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Words:
    """The socket's server. handle: answers one line; RequestError is told to the sender."""

    def __init__(self, path: Path, handle: Handler) -> None:
        self._path = path
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._listeners: set[asyncio.Queue[dict[str, Any]]] = set()

    async def open(self) -> None:
        """Listen. Raises DaemonError where another daemon does, or the path cannot be used."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if await self._answers():
            raise DaemonError(f"another wenhuod listens at {self._path}; stop that one first")
        with suppress(FileNotFoundError):
            if stat.S_ISSOCK(os.stat(self._path).st_mode):
                self._path.unlink()  # left behind by a daemon that was killed
        try:
            self._server = await asyncio.start_unix_server(
                self._talk, self._path, limit=_LINE_BYTES
            )
        except OSError as error:
            raise DaemonError(
                f"cannot listen at {self._path}: {error.strerror}; give another socket"
            ) from None
        self._path.chmod(0o660)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    def tell(self, news: dict[str, Any]) -> None:
        """Give news to everybody who listens; who does not keep up misses some."""
        for queue in self._listeners:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(news)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(self._path)
        except OSError:
            return False
        writer.close()
        return True

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await self._answer(line)
                if answer is None:
                    await self._listen(writer)
                    return
                await _send(writer, answer)
        except (ConnectionError, ValueError, asyncio.LimitOverrunError) as error:
            _LOG.info("a sender left: %s", error)
        except asyncio.CancelledError:
            pass  # the daemon ends; asyncio would print a traceback for who still listens
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any] | None:
        """The answer to a line; None: it wants to listen."""
        try:
            message = read_message(line)
            if "listen" in message:
                return None
            # what was begun is finished, even should the sender hang up
            return await asyncio.shield(asyncio.ensure_future(self._handle(message)))
        except WenhuoError as error:
            return {"error": str(error)}

    async def _listen(self, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_QUEUE)
        self._listeners.add(queue)
        try:
            await _send(writer, {"listening": True})
            while True:
                await _send(writer, await queue.get())
        finally:
            self._listeners.discard(queue)


def read_message(line: bytes) -> dict[str, Any]:
    """One line, checked. Raises RequestError."""
    try:
        message = json.loads(line)
    except ValueError:
        raise RequestError('not JSON; send one object a line, e.g. {"say": "煮饭"}') from None
    if not isinstance(message, dict):
        raise RequestError('not a JSON object; send e.g. {"say": "煮饭"}')
    known: dict[str, tuple[type, int]] = {
        "say": (str, _LONGEST),
        "speaker": (str, _SPEAKER),
        "id": (str, _SPEAKER),
        "listen": (bool, 0),
        "state": (bool, 0),
    }
    for key, value in message.items():
        if key not in known:
            raise RequestError(f"{key}: unknown; there are {', '.join(known)}")
        kind, longest = known[key]
        if not isinstance(value, kind) or (isinstance(value, str) and len(value) > longest):
            raise RequestError(f"{key}: give a {kind.__name__}, of at most {longest} characters")
    if len(message.keys() & {"say", "listen", "state"}) != 1:
        raise RequestError("give one of say, listen, state")
    return message


async def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    await writer.drain()
