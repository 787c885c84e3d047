"""Serial ports: what is there, what each is by its USB ids, and which one a command means.

Nothing is opened to find out: a byte sent to a strange device may do harm.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from serial.tools import list_ports

from wenhuo.boards import Product
from wenhuo.errors import AmbiguousDeviceError, NoDeviceError
from wenhuo_tools.rig import virtual_board

AUTO = "auto"
_BY_SERIAL = "id:"
_IDS = Path(__file__).with_name("usb_ids.toml")


@dataclass(frozen=True, slots=True)
class Port:
    """A port. kind: of power board it may be, "" for none we know. vid, pid: hexadecimal.

    sure: the ids themselves say that it is such a board, not only a cable that may lead to one.
    """

    device: str
    kind: str
    sure: bool
    what: str
    vid: str | None = None
    pid: str | None = None
    serial: str | None = None

    def as_json(self) -> dict[str, object]:
        """As the command prints it with --json."""
        return asdict(self)


def list_all() -> list[Port]:
    """The virtual board and every serial port of this machine."""
    return [_virtual(), *(describe(found) for found in sorted(list_ports.comports()))]


def describe(found: Any) -> Port:  # noqa: ANN401 - pyserial's ListPortInfo, which has no types
    """What a port of pyserial's list is."""
    if found.vid is None:
        return Port(found.device, "", sure=False, what="no USB device")
    vid, pid = f"{found.vid:04x}", f"{found.pid:04x}"
    row = next((r for r in _known() if (r["vid"], r["pid"]) == (vid, pid)), None)
    name = row["name"] if row else found.product or "unknown USB device"
    kind, sure = (row["kind"], row["sure"]) if row else ("", False)
    return Port(found.device, kind, sure, name, vid, pid, found.serial_number)


def resolve(name: str, product: Product, ports: Sequence[Port] | None = None) -> str:
    """The device that `--port` means for a product: a name, `virtual`, `id:SERIAL` or `auto`.

    auto: the one port that is a board of the product's kind; sure ones before mere cables.
    Raises NoDeviceError where none fits, AmbiguousDeviceError where several do.
    """
    kind = product.power_board.port
    if name == AUTO and kind == virtual_board.PORT:
        return virtual_board.PORT
    if name != AUTO and not name.startswith(_BY_SERIAL):
        return name
    known = list_all() if ports is None else ports
    if name == AUTO:
        fitting = [port for port in known if port.kind == kind and port.sure]
        fitting = fitting or [port for port in known if port.kind == kind]
        wanted = f"board of kind {kind}"
    else:
        serial = name.removeprefix(_BY_SERIAL)
        fitting = [port for port in known if port.serial == serial]
        wanted = f"device with serial number {serial}"
    if not fitting:
        raise NoDeviceError(
            f"no {wanted} is plugged in; plug it in, or name its port (see `wenhuo ports`)"
        )
    if len(fitting) > 1:
        names = ", ".join(port.device for port in fitting)
        raise AmbiguousDeviceError(f"{names} could each be the {wanted}; name one with --port")
    return fitting[0].device


def link_of(name: str, product: Product) -> str:
    """The link that `--port` means: a name, `virtual`, or `auto`, where the product's controller
    has it. Raises NoDeviceError where the virtual board does not run."""
    if name == AUTO:
        if product.power_board.port != virtual_board.PORT:
            return product.controller.serial
        name = virtual_board.PORT
    if name != virtual_board.PORT:
        return name
    cables = virtual_board.running()
    if cables is None or cables.link is None:
        raise NoDeviceError("the virtual board is off; start it with `wenhuo virtual run`")
    return cables.link


def _virtual() -> Port:
    running = virtual_board.running()
    state = f"running, console {running.console}, link {running.link}" if running else "off"
    return Port(virtual_board.PORT, virtual_board.PORT, sure=True, what=f"virtual board, {state}")


def _known() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(_IDS.read_text(encoding="utf-8"))["ids"]
    return rows
