"""A bench for flashing: boards of our own flash, one plant for all, and a look at what they run."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from wenhuo.boards import Product, load_product
from wenhuo.errors import RigError
from wenhuo.executive.board_client import PowerBoard
from wenhuo.executive.clock import RealClock
from wenhuo_tools.flash.power import FlashReport, flash_power
from wenhuo_tools.image import limits_crc, limits_of
from wenhuo_tools.rig.mcu import VirtualMcu
from wenhuo_tools.rig.plant_host import PlantHost
from wenhuo_tools.rig.processes import PlantProcess
from wenhuo_tools.rig.virtual_board import PoweredBoard, flash_file

sys.path.insert(0, str(Path(__file__).parent))  # the benches beside the tests


@dataclass
class Seen:
    """What an application said over the link after its self-test."""

    limits_crc: int
    state: str


class FlashBench:
    def __init__(self, plant: PlantHost, folder: Path) -> None:
        self.plant, self.folder = plant, folder
        self.flash = folder / "flash.bin"

    @staticmethod
    def calibrated(offset_c: float) -> Product:
        """The virtual product with another calibration: other limits, so another image."""
        product = load_product("virtual")
        return replace(product, calibration=replace(product.calibration, bottom_offset_c=offset_c))

    @staticmethod
    def crc(product: Product) -> int:
        return limits_crc(limits_of(product))

    def flash_new(self, product: Product) -> FlashReport:
        try:
            return flash_power(product, plant=self.plant)
        finally:
            run_without_board(self.plant)

    @contextmanager
    def powered(self, product: Product) -> Iterator[PoweredBoard]:
        """The board running, where commands find it as `virtual`."""
        with PoweredBoard(product, announce=True, plant=self.plant) as board:
            yield board
        run_without_board(self.plant)

    @contextmanager
    def at_prompt(self, cut_after: int | None = None) -> Iterator[VirtualMcu]:
        """The board at its prompt, its power cut after so many bytes."""
        mcu = VirtualMcu(self.flash)
        mcu.cut_after = cut_after
        try:
            mcu.power_on(safe=True)
            yield mcu
        finally:
            mcu.close()

    def keep(self, name: str) -> Path:
        """A copy of the flash as it is."""
        return Path(shutil.copyfile(self.flash, self.folder / name))

    def restore(self, kept: Path) -> None:
        shutil.copyfile(kept, self.flash)

    def boot_whatever(self) -> None:
        """Power on for a while, whether or not an application comes up."""
        mcu = VirtualMcu(self.flash, self.plant.address)
        self.plant.load({"dish": "white_rice", "dry_g": 300, "water_g": 420, "seed": 1})
        mcu.power_on()
        time.sleep(0.5)
        mcu.close()
        run_without_board(self.plant)

    def boot(self, run_s: float = 1.0) -> Seen:
        """Power on, let time pass, ask who runs. AssertionError where nobody answers."""
        self.plant.load({"dish": "white_rice", "dry_g": 300, "water_g": 420, "seed": 1})
        mcu = VirtualMcu(self.flash, self.plant.address)
        try:
            mcu.power_on()
            run_over_boots(self.plant, run_s)
            with PowerBoard.open(mcu.link, RealClock()) as board:
                return Seen(board.connect().limits_crc, board.telemetry().state)
        finally:
            mcu.close()
            run_without_board(self.plant)


def run_over_boots(plant: PlantHost, seconds: float) -> None:
    for _ in range(200):
        try:
            plant.run(round(seconds * 1000))
        except RigError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the board does not use the time it is given")


def run_without_board(plant: PlantHost) -> None:
    """Until the plant has noticed that the board is gone."""
    for _ in range(500):
        try:
            plant.free(0)
        except RigError:
            time.sleep(0.01)
        else:
            return
    raise AssertionError("the plant still holds the board's connection")


@pytest.fixture(scope="session")
def plant() -> Iterator[PlantHost]:
    process = PlantProcess()
    host = PlantHost(process.address)
    yield host
    host.close()
    process.close()


@pytest.fixture
def bench(plant: PlantHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlashBench:
    """The board of this test: its flash is also what `--port virtual` means."""
    monkeypatch.setenv("WENHUO_STATE", str(tmp_path))
    made = FlashBench(plant, tmp_path)
    made.flash = flash_file()
    return made
