"""What a calibration needs: a board, time, and a thermometer in the water."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from wenhuo.boards import Product
from wenhuo.errors import CalibrationError
from wenhuo.executive.board_client import PowerBoard, Telemetry
from wenhuo.executive.clock import Clock, RealClock
from wenhuo_tools.image import limits_crc, limits_of
from wenhuo_tools.rig.virtual import RigOptions, VirtualRig

ROOM_C = 20.0  # of the virtual kitchen
_LEASE_S, _STEP_S = 3.0, 1.0


@dataclass(frozen=True, slots=True)
class Bench:
    """thermometer_c: reads the water's temperature near the bottom of the pot, °C, now. told: of
    every second's look."""

    board: PowerBoard
    clock: Clock
    thermometer_c: Callable[[str], float]
    told: Callable[[Telemetry], None] = lambda _seen: None

    def step(self, power_pct: float) -> Telemetry:
        """A second at that power, then how things stand. Raises LinkError, CalibrationError."""
        if power_pct > 0:
            self.board.heat(power_pct, _LEASE_S)
        self.clock.sleep(_STEP_S)
        seen = self.board.telemetry()
        if seen.fault is not None:
            raise CalibrationError(
                f"the board reports {seen.fault}; see `wenhuo faults {seen.fault}`"
            )
        if seen.bottom_c is None or seen.lid_c is None:
            raise CalibrationError("a sensor is not connected; see `wenhuo monitor`")
        self.told(seen)
        return seen


@contextmanager
def virtual_bench(product: Product, water_g: float, options: RigOptions) -> Iterator[Bench]:
    """The virtual rig with water at room temperature; the plant's truth is the thermometer."""
    pot = {"dish": "soup", "dry_g": 0, "water_g": water_g, "initial_c": ROOM_C}
    with VirtualRig(product, options) as rig:
        rig.begin({"pot": pot, "site": {"ambient_c": ROOM_C}, "seed": 1}, [])
        yield Bench(rig.board(), rig.clock, lambda _when: float(rig.truth()["temps"]["food"]))


@contextmanager
def real_bench(product: Product, link: str, ask_c: Callable[[str], float]) -> Iterator[Bench]:
    """A real board at its link; a person reads the thermometer.

    Raises LinkError, CalibrationError for a board with other limits than the product's.
    """
    with PowerBoard.open(link, RealClock(), product.power_board.baud) as board:
        if board.connect().limits_crc != limits_crc(limits_of(product)):
            raise CalibrationError(
                f"the board has other limits than product {product.id}; first `wenhuo flash power`"
            )
        yield Bench(board, RealClock(), ask_c)
