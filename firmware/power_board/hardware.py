"""The board's pins by their jobs; what differs between controllers is in ports/*/port.py."""

import limits
import port
from machine import WDT, Pin


class Hardware:
    """Reads all inputs at once with `sample`; sets outputs; carries the link's bytes."""

    def __init__(self) -> None:
        # Outputs first, and off, before anything else can fail.
        self._heater = Pin(limits.PIN_HEATER, Pin.OUT, value=0)
        self._relay = Pin(limits.PIN_SAFETY_RELAY, Pin.OUT, value=0)
        self._led = Pin(limits.PIN_LED, Pin.OUT, value=0) if limits.PIN_LED >= 0 else None
        self._lid_switch = _switch_or_none(limits.PIN_LID_SWITCH)
        self._pot_switch = _switch_or_none(limits.PIN_POT_SWITCH)
        self._bottom_adc = port.adc_reader(limits.PIN_NTC_BOTTOM)
        self._lid_adc = port.adc_reader(limits.PIN_NTC_LID)
        self._mains_adc = _reader_or_none(limits.PIN_MAINS_SENSE)
        self._current_adc = _reader_or_none(limits.PIN_HEATER_CURRENT)
        self._line = port.Line()
        self._watchdog = WDT(timeout=limits.WATCHDOG_MS)
        self.relay = False
        self.bottom_raw = 0
        self.lid_raw = 0
        self.lid_closed = True
        self.pot = True
        self.mains_dv = limits.MAINS_DV
        self.heater_ma = -1  # -1: this board does not measure it

    def sample(self) -> None:
        """Read every input. The switches close to ground."""
        self.bottom_raw = self._bottom_adc()
        self.lid_raw = self._lid_adc()
        if self._lid_switch is not None:
            self.lid_closed = self._lid_switch.value() == 0
        if self._pot_switch is not None:
            self.pot = self._pot_switch.value() == 0
        if self._mains_adc is not None:
            self.mains_dv = (self._mains_adc() * limits.MAINS_FULL_DV) >> 16
        if self._current_adc is not None:
            self.heater_ma = (self._current_adc() * limits.CURRENT_FULL_MA) >> 16

    def heat(self, on: bool, relay: bool) -> None:
        """Set both switches. Board._switch closes the relay ticks before the heater, so that its
        contacts never close on a current; they open after the heater is off."""
        self._heater.value(1 if on else 0)
        self._relay.value(1 if relay else 0)
        self.relay = relay
        if self._led is not None:
            self._led.value(1 if on and relay else 0)

    def chip_c(self) -> int:
        """Temperature of the controller's own chip, °C."""
        return port.chip_c()

    def full_power_w(self) -> int:
        """What the heater draws at the present mains voltage."""
        return limits.RATED_W * self.mains_dv // limits.RATED_DV * self.mains_dv // limits.RATED_DV

    def power_mw(self, on: bool) -> int:
        """Electric power now: measured where the board can, else by what should flow."""
        if self.heater_ma >= 0:
            return self.heater_ma * self.mains_dv // 10
        return self.full_power_w() * 1000 if on else 0

    def wait(self, ms: int) -> None:
        """Sleep so long, or until the host has sent something."""
        self._line.wait(ms)

    def read(self, buf: bytearray) -> int:
        """Bytes from the host into buf, without waiting; how many."""
        return self._line.read(buf)

    def write(self, data: memoryview) -> None:
        """Bytes to the host."""
        self._line.write(data)

    def feed_watchdog(self) -> None:
        """Tell the watchdog that the loop turns."""
        self._watchdog.feed()


def _switch_or_none(pin: int) -> "Pin | None":
    return Pin(pin, Pin.IN, Pin.PULL_UP) if pin >= 0 else None


def _reader_or_none(pin: int) -> "port.Reader | None":
    return port.adc_reader(pin) if pin >= 0 else None
