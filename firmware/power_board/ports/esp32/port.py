"""ESP32-S3 and its relatives."""

import select

import esp32
import limits
import machine
from machine import ADC, UART, Pin
from wenhuo_link.protocol import RESET_BY_POWER, RESET_BY_WATCHDOG

try:
    from typing import Callable

    Reader = Callable[[], int]
except ImportError:
    pass

PROGRESS_FILES = ("/progress_a.bin", "/progress_b.bin")  # beside the slots


def chip_c() -> int:
    """The chip's temperature, °C; the thermistors' converter has no channel for it."""
    # The S2, S3 and C3 have it; the stubs are those of the first ESP32.
    return int(esp32.mcu_temperature())  # type: ignore[attr-defined]


def adc_reader(pin: int) -> "Reader":
    """A function that reads the pin: 0..65535 of the ADC's supply.

    The ESP32's ADC is not linear; `read_uv` corrects it with the factory's calibration.
    """
    read_uv = ADC(Pin(pin), atten=ADC.ATTN_11DB).read_uv
    supply_uv = limits.ADC_SUPPLY_MV * 1000

    def read() -> int:
        return min(read_uv() * 1024 // (supply_uv >> 6), 65535)

    return read


def reset_cause() -> int:
    """RESET_CAUSES of the link's messages."""
    cause = machine.reset_cause()
    if cause == machine.WDT_RESET:
        return RESET_BY_WATCHDOG
    return RESET_BY_POWER if cause == machine.PWRON_RESET else 0


class Line:
    """The serial line to the host."""

    def __init__(self) -> None:
        self._uart = UART(
            limits.UART,
            baudrate=limits.BAUD,
            tx=Pin(limits.PIN_UART_TX),
            rx=Pin(limits.PIN_UART_RX),
            rxbuf=256,
            timeout=0,
        )
        self._poll = select.poll()
        self._poll.register(self._uart, select.POLLIN)

    def wait(self, ms: int) -> None:
        """Sleep so long, or until a byte has come."""
        self._poll.poll(ms)

    def read(self, buf: bytearray) -> int:
        """What has come, without waiting."""
        return self._uart.readinto(buf) or 0 if self._uart.any() else 0

    def write(self, data: memoryview) -> None:
        """Send."""
        self._uart.write(data)
