"""A bench: the real firmware in MicroPython's interpreter, the twin as plant, a pty as wire."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wenhuo.errors import RigError
from wenhuo_link import messages
from wenhuo_link import protocol as p
from wenhuo_link.host import HostEndpoint, pack_schedule
from wenhuo_tools.image import MANIFEST, Image, build_image, digest, seal_image
from wenhuo_tools.rig.plant_host import PlantHost

MICROPYTHON = Path(sys.executable).with_name("micropython")
RICE = {"dish": "white_rice", "dry_g": 300, "water_g": 420, "initial_c": 20.0, "ambient_c": 23.0}
CONGEE = {"dish": "congee", "dry_g": 50, "water_g": 500, "initial_c": 20.0, "ambient_c": 23.0}
Row = tuple[int, int, int, int, int]


class Bench:
    """Times are the plant's, in seconds."""

    def __init__(self, host: PlantHost, address: str, image: Path) -> None:
        self.host, self.address, self.image = host, address, image
        self.now_s = 0.0
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.slave, False)
        os.set_blocking(self.master, False)  # an UART loses what nobody reads; it does not wait
        self.wire = HostEndpoint(
            lambda data: os.write(self.slave, data),
            lambda: int(time.monotonic() * 1000),
            retry_ms=1000,
            tries=60,  # a busy machine is no dead board
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.flash = Path(tempfile.mkdtemp(prefix="wenhuo-flash-"))

    def chip(self, temp_c: int = 35, ahead_ms: int = 0) -> None:
        """What the board's next look at its chip finds; ahead_ms: its clock has jumped."""
        (self.flash / "new").write_text(f"{temp_c} {ahead_ms}")
        (self.flash / "new").rename(self.flash / "chip")

    @staticmethod
    def phase(
        kind: str, target_c: float | None, power_pct: int, s: int, until: str = "time"
    ) -> Row:
        """A phase as the link packs it."""
        target = p.OFF_CC if target_c is None else round(target_c * 100)
        return (
            messages.PHASE_KINDS.index(kind),
            messages.UNTIL.index(until),
            target,
            power_pct * 10,
            s,
        )

    def power_on(self, reset_cause: int = 1) -> None:
        env = os.environ | {
            "WENHUO_PLANT": self.address,
            "WENHUO_UART_FD": str(self.master),
            "WENHUO_RESET_CAUSE": str(reset_cause),
            "WENHUO_FLASH": str(self.flash),
        }
        command = [str(MICROPYTHON), "-X", "heapsize=512k", "main.py"]
        self.process = subprocess.Popen(
            command, cwd=self.image, env=env, pass_fds=(self.master,), stderr=subprocess.PIPE
        )
        self.run(1)

    def power_off(self) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def wait_unplugged(self) -> None:
        """Until the plant has noticed that the board is gone."""
        for _ in range(500):
            try:
                self.host.free(0)
            except RigError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("the plant still holds the board's connection")

    def close(self) -> None:
        if self.process:
            self.power_off()
        self.wait_unplugged()
        os.close(self.master)
        os.close(self.slave)
        shutil.rmtree(self.flash)

    def ask(self, kind: int, *values: int, raw: bytes | None = None) -> tuple[int, dict]:
        if raw is None:
            self.wire.ask(kind, *values)
        else:
            self.wire.ask_raw(kind, raw)
        while self.wire.busy:
            if select.select([self.slave], [], [], 0.05)[0]:
                self.wire.feed(os.read(self.slave, 4096))
            self.wire.poll()
        assert self.wire.reply is not None, "the board does not answer"
        return self.wire.reply

    def status(self, kind: int, *values: int, raw: bytes | None = None) -> int:
        """An ACK's status."""
        answer, fields = self.ask(kind, *values, raw=raw)
        assert answer == p.ACK
        return fields["status"]

    def run(self, seconds: float) -> dict:
        """Let time pass; returns the telemetry then."""
        self.now_s += seconds
        self.host.run(round(self.now_s * 1000))
        return self.telemetry()

    def run_until(self, done: Callable[[dict], bool], limit_s: float, step_s: float = 5) -> dict:
        end_s = self.now_s + limit_s
        while self.now_s < end_s:
            seen = self.run(step_s)
            if done(seen):
                return seen
        raise AssertionError(f"not within {limit_s} s; last telemetry: {self.telemetry()}")

    def telemetry(self) -> dict:
        return self.ask(p.GET_TELEMETRY)[1]

    def load(self, phases: list[Row], cook_id: int = 7, mode: int = p.MODE_NEW) -> list[int]:
        """Send a schedule; the statuses of begin, each phase and commit."""
        payloads, crc = pack_schedule(phases)
        statuses = [self.status(p.SCHED_BEGIN, cook_id, len(phases), mode)]
        statuses += [self.status(p.SCHED_PHASE, raw=payload) for payload in payloads]
        return [*statuses, self.status(p.SCHED_COMMIT, crc)]

    def cook(self, phases: list[Row], cook_id: int = 7) -> None:
        assert not any(self.load(phases, cook_id))
        assert self.status(p.START, cook_id) == p.OK

    def events(self) -> list[tuple[str, int, int]]:
        """(kind, phase, reason) of each event."""
        rows = [self.ask(p.GET_EVENT, i)[1] for i in range(self.telemetry()["events"])]
        return [(messages.EVENTS[row["kind"]], row["phase"], row["reason"]) for row in rows]

    def at(self, seconds: float, kind: str, **more: object) -> None:
        """An event of the plant, so many seconds from now."""
        self.host.event({"at_s": self.now_s + seconds, "kind": kind, **more})

    @property
    def heater_w(self) -> float:
        """The heater's power in the next step of the board: what it decided last shows only there,
        and a step longer than what is left of the time granted waits for more."""
        seen = self.host.truth()
        while (now := self.host.truth())["t_s"] == seen["t_s"]:
            self.now_s += 0.1
            self.host.run(round(self.now_s * 1000))
        return float(now["power_w"])


@pytest.fixture(scope="session")
def plant() -> Iterator[tuple[PlantHost, str]]:
    command = [sys.executable, "-m", "wenhuo_tools.twin.plant"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        _, name, port = process.stdout.readline().split()
        try:
            host = PlantHost((name, int(port)))
            yield host, f"{name}:{port}"
            host.close()
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_image("virtual", tmp_path_factory.mktemp("image")).folder


@pytest.fixture
def patched_image(image: Path, tmp_path: Path) -> Callable[[str], Path]:
    """The firmware with some lines more before its loop: a board in which something breaks."""

    def patch(lines: str) -> Path:
        folder = tmp_path / "patched"
        shutil.copytree(image, folder)
        crc = json.loads((image / MANIFEST).read_text())["limits"]
        (folder / "main.py").write_text(f"{lines}\nfrom loop import run\nrun()\n")
        seal_image(Image(folder, "virtual", digest(folder), "test", crc))
        return folder

    return patch


@pytest.fixture
def make_bench(plant: tuple[PlantHost, str], image: Path) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(scenario: dict, firmware: Path = image) -> Bench:
        while benches:
            benches.pop().close()
        plant[0].load(scenario | {"seed": 1})
        benches.append(Bench(*plant, firmware))
        benches[-1].power_on()
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


@pytest.fixture
def scenarios() -> dict[str, dict]:
    return {"rice": RICE, "congee": CONGEE}


@pytest.fixture
def rice(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(RICE)


@pytest.fixture
def congee(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(CONGEE)
