"""What an idle daemon costs: its share of a core and its memory, the model's process apart.

python -m wenhuo_hil.idle --for 60
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from wenhuo.boards import load_product
from wenhuo.daemon.client import ask
from wenhuo.errors import DaemonError, RigError
from wenhuo_tools.rig.virtual import RigOptions, VirtualRig

_START_S = 120.0
_GLANCE_S = 0.2
_CPU_PCT, _MEMORY_MB = 1.0, 120.0  # the bars


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 where it takes more than 1 % of a core or 120 MB."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_hil.idle")
    parser.add_argument("--for", dest="for_s", type=float, default=60.0, metavar="SECONDS")
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="wenhuo-") as folder,
        VirtualRig(load_product("virtual"), RigOptions(speed=1.0)) as rig,
    ):
        pot = {"dish": "white_rice", "dry_g": 150, "water_g": 230}
        rig.begin({"id": "1", "pot": pot, "seed": 1}, [])
        done = threading.Event()

        def live() -> None:
            while not done.is_set():
                rig.clock.sleep(_GLANCE_S)

        life = threading.Thread(target=live)
        life.start()
        try:
            figures = _measure(rig.port, Path(folder), options.for_s)
        finally:
            done.set()
            life.join()
    sys.stdout.write(json.dumps(figures) + "\n")
    fits = figures["cpu_pct"] <= _CPU_PCT and figures["rss_mb"] <= _MEMORY_MB
    return 0 if fits else 1


def _measure(port: str, folder: Path, for_s: float) -> dict[str, float]:
    config = folder / "wenhuod.toml"
    config.write_text(f'product = "virtual"\nport = "{port}"\nstate_dir = "{folder}"\n')
    command = [sys.executable, "-m", "wenhuo.daemon", "--config", str(config)]
    daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _await(folder / "wenhuod.sock")
        # once through words, model and memory, so that everything is loaded that will be
        ask(folder / "wenhuod.sock", {"say": "煮饭要多久"})
        began_s, cpu_s = time.monotonic(), _cpu_s(daemon.pid)
        time.sleep(for_s)
        spent_s = _cpu_s(daemon.pid) - cpu_s
        return {
            "cpu_pct": round(100 * spent_s / (time.monotonic() - began_s), 3),
            "rss_mb": round(_rss_mb(daemon.pid), 1),
            "seconds": for_s,
        }
    finally:
        daemon.terminate()
        daemon.wait()


def _await(path: Path) -> None:
    end_s = time.monotonic() + _START_S
    while time.monotonic() < end_s:
        try:
            ask(path, {"state": True})
        except DaemonError:
            time.sleep(_GLANCE_S)
        else:
            return
    raise RigError(f"the daemon does not start within {_START_S:.0f} s")


def _cpu_s(pid: int) -> float:
    """CPU time of the process's threads, to the nanosecond, without its children."""
    files = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(file.read_text(encoding="ascii").split()[0]) for file in files) / 1e9


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
