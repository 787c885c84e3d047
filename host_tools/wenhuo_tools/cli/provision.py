"""`wenhuo provision`: a controller's name, networks, place and language."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wenhuo_tools.cli.common import controller_options, option, remote_of

if TYPE_CHECKING:
    from wenhuo_tools.provision.settings import Mqtt, Wifi
    from wenhuo_tools.provision.target import Target


@click.command()
@controller_options
@option("--name", metavar="NAME", help="The controller's name in the network.")
@option("--board", metavar="ID", help="Product under boards/ that it is the controller of.")
@option("--language", metavar="zh|en", help="Language it speaks where nobody has spoken yet.")
@option("--time-zone", metavar="ZONE", help="E.g. Asia/Shanghai.")
@option("--altitude", "altitude_m", type=float, metavar="METRES", help="Of the kitchen.")
@option("--wifi", "ssid", metavar="SSID", help="Wi-Fi network; its password is asked for.")
@option("--wifi-country", "country", default="CN", metavar="CC", help="The Wi-Fi's country.")
@option("--mqtt-host", metavar="HOST", help="MQTT broker; the password is asked for.")
@option("--mqtt-port", type=click.IntRange(1, 65535), default=1883, help="The broker's port.")
@option("--mqtt-user", default="wenhuo", help="The account at the broker.")
@option(
    "--secrets",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file with wifi_password and mqtt_password; only you may read it.",
)
@option("--json", "json", is_flag=True, help="Print what was written as one line of JSON.")
def provision(
    *,
    root: Path | None,
    host: str | None,
    ssh: str,
    name: str | None,
    board: str | None,
    language: str | None,
    time_zone: str | None,
    altitude_m: float | None,
    ssid: str | None,
    country: str,
    mqtt_host: str | None,
    mqtt_port: int,
    mqtt_user: str,
    secrets: Path | None,
    json: bool,
) -> None:
    """Set up a controller, on its mounted card or over SSH; what is not given stays as it is.

    Passwords are no options: they are read from --secrets, from WENHUO_WIFI_PASSWORD and
    WENHUO_MQTT_PASSWORD, or asked for, and are shown nowhere.

    \b
    Examples:
      wenhuo provision --root /media/me/rootfs --name rice --time-zone Asia/Shanghai --wifi home
      wenhuo provision --host pi@rice.local --altitude 1900 --mqtt-host ha.local
    """
    from wenhuo_tools.provision.settings import Settings, check  # noqa: PLC0415
    from wenhuo_tools.provision.system import provision as write  # noqa: PLC0415

    target = _target(root, host, ssh)
    given = _given(secrets)
    settings = Settings(
        name=name,
        product=board,
        language=language,
        time_zone=time_zone,
        altitude_m=altitude_m,
        wifi=_wifi(ssid, country, given),
        mqtt=_mqtt(mqtt_host, mqtt_port, mqtt_user, given),
    )
    check(settings)
    if settings == Settings():
        raise click.UsageError("nothing to set; give at least one of --name, --wifi, --altitude …")
    written = [f"/{path}" for path in write(settings, target)]
    if json:
        click.echo(dumps({"written": written}))
        return
    for path in written:
        click.echo(path)


def _target(root: Path | None, host: str | None, ssh: str) -> Target:
    from wenhuo_tools.provision.target import Running, Tree  # noqa: PLC0415 - only where it is used

    remote = remote_of(root, host, ssh)
    if remote is not None:
        return Running(remote)
    if root is None:
        raise click.UsageError("give --root (a mounted card) or --host (a running controller)")
    return Tree(root)


def _given(secrets: Path | None) -> dict[str, str]:
    from wenhuo_tools.provision.secrets import read_file  # noqa: PLC0415

    return read_file(secrets) if secrets is not None else {}


def _wifi(ssid: str | None, country: str, given: dict[str, str]) -> Wifi | None:
    from wenhuo_tools.provision.settings import Wifi  # noqa: PLC0415

    if ssid is None:
        return None
    return Wifi(ssid, _secret("wifi_password", f"password of Wi-Fi {ssid}", given), country)


def _mqtt(host: str | None, port: int, user: str, given: dict[str, str]) -> Mqtt | None:
    from wenhuo_tools.provision.settings import Mqtt  # noqa: PLC0415

    if host is None:
        return None
    password = _secret("mqtt_password", f"MQTT password of {user} at {host}", given)
    return Mqtt(host, port, user, password)


def _secret(name: str, what: str, given: dict[str, str]) -> str:
    from wenhuo_tools.provision.secrets import find  # noqa: PLC0415

    return find(name, what, given, _ask if sys.stdin.isatty() else None)


def _ask(what: str) -> str:
    answer: str = click.prompt(what[0].upper() + what[1:], hide_input=True, err=True)
    return answer
