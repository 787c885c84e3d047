"""Two points of a thermistor: its R25 and beta from what the board read and what was true."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from wenhuo.boards import Calibration, Product
from wenhuo.errors import CalibrationError
from wenhuo_tools.image import calibrated_ntc

_ZERO_K, _T25_K = 273.15, 298.15
_APART_K = 30.0  # closer points make a slope of their noise
_FAR_OFF_K = 8.0  # beyond it, it is no tolerance


@dataclass(frozen=True, slots=True)
class Point:
    """A moment when the heater was off and all was still: board's reading and thermometer's, °C."""

    read_c: float
    true_c: float


def two_points(product: Product, cold: Point, hot: Point) -> Calibration:
    """The product's calibration with its bottom thermistor put right. Raises CalibrationError.

    The beta equation (domain.md 4.2) holds at both points afterwards; the readings are turned back
    into ohms by the numbers that the board has now.
    """
    if hot.true_c - cold.true_c < _APART_K:
        raise CalibrationError(
            f"the points are at {cold.true_c:.1f} and {hot.true_c:.1f} °C; they must be "
            f"{_APART_K:.0f} K apart: start with water at room temperature"
        )
    for point in (cold, hot):
        if abs(point.read_c - point.true_c) > _FAR_OFF_K:
            raise CalibrationError(
                f"the board reads {point.read_c:.1f} °C where the thermometer shows "
                f"{point.true_c:.1f}; is the sensor pressed to the pot, and of the right kind?"
            )
    known = product.calibration
    nominal = product.power_board.ntc["bottom"]
    now = calibrated_ntc(nominal, known)
    ohms = [
        now.r25_ohm * math.exp(now.beta_k * _inverse(point.read_c - known.bottom_offset_c))
        for point in (cold, hot)
    ]
    span = _inverse(cold.true_c) - _inverse(hot.true_c)
    beta_k = math.log(ohms[0] / ohms[1]) / span
    r25_ohm = ohms[0] / math.exp(beta_k * _inverse(cold.true_c))
    return replace(
        known,
        bottom_offset_c=0.0,
        bottom_r25_ratio=round(r25_ohm / nominal.r25_ohm, 4),
        bottom_beta_ratio=round(beta_k / nominal.beta_k, 4),
    )


def lid_offset(known: Calibration, cold: Point) -> Calibration:
    """The calibration with the lid's sensor put right by one point: shut lid, all at room
    temperature. Raises CalibrationError."""
    offset_c = known.lid_offset_c + cold.true_c - cold.read_c
    if abs(offset_c) > _FAR_OFF_K:
        raise CalibrationError(
            f"the lid reads {cold.read_c:.1f} °C at {cold.true_c:.1f}; let all come to room "
            "temperature first, the lid shut"
        )
    return replace(known, lid_offset_c=round(offset_c, 2))


def _inverse(temp_c: float) -> float:
    """1/T less 1/T25, 1/K: what beta is multiplied by."""
    return 1 / (temp_c + _ZERO_K) - 1 / _T25_K
