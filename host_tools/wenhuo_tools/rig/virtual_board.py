"""This user's virtual power board: a flash in a file, off on the shelf or running with a plant.

`wenhuo virtual run` powers it; then running.json beside its flash says where its cables end, so
that other commands find it under the name `virtual`, as they find a real one under its port.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from wenhuo.boards import Product
from wenhuo.errors import RigError
from wenhuo.executive.board_client import PowerBoard
from wenhuo.executive.clock import RealClock
from wenhuo_tools.paths import state_folder
from wenhuo_tools.rig.mcu import VirtualMcu
from wenhuo_tools.rig.plant_host import PlantHost
from wenhuo_tools.rig.processes import PlantProcess

PORT = "virtual"
_RUNNING = "running.json"
_RETRY_S, _RETRIES = 0.05, 200


@dataclass(frozen=True, slots=True)
class Cables:
    """Where a running board's ptys are, and whose process it is. link: None while it is off."""

    console: str
    link: str | None
    pid: int


def flash_file() -> Path:
    """The flash of this user's board; it need not exist yet."""
    return state_folder("virtual-board") / "flash.bin"


def running() -> Cables | None:
    """The cables of the board where `wenhuo virtual` has it running."""
    try:
        told = json.loads((flash_file().parent / _RUNNING).read_text(encoding="utf-8"))
        os.kill(told["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return Cables(**told)


@contextmanager
def console() -> Iterator[Cables]:
    """The board's console: the running board's, else it is powered to its prompt for the while."""
    found = running()
    if found is not None:
        yield found
        return
    mcu = VirtualMcu(flash_file())
    try:
        mcu.power_on(safe=True)
        yield Cables(mcu.console, None, os.getpid())
    finally:
        mcu.close()


class PoweredBoard:
    """The board under power, its pins in a plant of its own. Time is granted by `run`.

    Use as a context manager. announce: so that other commands find it. plant: in which its pins
    end; one of its own if not given. Raises RigError where plant or MicroPython do not start, or
    where the board is running already.
    """

    def __init__(
        self, product: Product, *, announce: bool = False, plant: PlantHost | None = None
    ) -> None:
        other = running()
        if other is not None:
            raise RigError(f"the virtual board runs already, in process {other.pid}; end that one")
        self._open = ExitStack()
        self._now_ms = 0
        try:
            self._plant = plant or self._own_plant()
            self._plant.load({**_pot(product), "product": product.id, "seed": 0})
            self.mcu = VirtualMcu(flash_file(), self._plant.address)
            self._open.callback(self.mcu.close)
            if announce:
                self._announce()
            self.mcu.power_on()
        except BaseException:
            self._open.close()
            raise

    def __enter__(self) -> PoweredBoard:
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    def run(self, duration_s: float) -> None:
        """Let time pass; a board that resets in it is waited for. Raises RigError."""
        self._now_ms += round(duration_s * 1000)
        for left in reversed(range(_RETRIES)):
            try:
                self._plant.run(self._now_ms)
            except RigError:  # between two boots nobody uses the time
                if not left:
                    raise
                time.sleep(_RETRY_S)
            else:
                return

    def pass_time(self, duration_s: float) -> None:
        """Let time pass whether or not an application uses it: a board may lie at its prompt."""
        self._now_ms += round(duration_s * 1000)
        try:
            self._plant.free(self._now_ms)
        except RigError:  # an application is connected, or has gone this moment
            with suppress(RigError):
                self._plant.run(self._now_ms)

    def plant_event(self, kind: str, **more: object) -> None:
        """Something happens to the cooker now (scenario.schema.json, events)."""
        self._plant.event({"at_s": self._now_ms / 1000, "kind": kind, **more})

    def connect(self) -> PowerBoard:
        """The controller's end of the link. Raises LinkError where it cannot be opened."""
        return PowerBoard.open(self.mcu.link, RealClock())

    def _own_plant(self) -> PlantHost:
        process = PlantProcess()
        self._open.callback(process.close)
        host = PlantHost(process.address)
        self._open.callback(host.close)
        return host

    def _announce(self) -> None:
        path = flash_file().parent / _RUNNING
        path.write_text(json.dumps(asdict(Cables(self.mcu.console, self.mcu.link, os.getpid()))))
        self._open.callback(path.unlink, missing_ok=True)


def _pot(product: Product) -> dict[str, str | float]:
    """What stands in the cooker: the least of the menu's first dish."""
    dish = next(iter(product.menu.values()))
    return {"dish": dish.id, "dry_g": dish.min_dry_g, "water_g": dish.water_g(dish.min_dry_g, None)}
