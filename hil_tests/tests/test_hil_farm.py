"""A farm on loopback: labgrid's coordinator and exporter, and the board over the network."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import threading
import time
import tty
from pathlib import Path

import pytest

from wenhuo.boards import load_product
from wenhuo_hil.faults.reference import SCENARIO
from wenhuo_hil.rig_file import open_rig
from wenhuo_tools.rig.virtual import VirtualRig

BIN = Path(sys.executable).parent
_START_S = 40.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class SerialServer:
    """Serves a serial port raw over TCP, as ser2net does on an exporter."""

    def __init__(self, path: str) -> None:
        self._tty = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._tty)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._stop = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        client: socket.socket | None = None
        while not self._stop:
            sources = [self._listener, self._tty, *([client] if client else [])]
            for source in select.select(sources, [], [], 0.1)[0]:
                if source is self._listener:
                    client, _ = self._listener.accept()
                elif source is client:
                    data = client.recv(4096)
                    if data:
                        os.write(self._tty, data)
                    else:
                        client.close()
                        client = None
                elif client:
                    client.sendall(os.read(self._tty, 4096))

    def close(self) -> None:
        self._stop = True
        self._thread.join()
        self._listener.close()
        os.close(self._tty)


@pytest.fixture
def served_board():
    with VirtualRig(load_product()) as rig:
        rig.begin(SCENARIO, [])
        rig.clock.sleep(1.0)
        server = SerialServer(rig.port)
        yield server.port
        server.close()


@pytest.fixture
def farm(tmp_path, served_board, monkeypatch):
    """Coordinator and exporter as on two machines; the client is configured for them."""
    address = f"127.0.0.1:{free_port()}"
    (tmp_path / "exporter.yaml").write_text(
        "bench:\n  NetworkSerialPort:\n    host: 127.0.0.1\n"
        f"    port: {served_board}\n    protocol: raw\n    speed: 115200\n"
    )
    monkeypatch.setenv("LG_COORDINATOR", address)
    commands = (
        [BIN / "labgrid-coordinator", "-l", address],
        [BIN / "labgrid-exporter", "-c", address, "-n", "kitchen-pc", "exporter.yaml"],
    )
    processes = []
    for command in commands:
        processes.append(
            subprocess.Popen(list(map(str, command)), cwd=tmp_path, stderr=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL)
        )  # fmt: skip
        time.sleep(1.0)
    yield
    for process in reversed(processes):
        process.terminate()
        process.wait(10)


def client(*words: str) -> str:
    command = [str(BIN / "labgrid-client"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wait_for_resource() -> None:
    end_s = time.monotonic() + _START_S
    while "kitchen-pc/bench/NetworkSerialPort" not in client("resources"):
        assert time.monotonic() < end_s, "the exporter does not come up"
        time.sleep(0.5)


def test_a_board_of_a_farm_answers_over_the_network(farm):
    wait_for_resource()
    client("-p", "kitchen", "create")
    client("-p", "kitchen", "add-match", "kitchen-pc/bench/*")
    client("-p", "kitchen", "acquire")
    rig = open_rig("farm")
    try:
        board = rig.link().board()
        assert board.connect().product == "virtual"
        assert board.telemetry().state == "idle"
    finally:
        rig.close()
    assert "kitchen" in client("places")
    client("-p", "kitchen", "release")
