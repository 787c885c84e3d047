"""A power board at a serial port: on this machine, or exported by another one of a farm."""

from __future__ import annotations

import attr
from labgrid.driver.common import Driver
from labgrid.factory import target_factory
from labgrid.resource import SerialPort
from labgrid.util.proxy import proxymanager

from wenhuo.errors import RigError
from wenhuo.executive.board_client import PowerBoard
from wenhuo.executive.clock import Clock, RealClock
from wenhuo_hil.protocol import BoardLinkProtocol

_SCHEMES = {"raw": "socket", "rfc2217": "rfc2217"}


@target_factory.reg_driver
@attr.s(eq=False)
class BoardLinkDriver(Driver, BoardLinkProtocol):
    """The link over pyserial's URLs, whatever the port is."""

    bindings = {"port": {"SerialPort", "NetworkSerialPort"}}  # noqa: RUF012 (labgrid's way)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.clock: Clock = RealClock()
        self._open: PowerBoard | None = None

    def on_deactivate(self) -> None:
        """Close the port."""
        self._close()

    def url(self) -> str:
        """The port for serial_for_url. Raises RigError for a protocol that pyserial lacks."""
        if isinstance(self.port, SerialPort):
            return str(self.port.port)
        if self.port.protocol not in _SCHEMES:
            raise RigError(f"serial protocol {self.port.protocol!r}; give one of {list(_SCHEMES)}")
        host, number = proxymanager.get_host_and_port(self.port)
        return f"{_SCHEMES[self.port.protocol]}://{host}:{number}"

    @Driver.check_active
    def board(self) -> PowerBoard:
        """See BoardLinkProtocol."""
        self._close()
        self._open = PowerBoard.open(self.url(), self.clock, self.port.speed)
        self._open.connect()
        return self._open

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
