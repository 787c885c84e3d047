"""Settings as files of Raspberry Pi OS (bookworm and trixie: systemd, NetworkManager)."""

from __future__ import annotations

import json
import re
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import replace

from wenhuo.errors import FlashError
from wenhuo_tools.provision.settings import Mqtt, Settings, Wifi
from wenhuo_tools.provision.target import SystemFile, Target

DAEMON_FILE = "etc/wenhuo/wenhuod.toml"
MQTT_FILE = "etc/wenhuo/mqtt.toml"  # the service gets it as a credential; only root reads it
_MQTT_CA_FILE = "etc/wenhuo/mqtt-ca.pem"
_SECRET = 0o600
_WIFI_FILE = "etc/NetworkManager/system-connections/wenhuo.nmconnection"
_COUNTRY_FILE = "etc/modprobe.d/wenhuo-wifi.conf"
_BLOCKED = "var/lib/systemd/rfkill/*:wlan"  # Raspberry Pi OS blocks Wi-Fi until a country is set
_HOSTS_LINE = re.compile(r"^127\.0\.1\.1\b.*$", re.MULTILINE)


def provision(settings: Settings, target: Target) -> list[str]:
    """Write what is set; the paths written. Raises FlashError, NoDeviceError.

    The caller has checked the settings (settings.check).
    """
    files = _daemon(settings, target)
    if settings.name is not None:
        files += _name(settings.name, target)
    if settings.time_zone is not None:
        files += _time_zone(settings.time_zone)
    if settings.wifi is not None:
        files += _wifi(settings.wifi, target)
    if settings.mqtt is not None:
        files += _mqtt(settings.mqtt)
    target.put(files)
    return [file.path for file in files]


def daemon_text(old: Mapping[str, str | float], settings: Settings) -> str:
    """The daemon's settings file: what is set, over what was in it."""
    new = {
        "product": settings.product,
        "language": settings.language,
        "time_zone": settings.time_zone,
        "altitude_m": settings.altitude_m,
    }
    changed = {key: value for key, value in new.items() if value is not None}
    return _toml_text({**old, **changed}, "Settings of wenhuod; written by `wenhuo provision`.")


def _daemon(settings: Settings, target: Target) -> list[SystemFile]:
    """The daemon's file, only where something in it is set."""
    bare = replace(settings, name=None, wifi=None, mqtt=None)
    if bare == Settings():
        return []
    try:
        old = tomllib.loads(target.read(DAEMON_FILE))
    except tomllib.TOMLDecodeError as error:
        raise FlashError(f"/{DAEMON_FILE} is damaged ({error}); mend or remove it") from None
    return [SystemFile(DAEMON_FILE, daemon_text(old, settings).encode())]


def _toml_text(values: Mapping[str, str | float], head: str) -> str:
    """A flat TOML file. A JSON string without control characters is a TOML string."""
    rows = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([f"# {head}", *rows]) + "\n"


def _name(name: str, target: Target) -> list[SystemFile]:
    """/etc/hostname, and /etc/hosts so that the machine knows itself (sudo asks)."""
    line, old = f"127.0.1.1\t{name}", target.read("etc/hosts")
    known = _HOSTS_LINE.search(old)
    hosts = _HOSTS_LINE.sub(line, old) if known else f"{old.rstrip()}\n{line}\n".lstrip()
    return [
        SystemFile("etc/hostname", f"{name}\n".encode()),
        SystemFile("etc/hosts", hosts.encode()),
    ]


def _time_zone(zone: str) -> list[SystemFile]:
    return [
        SystemFile("etc/localtime", link=f"/usr/share/zoneinfo/{zone}"),
        SystemFile("etc/timezone", f"{zone}\n".encode()),
    ]


def _wifi(wifi: Wifi, target: Target) -> list[SystemFile]:
    """A NetworkManager profile that only root can read, and the radio's country."""
    rows = (
        "[connection]",
        "id=wenhuo",
        f"uuid={uuid.uuid5(uuid.NAMESPACE_DNS, 'wifi.wenhuo')}",
        "type=wifi",
        "autoconnect=true",
        "[wifi]",
        "mode=infrastructure",
        f"ssid={''.join(f'{byte};' for byte in wifi.ssid.encode())}",  # any name, as its bytes
        "[wifi-security]",
        "key-mgmt=wpa-psk",
        f"psk={_key_file_text(wifi.password)}",
        "[ipv4]",
        "method=auto",
        "[ipv6]",
        "method=auto",
    )
    country = f"options cfg80211 ieee80211_regdom={wifi.country}\n"
    return [
        SystemFile(_WIFI_FILE, ("\n".join(rows) + "\n").encode(), _SECRET),
        SystemFile(_COUNTRY_FILE, country.encode()),
        *(SystemFile(path, b"0\n") for path in target.matching(_BLOCKED)),
    ]


def _key_file_text(text: str) -> str:
    """GLib's key file: a backslash escapes, leading and trailing blanks count only as \\s."""
    escaped = text.replace("\\", "\\\\")
    body = escaped.strip(" ")
    before = len(escaped) - len(escaped.lstrip(" "))
    return "\\s" * before + body + "\\s" * (len(escaped) - before - len(body))


def _mqtt(mqtt: Mqtt) -> list[SystemFile]:
    """The account, as wenhuo.daemon.mqtt_account reads it, and its authority's certificates."""
    given: dict[str, str | float | None] = {
        "host": mqtt.host,
        "port": mqtt.port,
        "user": mqtt.user,
        "password": mqtt.password,
        "tls": mqtt.tls,
        "ca_file": f"/{_MQTT_CA_FILE}" if mqtt.ca is not None else None,
        "topic": mqtt.topic,
    }
    values = {key: value for key, value in given.items() if value is not None}
    text = _toml_text(values, "The MQTT account; written by `wenhuo provision`.")
    files = [SystemFile(MQTT_FILE, text.encode(), _SECRET)]
    return files if mqtt.ca is None else [*files, SystemFile(_MQTT_CA_FILE, mqtt.ca)]
