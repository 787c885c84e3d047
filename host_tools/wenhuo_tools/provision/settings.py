"""What can be provisioned, checked before anything is written."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass

from wenhuo.boards import load_product
from wenhuo.errors import UsageError

LANGUAGES = ("zh", "en")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123, lower case
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?")
_TOPIC = re.compile(r"[^+#/\s]+(/[^+#/\s]+)*")
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_COUNTRY = re.compile(r"[A-Z]{2}")  # ISO 3166-1
_SSID_BYTES = 32  # IEEE 802.11
_PASSPHRASE = range(8, 64)  # characters, WPA2 and WPA3
_RAW_KEY = re.compile(r"[0-9A-Fa-f]{64}")
_ALTITUDE_M = (-430, 5500)  # the Dead Sea, the highest towns


@dataclass(frozen=True, slots=True)
class Wifi:
    """A network of the house. country: two letters, decides which channels are allowed."""

    ssid: str
    password: str
    country: str


@dataclass(frozen=True, slots=True)
class Mqtt:
    """An account at a broker. port: None is the usual one. ca: the certificates of the broker's own
    authority, PEM; None are those that the system trusts. topic: what all topics begin with; None
    is wenhuo/ and the controller's name."""

    host: str
    port: int | None
    user: str
    password: str
    tls: bool = False
    ca: bytes | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What to set; None leaves it as it is. name: in the network. altitude_m: above the sea."""

    name: str | None = None
    product: str | None = None
    language: str | None = None
    time_zone: str | None = None
    altitude_m: float | None = None
    wifi: Wifi | None = None
    mqtt: Mqtt | None = None


def check(settings: Settings) -> None:
    """Raises UsageError for the first value that cannot be, BoardDataError for no such product."""
    if settings.name is not None and not _LABEL.fullmatch(settings.name):
        raise UsageError(
            f"--name {settings.name!r}: give up to 63 of a-z, 0-9 and -, e.g. rice-cooker"
        )
    if settings.product is not None:
        load_product(settings.product)
    if settings.language is not None and settings.language not in LANGUAGES:
        raise UsageError(f"--language {settings.language!r}: give one of {', '.join(LANGUAGES)}")
    if settings.time_zone is not None and settings.time_zone not in zoneinfo.available_timezones():
        raise UsageError(
            f"--time-zone {settings.time_zone!r} is unknown; write e.g. Asia/Shanghai "
            "(timedatectl list-timezones lists all)"
        )
    low_m, high_m = _ALTITUDE_M
    if settings.altitude_m is not None and not low_m <= settings.altitude_m <= high_m:
        raise UsageError(f"--altitude {settings.altitude_m:g}: give metres, {low_m} to {high_m}")
    if settings.wifi is not None:
        _check_wifi(settings.wifi)
    if settings.mqtt is not None:
        _check_mqtt(settings.mqtt)


def _check_wifi(wifi: Wifi) -> None:
    if not 1 <= len(wifi.ssid.encode()) <= _SSID_BYTES or not wifi.ssid.isprintable():
        raise UsageError(f"--wifi {wifi.ssid!r}: a network's name has 1 to {_SSID_BYTES} bytes")
    if not _COUNTRY.fullmatch(wifi.country):
        raise UsageError(
            f"--wifi-country {wifi.country!r}: give the country's two letters, e.g. CN"
        )
    passphrase = len(wifi.password) in _PASSPHRASE and _is_plain(wifi.password)
    if not passphrase and not _RAW_KEY.fullmatch(wifi.password):
        raise UsageError(
            f"the Wi-Fi password must have {_PASSPHRASE.start} to {_PASSPHRASE.stop - 1} plain "
            "characters, or be a key of 64 hexadecimal digits"
        )


def _check_mqtt(mqtt: Mqtt) -> None:
    if not _HOST.fullmatch(mqtt.host):
        raise UsageError(f"--mqtt-host {mqtt.host!r} is neither a name nor an address")
    if not mqtt.user.isprintable() or not mqtt.password.isprintable():
        raise UsageError("MQTT user and password must not hold control characters")
    if mqtt.ca is not None and not (mqtt.tls and _CERTIFICATE in mqtt.ca):
        raise UsageError("--mqtt-ca: give a file of certificates (PEM), and --mqtt-tls")
    if mqtt.topic is not None and not _TOPIC.fullmatch(mqtt.topic):
        raise UsageError(
            f"--mqtt-topic {mqtt.topic!r}: give names with / between, e.g. kitchen/rice"
        )


def _is_plain(text: str) -> bool:
    """Printable ASCII: what a passphrase may hold (IEEE 802.11i, H.4)."""
    return text.isascii() and text.isprintable()
