"""Provisioning: the right files with the right modes, and passwords that appear nowhere else."""

import io
import json
import os
import stat
import sys
import tarfile
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pexpect
import pytest

import wenhuo
from wenhuo.daemon.mqtt_account import read_account
from wenhuo_tools.cli.main import main
from wenhuo_tools.provision.system import _key_file_text

WIFI_PASSWORD, MQTT_PASSWORD = "gentle fire", 'q"uo\\te'


@pytest.fixture
def card(tmp_path) -> Path:
    """A tree that looks like Raspberry Pi OS."""
    root = tmp_path / "card"
    blocked = root / "var/lib/systemd/rfkill/platform-3f300000.mmcnr:wlan"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("1\n")
    (root / "etc").mkdir()
    (root / "etc/hosts").write_text("127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n")
    return root


@pytest.fixture
def secrets(tmp_path) -> Path:
    path = tmp_path / "secrets.toml"
    path.write_text(
        f"wifi_password = {json.dumps(WIFI_PASSWORD)}\nmqtt_password = {json.dumps(MQTT_PASSWORD)}"
    )
    path.chmod(0o600)
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_card_gets_everything(card, secrets, capfd):
    command = ["provision", "--root", str(card), "--secrets", str(secrets), "--json"]
    command += ["--name", "rice", "--board", "zero2w_pico", "--language", "zh"]
    command += ["--time-zone", "Asia/Shanghai", "--altitude", "1900", "--wifi", "我家;wifi"]
    assert main([*command, "--mqtt-host", "ha.local", "--mqtt-user", "rice"]) == 0
    told = capfd.readouterr()
    assert "/etc/hostname" in json.loads(told.out)["written"]
    assert WIFI_PASSWORD not in told.out + told.err
    assert MQTT_PASSWORD not in told.out + told.err

    assert (card / "etc/hostname").read_text() == "rice\n"
    assert (card / "etc/hosts").read_text() == "127.0.0.1\tlocalhost\n127.0.1.1\trice\n"
    assert os.readlink(card / "etc/localtime") == "/usr/share/zoneinfo/Asia/Shanghai"
    daemon = tomllib.loads((card / "etc/wenhuo/wenhuod.toml").read_text())
    assert daemon["product"] == "zero2w_pico"
    assert daemon["altitude_m"] == 1900
    mqtt = card / "etc/wenhuo/mqtt.toml"
    account = read_account(mqtt)  # as the daemon does
    assert account is not None
    assert (account.host, account.port, account.tls) == ("ha.local", 1883, False)
    assert (account.user, account.password) == ("rice", MQTT_PASSWORD)
    wifi = card / "etc/NetworkManager/system-connections/wenhuo.nmconnection"
    assert (mode(mqtt), mode(wifi)) == (0o600, 0o600)
    profile = ConfigParser(interpolation=None)
    profile.read(wifi)
    name = bytes(int(byte) for byte in profile["wifi"]["ssid"].split(";")[:-1])
    assert name.decode() == "我家;wifi"
    assert profile["wifi-security"]["psk"] == WIFI_PASSWORD
    assert "regdom=CN" in (card / "etc/modprobe.d/wenhuo-wifi.conf").read_text()
    blocked = next((card / "var/lib/systemd/rfkill").iterdir())
    assert blocked.read_text() == "0\n"


def test_the_daemon_takes_the_file(card):
    if not (Path(wenhuo.__file__).parent / "daemon").is_dir():
        pytest.skip("this version has no daemon")
    from wenhuo.daemon import config

    command = ["provision", "--root", str(card), "--board", "zero2w_pico", "--language", "en"]
    assert main([*command, "--time-zone", "Asia/Shanghai", "--altitude", "1900"]) == 0
    read = config.read_config(card / "etc/wenhuo/wenhuod.toml")
    assert (read.product.id, read.language, read.altitude_m) == ("zero2w_pico", "en", 1900)
    assert str(read.time_zone) == "Asia/Shanghai"


def test_what_is_not_given_stays(card):
    command = ["provision", "--root", str(card)]
    assert main([*command, "--board", "zero2w_pico", "--language", "en"]) == 0
    assert main([*command, "--language", "zh"]) == 0
    daemon = tomllib.loads((card / "etc/wenhuo/wenhuod.toml").read_text())
    assert daemon == {"product": "zero2w_pico", "language": "zh"}
    assert not (card / "etc/hostname").exists()


def test_a_password_from_the_environment(card, monkeypatch):
    monkeypatch.setenv("WENHUO_MQTT_PASSWORD", MQTT_PASSWORD)
    assert main(["provision", "--root", str(card), "--mqtt-host", "10.0.0.2"]) == 0
    assert tomllib.loads((card / "etc/wenhuo/mqtt.toml").read_text())["password"] == MQTT_PASSWORD


def test_a_password_is_asked_for_and_not_shown(card):
    program = str(Path(sys.executable).with_name("wenhuo"))
    arguments = ["provision", "--root", str(card), "--wifi", "home"]
    terminal = pexpect.spawn(program, arguments, encoding="utf-8", timeout=60)
    seen = io.StringIO()
    terminal.logfile_read = seen
    terminal.expect("Password of Wi-Fi home")
    terminal.waitnoecho()
    terminal.sendline(WIFI_PASSWORD)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert WIFI_PASSWORD not in seen.getvalue()
    wifi = card / "etc/NetworkManager/system-connections/wenhuo.nmconnection"
    assert f"psk={WIFI_PASSWORD}\n" in wifi.read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--name", "My Cooker"], "rice-cooker"),
        (["--language", "fr"], "zh, en"),
        (["--time-zone", "Peking"], "Asia/Shanghai"),
        (["--altitude", "9000"], "metres"),
        (["--altitude", "nan"], "metres"),
        (["--wifi", "x" * 33], "32 bytes"),
        (["--wifi", "home", "--wifi-country", "China"], "two letters"),
        (["--mqtt-host", "http://ha"], "neither a name nor an address"),
        ([], "nothing to set"),
    ],
)
def test_what_cannot_be_is_wrong_usage(card, secrets, capfd, arguments, told):
    command = ["provision", "--root", str(card), "--secrets", str(secrets), *arguments]
    assert main(command) == 2
    assert told in capfd.readouterr().err
    assert not (card / "etc/wenhuo").exists()


def test_passwords_that_cannot_be(card, monkeypatch, capfd):
    command = ["provision", "--root", str(card)]
    assert main([*command, "--wifi", "home"]) == 2
    assert "WENHUO_WIFI_PASSWORD" in capfd.readouterr().err
    for wrong in ("short", "文火文火文火文火", "x" * 64):
        monkeypatch.setenv("WENHUO_WIFI_PASSWORD", wrong)
        assert main([*command, "--wifi", "home"]) == 2
        told = capfd.readouterr().err
        assert "8 to 63" in told
        assert wrong not in told
    monkeypatch.setenv("WENHUO_WIFI_PASSWORD", "0123456789abcdef" * 4)
    assert main([*command, "--wifi", "home"]) == 0
    monkeypatch.setenv("WENHUO_MQTT_PASSWORD", "two\nlines")
    assert main([*command, "--mqtt-host", "ha"]) == 2


def test_secrets_files_that_are_refused(card, secrets, capfd):
    command = ["provision", "--root", str(card), "--wifi", "home", "--secrets"]
    secrets.chmod(0o644)
    assert main([*command, str(secrets)]) == 2
    assert "chmod 600" in capfd.readouterr().err
    secrets.chmod(0o600)
    for text in ("wifi = 'x'", "wifi_password = 5", "nonsense"):
        secrets.write_text(text)
        assert main([*command, str(secrets)]) == 2
    assert main([*command, str(secrets.with_name("none"))]) == 2


def test_no_system_and_no_target_and_no_such_product(tmp_path, card, capfd):
    assert main(["provision", "--root", str(tmp_path / "none"), "--name", "rice"]) == 1
    assert "mount the card" in capfd.readouterr().err
    assert main(["provision", "--name", "rice"]) == 2
    assert main(["provision", "--root", str(card), "--host", "pi", "--name", "rice"]) == 2
    assert main(["provision", "--root", str(card), "--board", "toaster"]) == 1
    (card / "etc/wenhuo").mkdir()
    (card / "etc/wenhuo/wenhuod.toml").write_text("language = ")
    assert main(["provision", "--root", str(card), "--language", "zh"]) == 1
    assert "damaged" in capfd.readouterr().err


@pytest.fixture
def ssh(tmp_path) -> Path:
    """An `ssh` that writes down its command lines and what it was sent; no machine is behind it."""
    program = tmp_path / "ssh"
    program.write_text(
        f"""#!/bin/sh
echo "$@" >> {tmp_path}/lines
case "$*" in
*"tar -xpf"*) cat > {tmp_path}/sent.tar ;;
*etc/hosts*) echo 127.0.0.1 localhost ;;
esac
"""
    )
    program.chmod(0o755)
    return program


def test_over_ssh_passwords_go_through_stdin_only(ssh, secrets, tmp_path, capfd):
    command = ["provision", "--host", "pi@rice", "--ssh", str(ssh), "--secrets", str(secrets)]
    assert main([*command, "--name", "rice", "--wifi", "home", "--mqtt-host", "ha"]) == 0
    lines = (tmp_path / "lines").read_text()
    assert "try-restart wenhuod" in lines
    assert WIFI_PASSWORD not in lines
    assert MQTT_PASSWORD not in lines
    with tarfile.open(tmp_path / "sent.tar") as tar:
        modes = {member.name: member.mode for member in tar}
        hosts = tar.extractfile("etc/hosts")
        assert hosts is not None
        assert hosts.read() == b"127.0.0.1 localhost\n127.0.1.1\trice\n"
    assert modes["etc/wenhuo/mqtt.toml"] == 0o600
    assert modes["etc/NetworkManager/system-connections/wenhuo.nmconnection"] == 0o600
    assert WIFI_PASSWORD not in capfd.readouterr().out


def test_no_such_host(secrets, capfd):
    command = ["provision", "--host", "nobody@127.0.0.1", "--name", "rice"]
    assert main([*command, "--ssh", "ssh -o BatchMode=yes -p 1"]) == 3
    assert "nobody@127.0.0.1" in capfd.readouterr().err


def test_blanks_and_backslashes_in_a_key_file():
    assert _key_file_text(" a b\\ ") == "\\sa b\\\\\\s"


CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"


def test_a_broker_with_tls_and_an_authority_of_its_own(card, secrets, tmp_path):
    ca = tmp_path / "ca.pem"
    ca.write_text(CERTIFICATE)
    command = ["provision", "--root", str(card), "--secrets", str(secrets), "--mqtt-host", "ha"]
    assert main([*command, "--mqtt-tls", "--mqtt-ca", str(ca), "--mqtt-topic", "kitchen/rice"]) == 0
    account = read_account(card / "etc/wenhuo/mqtt.toml")
    assert account is not None
    assert (account.port, account.tls, account.topic) == (8883, True, "kitchen/rice")
    assert str(account.ca_file) == "/etc/wenhuo/mqtt-ca.pem"
    assert (card / "etc/wenhuo/mqtt-ca.pem").read_text() == CERTIFICATE


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--mqtt-topic", "a/#"), "--mqtt-topic"),
        (("--mqtt-topic", "/a"), "--mqtt-topic"),
        (("--mqtt-ca", "{ca}"), "--mqtt-tls"),
        (("--mqtt-tls", "--mqtt-ca", "{secrets}"), "PEM"),
    ],
)
def test_what_no_broker_takes(card, secrets, tmp_path, capsys, *, more, said):
    ca = tmp_path / "ca.pem"
    ca.write_text(CERTIFICATE)
    words = [word.format(ca=ca, secrets=secrets) for word in more]
    command = ["provision", "--root", str(card), "--secrets", str(secrets), "--mqtt-host", "ha"]
    assert main([*command, *words]) == 2
    assert said in capsys.readouterr().err
