"""The connection to an MQTT broker, kept by a thread of its own.

paho's own thread ends where a broker sends what is no MQTT; this one begins anew, later and later.
"""

from __future__ import annotations

import logging
import queue
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from wenhuo.daemon.mqtt_account import Account
from wenhuo.errors import ConfigError

_LOG = logging.getLogger(__name__)
_BACK_OFF_S = (1.0, 120.0)
_TURN_S = 0.5  # the longest that something to send waits
_LARGEST_BYTES = 16384  # of a message that the broker may send
_ONCE = 2  # quality of service: a cook must not be ordered twice
_WITH_WILL = ReasonCode(PacketTypes.DISCONNECT, identifier=4)  # the broker says that we are offline


class BrokerLine:
    """A line to the broker of an account. `connected` and `heard` are called in its thread.

    heard: told what arrived at TOPIC/say while we were there; nothing that the broker kept.
    back_off_s: the shortest and the longest pause before the broker is tried again. Raises
    ConfigError where the authority's file cannot be used.
    """

    def __init__(
        self,
        account: Account,
        connected: Callable[[], None],
        heard: Callable[[bytes], None],
        back_off_s: tuple[float, float] = _BACK_OFF_S,
    ) -> None:
        self._account = account
        self._trusted = _trusted(account.ca_file) if account.tls else None
        self._told_connected, self._told_heard = connected, heard
        self._back_off_s = back_off_s
        self._out: queue.SimpleQueue[tuple[str, str, bool]] = queue.SimpleQueue()
        self._up = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="mqtt", daemon=True)

    def start(self) -> None:
        """Connect, now or as soon as it can be done."""
        self._thread.start()

    def close(self) -> None:
        """Hang up; the thread ends by itself."""
        self._closed.set()

    def send(self, name: str, text: str, *, retain: bool = False) -> bool:
        """Publish at TOPIC/name. False, and nothing is kept, where no broker is there."""
        if self._up:
            self._out.put((name, text, retain))
        return self._up

    # In the line's own thread.

    def _keep(self) -> None:
        least_s, most_s = self._back_off_s
        pause_s = least_s
        where = f"{self._account.host}:{self._account.port}"
        while not self._closed.is_set():
            try:
                self._serve()
                why = "it hung up"
            except Exception as error:  # whatever a broker sends, the next one may be better
                why = str(error) or type(error).__name__
            pause_s = least_s if self._up else min(pause_s * 2, most_s)
            self._up = False
            _LOG.info("mqtt: no broker at %s (%s); again in %.0f s", where, why, pause_s)
            self._closed.wait(pause_s)

    def _serve(self) -> None:
        """One connection, until it breaks or the line is closed."""
        client = self._client()
        limits = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        limits.MaximumPacketSize = _LARGEST_BYTES
        client.connect(self._account.host, self._account.port, clean_start=True, properties=limits)
        while client.loop(_TURN_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
            if self._closed.is_set():
                client.disconnect(_WITH_WILL)
            while not self._out.empty():
                name, text, retain = self._out.get()
                client.publish(f"{self._account.topic}/{name}", text, qos=1, retain=retain)

    def _client(self) -> mqtt.Client:
        account = self._account
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=account.topic.replace("/", "-"),
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        client.username_pw_set(account.user, account.password)
        client.will_set(f"{account.topic}/online", "offline", qos=1, retain=True)
        if self._trusted is not None:
            client.tls_set_context(self._trusted)
        client.on_connect = self._connected
        client.on_message = self._heard
        return client

    def _connected(
        self, client: mqtt.Client, _user: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            _LOG.warning("mqtt: %s refuses us: %s", self._account.host, code)
            return
        _LOG.info("mqtt: connected to %s:%d", self._account.host, self._account.port)
        fresh = SubscribeOptions(qos=_ONCE, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        client.subscribe(f"{self._account.topic}/say", options=fresh)
        while not self._out.empty():  # for a broker that has gone
            self._out.get()
        self._up = True
        self.send("online", "online", retain=True)
        self._told_connected()

    def _heard(self, _client: object, _user: object, message: mqtt.MQTTMessage) -> None:
        if not message.retain:
            self._told_heard(message.payload)


def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigError(f"{ca_file}: no certificates in it ({error}); give another") from None
