"""The broker's account as a file, and the bridge that is off without one."""

from __future__ import annotations

import socket

import pytest

from wenhuo.daemon.__main__ import _bridge
from wenhuo.daemon.config import read_config
from wenhuo.daemon.mqtt_account import account_file, read_account
from wenhuo.errors import ConfigError


def test_an_account_is_read_strictly_and_its_password_shown_nowhere(tmp_path):
    path = tmp_path / "mqtt.toml"
    assert read_account(path) is None
    path.write_text("")
    assert read_account(path) is None
    good = 'host = "ha.local"\nuser = "rice"\npassword = "s3cret"\n'
    path.write_text(good)
    account = read_account(path)
    assert account is not None
    assert (account.port, account.tls) == (1883, False)
    assert account.topic == f"wenhuo/{socket.gethostname()}"
    assert "s3cret" not in repr(account)
    path.write_text(f'{good}tls = true\nca_file = "/etc/ssl/ca.pem"\ntopic = "kitchen/rice"\n')
    secure = read_account(path)
    assert secure is not None
    assert (secure.port, secure.topic) == (8883, "kitchen/rice")
    for row, said in (
        ("topic = '#'", "topic"), ("port = 0", "port"), ("pass = 'x'", "pass"), ("tls = 1", "tls"),
    ):  # fmt: skip
        path.write_text(f"{good}{row}\n")
        with pytest.raises(ConfigError, match=said):
            read_account(path)
    path.write_text('host = "ha.local"\n')
    with pytest.raises(ConfigError, match="user"):
        read_account(path)


def test_off_without_an_account_and_with_a_wrong_one(tmp_path, caplog, monkeypatch):
    settings = tmp_path / "wenhuod.toml"
    settings.write_text(f'state_dir = "{tmp_path}"\n')
    assert _bridge(read_config(settings)) is None
    assert caplog.text == ""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert account_file(None) == tmp_path / "mqtt.toml"
    (tmp_path / "mqtt.toml").write_text('host = "ha.local"\nuser = "rice"\npassword = "x"\n')
    assert _bridge(read_config(settings)) is not None
    other = tmp_path / "other.toml"
    other.write_text("host = 5\n")
    settings.write_text(f'state_dir = "{tmp_path}"\nmqtt = "{other}"\n')
    assert _bridge(read_config(settings)) is None
    assert "mqtt: off" in caplog.text
