"""Raspberry Pi Pico (RP2040, RP2350)."""

import select

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
_CHIP_ADC = ADC(4)


def chip_c() -> int:
    """The chip's temperature, °C: a silicon diode, 706 mV at 27 °C, -1.721 mV/K (RP2040, 4.9.5).

    It is read by the same converter and reference as the thermistors, and so tests both.
    """
    mv = _CHIP_ADC.read_u16() * limits.ADC_SUPPLY_MV >> 16
    return 27 - (mv - 706) * 1000 // 1721


def adc_reader(pin: int) -> "Reader":
    """A function that reads the pin: 0..65535 of the ADC's supply."""
    return ADC(Pin(pin)).read_u16


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
