"""The controller's bundle, its installer, and the way over SSH.

Here the bundle holds our own wheels only; the full one needs a package index and is made by
`wenhuo flash controller --bundle`.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import wenhuo
from wenhuo.boards import load_product
from wenhuo.errors import FlashError, NoDeviceError
from wenhuo_tools.cli.main import main
from wenhuo_tools.flash import bundle as bundles
from wenhuo_tools.flash.controller import install_into
from wenhuo_tools.flash.push import Remote


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    """A bundle with our own wheels only: no network in a test."""
    folder = tmp_path_factory.mktemp("bundles") / "bundle"

    def only_ours(own, dest, _python, _arch):
        shutil.copytree(own, dest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundles, "_download", only_ours)
        bundles.make_bundle(load_product("zero2w_pico"), folder, pythons=("311",))
    return folder


@pytest.fixture
def root(tmp_path) -> Path:
    """A tree that looks like Raspberry Pi OS to the installer."""
    python = tmp_path / "root" / "usr" / "bin" / "python3.11"
    python.parent.mkdir(parents=True)
    python.touch()
    return tmp_path / "root"


def test_the_installer_puts_everything_in_its_place(bundle, root, capsys):
    command = ["flash", "controller", "--bundle", str(bundle), "--root", str(root), "--json"]
    assert main(command) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["product"] == "zero2w_pico"
    assert "python3.11" in told.err
    opt = root / "opt" / "wenhuo"
    for name in (
        "lib/wenhuo/agent/planner.py",
        "lib/wenhuo_link/protocol.py",
        "model/model.tflite",
    ):
        assert (opt / name).is_file()
    assert os.access(opt / "bin" / "wenhuo-python", os.X_OK)
    assert (root / "etc/udev/rules.d/99-wenhuo.rules").is_file()
    assert (root / "etc/sysusers.d/wenhuo.conf").is_file()


def test_the_daemons_settings_are_written_once_and_then_the_households(bundle, root):
    from wenhuo.daemon.config import read_config

    install_into(bundle, root)
    settings = root / "etc/wenhuo/wenhuod.toml"
    assert read_config(settings).product.id == "zero2w_pico"
    settings.write_text('product = "zero2w_pico"\naltitude_m = 800\n')
    install_into(bundle, root)
    assert read_config(settings).altitude_m == 800


def test_the_installed_tree_plans_a_sentence(bundle, root):
    """With this machine's interpreter and third-party packages; arm64's own is tried elsewhere."""
    install_into(bundle, root)
    opt = root / "opt" / "wenhuo"
    code = (
        "from wenhuo.agent import Planner; import wenhuo;"
        "print(wenhuo.__file__); print(Planner.load('zero2w_pico').plan("
        "{'id': '1', 'text': '煮两个人的米饭', 'now': '2026-01-01T12:00:00+08:00'})['dish'])"
    )
    launcher = (opt / "bin" / "wenhuo-python").read_text()
    (opt / "bin" / "wenhuo-python").write_text(
        launcher.replace("/usr/bin/python3.11 -P", f"{sys.executable} -P")
    )
    done = subprocess.run(
        [opt / "bin" / "wenhuo-python", "-c", code], capture_output=True, text=True, check=True
    )
    file, dish = done.stdout.splitlines()
    assert Path(file).is_relative_to(opt)
    assert dish == "white_rice"


def test_the_unit_is_enabled_only_where_there_is_a_daemon(bundle, root):
    wanted = root / "etc/systemd/system/multi-user.target.wants/wenhuod.service"
    has_daemon = (Path(wenhuo.__file__).parent / "daemon").is_dir()
    told = install_into(bundle, root)
    assert wanted.is_symlink() == has_daemon
    assert ("no daemon" in told) != has_daemon


def test_the_unit_has_a_watchdog_and_a_sandbox(bundle):
    unit = (bundle / "wenhuod.service").read_text(encoding="utf-8")
    wanted = ("WatchdogSec=", "ProtectSystem=strict", "NoNewPrivileges=yes", "DevicePolicy=closed")
    for line in wanted:
        assert line in unit


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_takes_the_unit(bundle):
    """Every line of it; that its program is not there is all that may be wrong on this machine."""
    unit = bundle / "wenhuod.service"
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if "wenhuod.service" in line]
    assert [line for line in told if "not executable" not in line] == []
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0  # 2.0 of 10


def test_what_was_provisioned_outlives_an_installation(bundle, root):
    install_into(bundle, root)
    settings, mqtt = (root / "etc/wenhuo" / name for name in ("wenhuod.toml", "mqtt.toml"))
    assert tomllib.loads(settings.read_text()) == {"product": "zero2w_pico"}
    assert stat.S_IMODE(mqtt.stat().st_mode) == 0o600
    assert main(["provision", "--root", str(root), "--altitude", "800"]) == 0
    install_into(bundle, root)
    assert tomllib.loads(settings.read_text()) == {"product": "zero2w_pico", "altitude_m": 800}


def test_what_an_older_build_left_is_not_in_the_wheels(bundle):
    with zipfile.ZipFile(next(bundle.glob("wheels/cp311/wenhuo-*.whl"))) as wheel:
        names = wheel.namelist()
    here = Path(wenhuo.__file__).parent.parent
    assert [name for name in names if name.endswith(".py") and not (here / name).is_file()] == []


def test_a_second_installation_replaces_the_first(bundle, root):
    install_into(bundle, root)
    stale = root / "opt" / "wenhuo" / "lib" / "stale.py"
    stale.touch()
    install_into(bundle, root)
    assert not stale.exists()
    assert not (root / "opt" / "wenhuo.old").exists()


def test_a_damaged_bundle_is_not_installed(bundle, root, tmp_path):
    spoilt = Path(shutil.copytree(bundle, tmp_path / "spoilt"))
    (spoilt / "model" / "tokenizer.json").write_text("{}")
    with pytest.raises(FlashError, match="damaged"):
        install_into(spoilt, root)
    assert not (root / "opt").exists()


def test_a_tree_without_a_fitting_python(bundle, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FlashError, match="Raspberry Pi OS"):
        install_into(bundle, tmp_path / "empty")
    with pytest.raises(FlashError, match="no directory"):
        install_into(bundle, tmp_path / "nowhere")


def test_what_cannot_become_a_bundle(tmp_path, capsys):
    assert main(["flash", "controller", "--board", "virtual", "--bundle", str(tmp_path / "b")]) == 1
    assert "aarch64" in capsys.readouterr().err
    (tmp_path / "letter.txt").touch()
    assert main(["flash", "controller", "--bundle", str(tmp_path)]) == 1
    assert "no bundle" in capsys.readouterr().err


@pytest.fixture
def line(tmp_path) -> Path:
    """`ssh` whose other machine is this one; `breaks` holds the bytes after which it breaks."""
    program = tmp_path / "ssh"
    breaks = tmp_path / "breaks"
    program.write_text(
        f"""#!/bin/sh
shift
if [ -s {breaks} ] && [ "${{1#cat}}" != "$1" ]; then
    head -c "$(cat {breaks})" | sh -c "$1"; rm {breaks}; exit 255
fi
exec sh -c "$1"
"""
    )
    program.chmod(0o755)
    return program


def test_a_push_of_16_mb_goes_on_after_a_break(line, tmp_path, monkeypatch):
    monkeypatch.setattr("wenhuo_tools.flash.push._PAUSE_S", 0.0)
    big = tmp_path / "big"
    big.write_bytes(os.urandom(16_000_000))
    (tmp_path / "breaks").write_text("5000000")
    sent: list[int] = []
    Remote("pi", [str(line)]).push(big, str(tmp_path / "there"), sent.append)
    assert (tmp_path / "there").read_bytes() == big.read_bytes()
    assert sum(sent) == 16_000_000  # what had arrived was not sent again


def test_an_older_half_is_taken_up(line, tmp_path):
    big = tmp_path / "big"
    big.write_bytes(os.urandom(1_000_000))
    (tmp_path / "there.part").write_bytes(big.read_bytes()[:600_000])
    sent: list[int] = []
    Remote("pi", [str(line)]).push(big, str(tmp_path / "there"), sent.append)
    assert sent[0] == 600_000
    assert sum(sent) == 1_000_000


def test_another_files_half_is_found_out(line, tmp_path):
    big = tmp_path / "big"
    big.write_bytes(os.urandom(1_000_000))
    (tmp_path / "there.part").write_bytes(os.urandom(600_000))
    with pytest.raises(FlashError, match="not what was sent"):
        Remote("pi", [str(line)]).push(big, str(tmp_path / "there"), lambda _n: None)
    assert not (tmp_path / "there.part").exists()
    assert not (tmp_path / "there").exists()


def test_no_such_host(bundle, capsys):
    command = ["flash", "controller", "--bundle", str(bundle), "--host", "nobody@127.0.0.1"]
    assert main([*command, "--ssh", "ssh -o BatchMode=yes -p 1"]) == 3
    assert "nobody@127.0.0.1" in capsys.readouterr().err
    with pytest.raises(NoDeviceError):
        Remote("nobody@127.0.0.1", ["ssh", "-o", "BatchMode=yes", "-p", "1"]).run("true")
