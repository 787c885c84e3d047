"""The fixture board's firmware on the unix port, behind its driver and the bench driver's twin."""

from __future__ import annotations

import os
import pty
import subprocess
import time
import tty
from pathlib import Path

import pytest
from labgrid import Target
from labgrid.resource import RawSerialPort

from wenhuo.errors import RigError
from wenhuo_hil.driver.bench import BenchCookerDriver
from wenhuo_hil.driver.board_link import BoardLinkDriver
from wenhuo_hil.driver.fixture import FixtureDriver
from wenhuo_tools.rig.processes import micropython

HERE = Path(__file__).parent
FIRMWARE = HERE.parent / "fixture_board"
HEATER_PIN, RELAY_PIN, LID_PIN, POT_PIN, POWER_PIN, RESET_PIN = 10, 11, 12, 13, 14, 15


class Wires:
    """The fixture's pins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def set(self, pin: int, level: int) -> None:
        (self.folder / f"in.{pin}").write_text(str(level))

    def outputs(self) -> list[str]:
        return (self.folder / "out").read_text().splitlines()

    def last(self, pin: int) -> int:
        return next(int(line.split()[2]) for line in reversed(self.outputs())
                    if line.startswith(f"pin {pin} "))  # fmt: skip

    def dac_mv(self) -> list[int]:
        words = next(x for x in reversed(self.outputs()) if x.startswith("dac"))[4:]
        return [int(words[i : i + 4], 16) * 3300 // 4095 for i in range(0, 16, 4)]


@pytest.fixture
def wires(tmp_path):
    return Wires(tmp_path)


@pytest.fixture
def port(wires):
    master, slave = pty.openpty()
    tty.setraw(slave)
    process = subprocess.Popen(
        [str(micropython()), "main.py"], cwd=FIRMWARE, stdin=master, stdout=master,
        env={**os.environ, "FIXTURE_WIRES": str(wires.folder),
             "MICROPYPATH": f"{HERE / 'fixture_machine'}:{FIRMWARE}"},
    )  # fmt: skip
    yield os.ttyname(slave)
    process.kill()
    process.wait()
    os.close(master)
    os.close(slave)


@pytest.fixture
def target(port):
    target = Target("bench")
    RawSerialPort(target, name="fixture", port=port, speed=115200)
    yield target
    target.cleanup()


@pytest.fixture
def fixture(target):
    driver = FixtureDriver(target, name=None)
    target.activate(driver)
    return driver


def test_it_plays_voltages_and_switches_and_reads_the_heater(fixture, wires):
    wires.set(HEATER_PIN, 1)
    wires.set(RELAY_PIN, 1)
    fixture.play(1650, 2500, 3, 1800, 700)
    time.sleep(0.1)
    heater, relay = fixture.play(1650, 2500, 2, 1800, 700)
    assert (heater, relay) == (1.0, True)
    assert wires.dac_mv() == pytest.approx([1650, 2500, 1800, 700], abs=2)
    assert (wires.last(LID_PIN), wires.last(POT_PIN)) == (1, 0)


def test_half_of_the_time_on_reads_as_half(fixture, wires):
    fixture.play(1650, 2500, 3, 0, 0)
    time.sleep(0.3)
    wires.set(HEATER_PIN, 1)
    time.sleep(0.3)
    heater, _ = fixture.play(1650, 2500, 3, 0, 0)
    assert 0.2 < heater < 0.8


def test_it_switches_power_and_reset(fixture, wires):
    fixture.power(on=True)
    assert wires.last(POWER_PIN) == 1
    fixture.reset()
    assert [x for x in wires.outputs() if x.startswith(f"pin {RESET_PIN} ")][-2:] == [
        f"pin {RESET_PIN} 0",
        f"pin {RESET_PIN} 1",
    ]


def test_a_silent_pc_leaves_the_sensors_open(fixture, wires):
    fixture.play(1000, 1000, 3, 0, 0)
    time.sleep(2.5)
    assert wires.dac_mv()[:2] == [3300, 3300]


@pytest.mark.parametrize("line", ["", "X", "S 1 2", "S a b c d e", "P", "R 1"])
def test_a_wrong_line_is_told(fixture, line):
    with pytest.raises(RigError, match="fixture board answers"):
        fixture._ask(line, "H")


def test_another_device_at_the_port_is_told():
    master, slave = pty.openpty()
    target = Target("bench")
    RawSerialPort(target, name="fixture", port=os.ttyname(slave), speed=115200)
    driver = FixtureDriver(target, name=None)
    with pytest.raises(RigError, match="fixture board"):
        target.activate(driver)
    os.close(master)
    os.close(slave)


def test_the_bench_plays_the_twin_in_real_time(target, wires):
    """The twin's sensors at the DAC, the heater pin warms its pot, events reach it."""
    RawSerialPort(target, name="board", port="loop://", speed=115200)
    target.set_binding_map({"port": "fixture"})
    fixture = FixtureDriver(target, name=None)
    target.set_binding_map({"port": "board"})
    link = BoardLinkDriver(target, name=None)
    bench = BenchCookerDriver(target, name=None, product_id="virtual")
    for driver in (fixture, link, bench):
        target.activate(driver)
    bench.begin({"pot": {"dish": "congee", "dry_g": 50, "water_g": 500, "initial_c": 25.0},
                 "site": {"ambient_c": 25.0}})  # fmt: skip
    time.sleep(0.5)
    assert wires.last(POWER_PIN) == 1
    cold_mv = wires.dac_mv()
    assert cold_mv[0] == pytest.approx(3300 * 100 / 104.7, abs=8)  # 100 k at 25 °C over 4.7 k
    assert cold_mv[2] == pytest.approx(3300 * 220 / 400, abs=15)
    wires.set(RELAY_PIN, 1)
    wires.set(HEATER_PIN, 1)
    bench.event({"at_s": bench.clock.now_s(), "kind": "lid_open"})
    time.sleep(2.0)
    truth = bench.truth()
    assert truth["power_w"] == pytest.approx(770, rel=0.1)
    assert truth["energy_wh"] > 0.1
    assert wires.last(LID_PIN) == 1
    assert wires.dac_mv()[3] == pytest.approx(3300 * 3.5 / 16, abs=40)
    target.deactivate(bench)
    assert wires.last(POWER_PIN) == 0
