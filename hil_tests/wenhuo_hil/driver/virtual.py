"""The virtual cooker: processes of this machine, plant time, no server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attr
from labgrid.driver.common import Driver
from labgrid.factory import target_factory

from wenhuo.boards import load_product
from wenhuo.executive.board_client import PowerBoard
from wenhuo_hil.protocol import CookerProtocol
from wenhuo_tools.rig.noise import NoisyStream
from wenhuo_tools.rig.virtual import RigOptions, VirtualRig


@target_factory.reg_driver
@attr.s(eq=False)
class VirtualCookerDriver(Driver, CookerProtocol):
    """A CookerProtocol over wenhuo_tools.rig.virtual."""

    bindings = {"cooker": "VirtualCooker"}  # noqa: RUF012 (labgrid's way)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.product = load_product(self.cooker.product)
        self._rig = VirtualRig(self.product, RigOptions(plant=self.cooker.plant))
        self.clock = self._rig.clock

    def on_activate(self) -> None:
        """Start the processes."""
        self._rig.__enter__()

    def on_deactivate(self) -> None:
        """End them."""
        self._rig.close()

    @property
    def virtual(self) -> VirtualRig:
        """The rig itself, for the scenario runner of the tools (feature `scenario`)."""
        return self._rig

    @Driver.check_active
    def begin(self, scenario: Mapping[str, Any], events: Sequence[Mapping[str, Any]] = ()) -> None:
        """See CookerProtocol."""
        self._rig.begin(scenario, events)

    @Driver.check_active
    def board(self) -> PowerBoard:
        """See BoardLinkProtocol."""
        return self._rig.board()

    @Driver.check_active
    def event(self, event: Mapping[str, Any]) -> None:
        """See CookerProtocol."""
        self._rig.event(event)

    @Driver.check_active
    def truth(self) -> dict[str, Any]:
        """See CookerProtocol."""
        return self._rig.truth()

    @Driver.check_active
    def power_cut(self, for_s: float) -> None:
        """See CookerProtocol."""
        self._rig.power_cut(for_s)

    @Driver.check_active
    def reset(self, cause: int) -> None:
        """See CookerProtocol."""
        self._rig.reset(cause)

    @Driver.check_active
    def noise(self, *, on: bool) -> None:
        """See CookerProtocol."""
        self._rig.noise(on=on)

    @Driver.check_active
    def chip(self, temp_c: int = 35, ahead_s: float = 0.0) -> None:
        """See CookerProtocol; firmware/power_board/ports/virtual/port.py reads it."""
        new = self._rig.flash / "chip.new"
        new.write_text(f"{temp_c} {round(1000 * ahead_s)}", encoding="ascii")
        new.rename(self._rig.flash / "chip")

    @property
    def stream(self) -> NoisyStream:
        """See CookerProtocol."""
        return self._rig.stream

    @property
    def flash(self) -> Path:
        """See CookerProtocol."""
        return self._rig.flash

    @property
    def image(self) -> Path:
        """See CookerProtocol."""
        return self._rig.image
