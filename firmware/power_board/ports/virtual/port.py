"""The virtual board: pins in the twin (`machine` beside this file), the serial line a pty.

WENHUO_UART_FD is the number of an inherited file descriptor, the master side of a pseudo-terminal;
the host opens the other side like any serial port. Bytes are read one by one, each after a poll,
because MicroPython's `readinto` would wait until the buffer is full.
"""

import os
import select

from machine import ADC, Pin
from plant import PLANT
from wenhuo_link.protocol import RESET_BY_POWER

try:
    from typing import Callable

    Reader = Callable[[], int]
except ImportError:
    pass

_FLASH = os.getenv("WENHUO_FLASH") or "."
_CHIP = _FLASH + "/chip"
PROGRESS_FILES = (_FLASH + "/progress_a.bin", _FLASH + "/progress_b.bin")


def chip_c() -> int:
    """The chip's temperature, °C; read once a second. A rig sets it, and makes the clock jump, by a
    file `chip` beside the progress: °C, and by how many ms the clock is ahead of the plant's."""
    try:
        with open(_CHIP) as stream:
            words = stream.read().split()
    except OSError:
        return 35
    PLANT.ahead_ms = int(words[1])
    return int(words[0])


def adc_reader(pin: int) -> "Reader":
    """A function that reads the pin: 0..65535 of the ADC's supply."""
    return ADC(Pin(pin)).read_u16


def reset_cause() -> int:
    """RESET_CAUSES of the link's messages, as told by whoever started this process."""
    return int(os.getenv("WENHUO_RESET_CAUSE") or RESET_BY_POWER)


class Line:
    """The serial line to the host; none where WENHUO_UART_FD is not set."""

    def __init__(self) -> None:
        number = os.getenv("WENHUO_UART_FD")
        self._stream = open(int(number), "r+b") if number else None
        self._poll = select.poll()
        if self._stream:
            self._poll.register(self._stream, select.POLLIN)
            PLANT.listen(self._stream)

    def wait(self, ms: int) -> None:
        """Sleep so long, or until a byte has come."""
        PLANT.wait(ms, self._stream)

    def read(self, buf: bytearray) -> int:
        """What has come, without waiting."""
        count = 0
        stream = self._stream
        if stream is None:
            return 0
        while count < len(buf):
            ready = self._poll.poll(0)
            if not ready or not ready[0][1] & select.POLLIN:
                break
            buf[count] = stream.read(1)[0]
            count += 1
        return count

    def write(self, data: memoryview) -> None:
        """Send; what does not fit because nobody reads is lost."""
        if self._stream:
            self._stream.write(data)
