"""An empty chip: MicroPython first, by the way that the board's data name."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from wenhuo.boards import EsptoolChip, Product
from wenhuo.errors import NoDeviceError, UsageError
from wenhuo_tools import ports
from wenhuo_tools.flash import esp32, uf2
from wenhuo_tools.report.transfer import transfer

_BACK_S, _LOOK_S = 20.0, 0.5


def bring_micropython(
    product: Product, port: str, image: Path, drive: Path | None, say: Callable[[str], None]
) -> str:
    """Put MicroPython on the product's power board; the port where it then is.

    port: as `--port` has it. drive: where a Pico's is mounted, found if None. Raises UsageError,
    FlashError, NoDeviceError, AmbiguousDeviceError.
    """
    chip = product.power_board.empty_chip
    if chip is None:
        raise UsageError(f"product {product.id} needs no --micropython; leave it out")
    try:
        data = image.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {image}: {error.strerror}") from None
    if isinstance(chip, EsptoolChip):
        device = ports.resolve(port, product)
        say(f"MicroPython onto {device}, by esptool")
        esp32.write(chip, device, image)
        return _await(product, port)
    uf2.check_uf2(data, chip.family, str(image))
    found = drive or uf2.find_drive(_running(port, product))
    if found is None:
        say("MicroPython by picotool")
        uf2.load_by_picotool(image)
    else:
        say(f"MicroPython onto {found}")
        with transfer(str(found), len(data)) as sent:
            uf2.copy(data, found, sent)
    return _await(product, port)


def _running(port: str, product: Product) -> str | None:
    """The port to touch, None where no board runs yet."""
    try:
        return ports.resolve(port, product)
    except NoDeviceError:
        return None


def _is_there(device: str) -> bool:
    """Whether a port can be opened: one of the list, a device by another name, or a URL."""
    known = any(port.device == device for port in ports.list_all())
    return known or "://" in device or Path(device).exists()


def _await(product: Product, port: str) -> str:
    """The port, once the board is back. Raises NoDeviceError where it does not come."""
    until_s = time.monotonic() + _BACK_S
    while True:
        try:
            device = ports.resolve(port, product)
            if _is_there(device):
                return device
        except NoDeviceError:
            if time.monotonic() > until_s:
                raise
        if time.monotonic() > until_s:
            raise NoDeviceError(f"{port} does not come back; unplug the board and plug it in")
        time.sleep(_LOOK_S)
