"""`machine` for the fixture board on the unix port: pins and DAC are words in a file.

FIXTURE_WIRES names a folder: `in.NUMBER` holds what a pin reads, `out` gets one line for each
change of an output (`pin NUMBER LEVEL` or `dac HEX`).
"""

import os

_WIRES = os.getenv("FIXTURE_WIRES")


def _note(line):
    with open(_WIRES + "/out", "a") as stream:
        stream.write(line + "\n")


class Pin:
    IN, OUT, OPEN_DRAIN = 0, 1, 2

    def __init__(self, number, mode=0, value=None):
        self.number = number
        self._mode = mode
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is not None:
            _note("pin {} {}".format(self.number, level))
            return level
        try:
            with open(_WIRES + "/in." + str(self.number)) as stream:
                return int(stream.read() or "0")
        except OSError:
            return 0


class I2C:
    def __init__(self, number, sda, scl, freq):
        assert (sda.number, scl.number) == (4, 5)

    def writeto(self, address, buf):
        assert address == 0x60
        _note("dac " + "".join(["{:02x}".format(byte) for byte in buf]))
