"""The cooker on an MQTT broker: what it does and reads goes out, words come in.

    TOPIC/online      "online", "offline" (retained; the broker says the latter where we vanish)
    TOPIC/status      what it is doing: request.schema.json, state (retained)
    TOPIC/telemetry   its readings: request.schema.json, sensors
    TOPIC/plan        the plan of the cook that is on: plan.schema.json (retained; empty: none is)
    TOPIC/news        what it says by itself, as over the socket (daemon/words.py)
    TOPIC/say         ← words: plain text, or {"say": "煮饭", "speaker": "Ann", "id": "7f3a"}
    TOPIC/reply       the answer to them, as over the socket

The bridge is one more sender on the daemon's own socket: whoever may publish to TOPIC/say may do
what somebody who speaks may do, through the same model and envelope, and no more. Words are taken
at most once and only while they are fresh: none that the broker retained, none from before we
came. Without a broker, or with a broken one, it tries again later and later; the cook knows nothing
of it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from wenhuo.daemon.mqtt_account import Account
from wenhuo.daemon.mqtt_line import BrokerLine
from wenhuo.errors import RequestError

_LOG = logging.getLogger(__name__)
_ON_S, _IDLE_S = 5.0, 60.0  # between two looks at the daemon
_BEGIN_S, _AGAIN_S = 0.1, 1.0  # until the daemon's socket is looked for, is tried again
_WAITING = 10  # words that may wait for their answer
_IDLE = ("idle", "fault")


class Bridge:
    """The daemon at `daemon` (its socket) on the broker of an account. `run` ends by cancelling.

    line: makes the line to the broker. Raises ConfigError where the account cannot be used.
    """

    def __init__(
        self, account: Account, daemon: Path, line: Callable[..., BrokerLine] = BrokerLine
    ) -> None:
        self._daemon = daemon
        self._line = line(account, self._connected, self._heard)
        self._answers: set[asyncio.Task[None]] = set()
        self._known: dict[str, str] = {}  # what was published last, by topic
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Publish and listen until cancelled. What goes wrong is logged, and tried again."""
        self._loop = asyncio.get_running_loop()
        while not self._daemon.exists():
            await asyncio.sleep(_BEGIN_S)
        self._line.start()
        try:
            await asyncio.gather(_forever(self._look), _forever(self._pass_on))
        finally:
            self._loop = None
            self._line.close()

    # Called in the line's thread.

    def _connected(self) -> None:
        self._in_loop(self._begin_anew)

    def _heard(self, payload: bytes) -> None:
        self._in_loop(self._take, payload)

    def _in_loop(self, job: Callable[..., None], *what: bytes) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(job, *what)

    # Called in the daemon's loop.

    def _begin_anew(self) -> None:
        """The broker knows nothing of us."""
        self._known.clear()
        self._changed.set()

    def _take(self, payload: bytes) -> None:
        if len(self._answers) >= _WAITING:
            self._reply({"error": "too many words at once; say it again later"})
            return
        answer = asyncio.ensure_future(self._answer(payload))  # "stop" waits for nobody
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)

    async def _look(self) -> None:
        """What the cooker does, whenever it has changed."""
        async with _Line(self._daemon) as line:
            while True:
                self._changed.clear()
                told = await line.ask({"state": True})
                self._tell("status", told["state"], retain=True)
                self._tell("telemetry", told["sensors"])
                self._tell("plan", told["plan"], retain=True)
                pause_s = _IDLE_S if told["state"]["mode"] in _IDLE else _ON_S
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), pause_s)

    async def _pass_on(self) -> None:
        """What the cooker says by itself; what it does may have changed then too."""
        async with _Line(self._daemon) as line:
            await line.ask({"listen": True})
            while True:
                self._line.send("news", _text(await line.read()))
                self._changed.set()

    async def _answer(self, payload: bytes) -> None:
        try:
            async with _Line(self._daemon) as line:
                answer = await line.ask(read_words(payload))
        except RequestError as error:
            answer = {"error": str(error)}
        except (OSError, ValueError) as error:
            answer = {"error": f"the daemon does not answer ({error}); say it again later"}
        self._reply(answer)
        self._changed.set()

    def _reply(self, answer: dict[str, Any]) -> None:
        self._line.send("reply", _text(answer))

    def _tell(self, name: str, value: dict[str, Any] | None, *, retain: bool = False) -> None:
        text = "" if value is None else _text(value)
        if self._known.get(name) != text and self._line.send(name, text, retain=retain):
            self._known[name] = text


def read_words(payload: bytes) -> dict[str, Any]:
    """A payload as a message for the daemon, which checks it further. Raises RequestError."""
    try:
        text = payload.decode().strip()
    except UnicodeDecodeError:
        raise RequestError("not UTF-8; send text") from None
    if not text.startswith("{"):
        return {"say": text}
    try:
        message: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        raise RequestError('not JSON; send text, or e.g. {"say": "煮饭"}') from None
    if "say" not in message:
        raise RequestError('no words in it; send text, or e.g. {"say": "煮饭"}')
    return message


class _Line:
    """A line to the daemon's socket. Raises OSError, ValueError where it breaks."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __aenter__(self) -> _Line:
        self._reader, self._writer = await asyncio.open_unix_connection(self._path)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._writer.close()

    async def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        self._writer.write(_text(message).encode() + b"\n")
        await self._writer.drain()
        return await self.read()

    async def read(self) -> dict[str, Any]:
        line = await self._reader.readline()
        if not line:
            raise ConnectionError("the daemon hung up")
        told: dict[str, Any] = json.loads(line)
        return told


async def _forever(job: Callable[[], Awaitable[None]]) -> None:
    """A job that begins anew, also where it failed: nothing here may end the daemon."""
    while True:
        try:
            await job()
        except Exception as error:  # whatever it is, the cook goes on
            _LOG.info("mqtt: %s; trying again", error)
            await asyncio.sleep(_AGAIN_S)


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
