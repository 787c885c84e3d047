"""The heater's power by calorimetry: what warmed a known mass of water, and what was on."""

from __future__ import annotations

from dataclasses import dataclass

from wenhuo.boards import Product
from wenhuo.errors import CalibrationError
from wenhuo.executive.board_client import Telemetry

WATER_J_PER_G_K = 4.186  # domain.md 1.2
_GAIN = (0.7, 1.3)  # what a calibration may say (boards/products)


def heat_capacity(product: Product, water_g: float) -> float:
    """Of plate, pot and water, J/K."""
    pot, heat = product.appliance.pot, product.appliance.heat
    return water_g * WATER_J_PER_G_K + pot.heat_capacity_j_per_k + heat.plate_j_per_k


@dataclass(slots=True)
class Ledger:
    """Kept second by second between two moments when all is still.

    rated_j: what a heater of rated power would have given at this mains; lost_j: to the room.
    """

    product: Product
    room_c: float
    rated_j: float = 0.0
    lost_j: float = 0.0
    _last_s: float | None = None

    def add(self, seen: Telemetry) -> None:
        """What happened since the look before."""
        now_s = seen.t_ms / 1000
        passed_s = 0.0 if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        heater = self.product.heater
        full_w = heater.rated_w * (seen.mains_v / heater.rated_v) ** 2
        self.rated_j += full_w * seen.duty_pct / 100 * passed_s
        above_k = (seen.bottom_c or self.room_c) - self.room_c
        self.lost_j += self.product.appliance.heat.loss_w_per_k * above_k * passed_s

    def gain(self, water_g: float, warmed_k: float) -> float:
        """Power over rated power. Raises CalibrationError where no heater can have that."""
        heat = self.product.appliance.heat
        given_j = (heat_capacity(self.product, water_g) * warmed_k + self.lost_j) / heat.efficiency
        gain = given_j / self.rated_j if self.rated_j else 0.0
        if not _GAIN[0] <= gain <= _GAIN[1]:
            raise CalibrationError(
                f"the heater seems to give {gain:.2f} of its rated power; is there "
                f"{water_g:g} g of water in the pot, and nothing else?"
            )
        return round(gain, 3)
