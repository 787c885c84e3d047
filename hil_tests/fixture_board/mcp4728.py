"""MCP4728: four 12-bit outputs on I2C, reference and full scale the 3.3 V supply."""

from machine import I2C

_ADDRESS = 0x60
_SUPPLY_MV = 3300


class Dac:
    """`set` writes all four outputs at once (fast write, datasheet DS22187E 5.6.1)."""

    def __init__(self, i2c: I2C) -> None:
        self._i2c = i2c
        self._buf = bytearray(8)

    def set(self, a_mv: int, b_mv: int, c_mv: int, d_mv: int) -> None:
        """Outputs A to D in millivolts; beyond the supply is the supply."""
        at = 0
        for mv in (a_mv, b_mv, c_mv, d_mv):
            code = min(max(mv, 0) * 4095 // _SUPPLY_MV, 4095)
            self._buf[at] = code >> 8
            self._buf[at + 1] = code & 0xFF
            at += 2
        self._i2c.writeto(_ADDRESS, self._buf)
