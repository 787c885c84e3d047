"""The controller's bundle in a real arm64 Debian: installed, started, asked.

Needs root, a tree (`sudo sh host_tools/arm64_root.sh DIR`, then WENHUO_ARM64_ROOT=DIR) and a
package index for the wheels. `make test-arm64` does all of it, in some minutes.
"""

import json
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from wenhuo.agent import Planner
from wenhuo.boards import load_product
from wenhuo_tools.cli.main import main
from wenhuo_tools.flash.bundle import make_bundle

PRODUCT, TEXT = "zero2w_pico", "煮两个人的米饭"
REQUEST = {"id": "1", "text": TEXT, "now": "2026-01-01T12:00:00+08:00"}
# An emulated processor on a busy machine is no Pi: it may take as long as boards' data allow.
PATIENCE = {"model_load_ms": 120_000, "model_line_ms": 120_000}
PLAN = f"""
import json, platform
from wenhuo.agent import Planner
planner = Planner.load({PRODUCT!r})
plan = planner.plan({REQUEST!r})
print(json.dumps([platform.machine(), planner.problem, plan]))
"""

_given = os.environ.get("WENHUO_ARM64_ROOT")
pytestmark = [
    pytest.mark.skipif(
        not _given, reason="no arm64 tree: sh host_tools/arm64_root.sh DIR; WENHUO_ARM64_ROOT=DIR"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can change into another tree"),
]


@pytest.fixture(scope="module")
def root() -> Path:
    return Path(_given or "")


# Without /sys: the other processor's description of itself makes the runtime's cpuinfo fall over.
ENTER = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'


EMULATED = os.environ | {"QEMU_CPU": "cortex-a53"}  # a Pi Zero 2 W's


def entering(root: Path, *command: str) -> list[str]:
    """The command line that runs a command in the tree, with its own /proc and /dev."""
    return ["unshare", "--mount", "sh", "-c", ENTER, str(root), *command]


def inside(root: Path, *command: str) -> str:
    """What a command in the tree prints."""
    done = subprocess.run(
        entering(root, *command), capture_output=True, text=True, env=EMULATED, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    """A whole bundle for Debian's Python; kept in WENHUO_ARM64_BUNDLE where that is set."""
    kept = os.environ.get("WENHUO_ARM64_BUNDLE")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("bundles") / "bundle"
    if not folder.is_dir():
        make_bundle(load_product(PRODUCT), folder, pythons=("311",))
    return folder


@pytest.fixture(scope="module")
def installed(root, bundle) -> Path:
    """The tree after `wenhuo flash controller --root`, its deadlines stretched."""
    assert main(["flash", "controller", "--bundle", str(bundle), "--root", str(root)]) == 0
    boards = root / "opt/wenhuo/boards/controllers/pi_zero_2w.toml"
    text = boards.read_text(encoding="utf-8")
    for key, value in PATIENCE.items():
        text = re.sub(rf"^{key} = \d+", f"{key} = {value}", text, flags=re.MULTILINE)
    boards.write_text(text, encoding="utf-8")
    return root


def test_it_plans_a_sentence_as_this_machine_does(installed):
    told = inside(installed, "/opt/wenhuo/bin/wenhuo-python", "-c", PLAN)
    machine, problem, plan = json.loads(told.splitlines()[-1])
    assert machine == "aarch64"
    assert problem is None
    assert plan["source"] == "model"
    here = Planner.load(PRODUCT).plan(REQUEST)
    for key in ("action", "dish", "servings", "schedule", "reply"):
        assert plan[key] == here[key], key


def said_to(path: Path, text: str) -> dict[str, object]:
    """The daemon's answer, waited for as long as an emulated model takes on a busy machine."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.settimeout(300)
        end.connect(str(path))
        end.sendall(json.dumps({"id": "1", "say": text}).encode() + b"\n")
        with end.makefile(encoding="utf-8") as lines:
            answer: dict[str, object] = json.loads(lines.readline())
            return answer


def test_the_daemon_starts_says_so_to_systemd_and_takes_a_sentence(installed):
    if not (installed / "opt/wenhuo/lib/wenhuo/daemon").is_dir():
        pytest.skip("this version has no daemon")
    unit = (installed / "etc/systemd/system/wenhuod.service").read_text(encoding="utf-8")
    command = next(row for row in unit.splitlines() if row.startswith("ExecStart="))
    environment = "NOTIFY_SOCKET=/run/notify STATE_DIRECTORY=/var/lib/wenhuo"
    start = f"mkdir -p /var/lib/wenhuo; exec env {environment} {command.partition('=')[2]}"
    ready = installed / "run/notify"
    ready.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
        notices.bind(str(ready))
        notices.settimeout(300)
        with subprocess.Popen(entering(installed, "sh", "-c", start), env=EMULATED) as process:
            try:
                assert "READY=1" in notices.recv(4096).decode()
                told = said_to(installed / "var/lib/wenhuo/wenhuod.sock", TEXT)
                assert told["id"] == "1"
                # Understood and planned, it goes to the power board, which is not there.
                assert "/dev/serial0" in str(told["reply"])
            finally:
                process.terminate()


def test_the_installer_runs_on_the_device_itself(installed, bundle):
    there = installed / "var/tmp/wenhuo-bundle"
    shutil.copytree(bundle, there)
    try:
        told = inside(installed, "sh", "/var/tmp/wenhuo-bundle/install.sh")
    finally:
        shutil.rmtree(there)
    assert "installed for /usr/bin/python3.11" in told
