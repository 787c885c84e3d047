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
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from wenhuo.daemon.mqtt_account import Account
from wenhuo.errors import ConfigError, RequestError

_LOG = logging.getLogger(__name__)
_ON_S, _IDLE_S = 5.0, 60.0  # between two looks at the daemon
_BACK_OFF_S = (1, 120)
_AGAIN_S = 1.0  # until the daemon's socket is tried again
_LARGEST_BYTES = 16384  # of a message that the broker may send
_WAITING = 10  # words that may wait for their answer
_ONCE = 2  # quality of service: a cook must not be ordered twice
_IDLE = ("idle", "fault")
_WITH_WILL = ReasonCode(PacketTypes.DISCONNECT, identifier=4)  # the broker says that we are offline


class Bridge:
    """The daemon at `daemon` (its socket) on the broker of an account. `run` ends by cancelling.

    back_off_s: the shortest and the longest pause before the broker is tried again. Raises
    ConfigError where the authority's file cannot be used.
    """

    def __init__(
        self, account: Account, daemon: Path, back_off_s: tuple[int, int] = _BACK_OFF_S
    ) -> None:
        self._account = account
        self._daemon = daemon
        self._answers: set[asyncio.Task[None]] = set()
        self._known: dict[str, str] = {}  # what was published last, by topic
        self._greeted = asyncio.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=account.topic.replace("/", "-"),
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        self._client.username_pw_set(account.user, account.password)
        self._client.will_set(self._topic("online"), "offline", qos=1, retain=True)
        self._client.reconnect_delay_set(*back_off_s)
        if account.tls:
            self._client.tls_set_context(_trusted(account.ca_file))

    async def run(self) -> None:
        """Publish and listen until cancelled. What goes wrong is logged, and tried again."""
        self._listen(asyncio.get_running_loop())
        limits = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        limits.MaximumPacketSize = _LARGEST_BYTES
        self._client.connect_async(
            self._account.host, self._account.port, clean_start=True, properties=limits
        )
        self._client.loop_start()
        try:
            await asyncio.gather(_forever(self._look), _forever(self._pass_on))
        finally:
            self._client.on_connect = self._client.on_disconnect = self._client.on_message = None
            self._client.disconnect(_WITH_WILL)  # its thread ends by itself

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have what happens in the client's thread done in the daemon's loop."""

        def connected(_c: object, _u: object, _f: object, code: ReasonCode, _p: object) -> None:
            loop.call_soon_threadsafe(self._connected, code)

        def lost(_c: object, _u: object, _f: object, code: ReasonCode, _p: object) -> None:
            loop.call_soon_threadsafe(self._lost, code)

        def heard(_c: object, _u: object, message: mqtt.MQTTMessage) -> None:
            loop.call_soon_threadsafe(self._take, message)

        self._client.on_connect = connected
        self._client.on_disconnect = lost
        self._client.on_message = heard

    def _connected(self, code: ReasonCode) -> None:
        where = f"{self._account.host}:{self._account.port}"
        if code.is_failure:
            _LOG.warning("mqtt: %s refuses us: %s; see `wenhuo provision`", where, code)
            return
        _LOG.info("mqtt: connected to %s", where)
        fresh = SubscribeOptions(qos=_ONCE, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        self._client.subscribe(self._topic("say"), options=fresh)
        self._publish("online", "online", retain=True)
        self._known.clear()
        self._greeted.set()

    def _lost(self, code: ReasonCode) -> None:
        _LOG.info("mqtt: the broker is gone (%s); trying again", code)

    def _take(self, message: mqtt.MQTTMessage) -> None:
        if message.retain:
            return
        if len(self._answers) >= _WAITING:
            self._reply({"error": "too many words at once; say it again later"})
            return
        answer = asyncio.ensure_future(self._answer(message.payload))  # "stop" waits for nobody
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)

    async def _look(self) -> None:
        """What the cooker does, whenever it has changed."""
        async with _Line(self._daemon) as line:
            while True:
                told = await line.ask({"state": True})
                self._tell("status", told["state"], retain=True)
                self._tell("telemetry", told["sensors"])
                self._tell("plan", told["plan"], retain=True)
                pause_s = _IDLE_S if told["state"]["mode"] in _IDLE else _ON_S
                self._greeted.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._greeted.wait(), pause_s)

    async def _pass_on(self) -> None:
        """What the cooker says by itself; what it does may have changed then too."""
        async with _Line(self._daemon) as line:
            await line.ask({"listen": True})
            while True:
                self._publish("news", _text(await line.read()))
                self._greeted.set()

    async def _answer(self, payload: bytes) -> None:
        try:
            async with _Line(self._daemon) as line:
                answer = await line.ask(read_words(payload))
        except RequestError as error:
            answer = {"error": str(error)}
        except (OSError, ValueError) as error:
            answer = {"error": f"the daemon does not answer ({error}); say it again later"}
        self._reply(answer)
        self._greeted.set()

    def _reply(self, answer: dict[str, Any]) -> None:
        self._publish("reply", _text(answer))

    def _tell(self, name: str, value: dict[str, Any] | None, *, retain: bool = False) -> None:
        text = "" if value is None else _text(value)
        if self._known.get(name) != text and self._publish(name, text, retain=retain):
            self._known[name] = text

    def _publish(self, name: str, text: str, *, retain: bool = False) -> bool:
        """Whether it could be sent; nothing is kept for a broker that is not there."""
        if not self._client.is_connected():
            return False
        self._client.publish(self._topic(name), text, qos=1, retain=retain)
        return True

    def _topic(self, name: str) -> str:
        return f"{self._account.topic}/{name}"


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


def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigError(f"{ca_file}: no certificates in it ({error}); give another") from None


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
