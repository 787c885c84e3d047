"""The states of a rig: off, or ready to cook. A rig that broke once is not tried again."""

from __future__ import annotations

import enum

import attr
from labgrid.factory import target_factory
from labgrid.strategy.common import Strategy, never_retry

from wenhuo_hil.protocol import CookerProtocol


class Status(enum.Enum):
    """Where the rig stands."""

    UNKNOWN = "unknown"
    OFF = "off"
    READY = "ready"


@target_factory.reg_driver
@attr.s(eq=False)
class CookerStrategy(Strategy):
    """Brings the one cooker of a target to a state."""

    bindings = {"cooker": CookerProtocol}  # noqa: RUF012 (labgrid's way)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.status = Status.UNKNOWN

    @never_retry
    def transition(self, status: Status) -> None:
        """Go there. Raises StrategyError, then and ever after, where that fails."""
        if status is self.status:
            return
        if status is Status.READY:
            self.target.activate(self.cooker)
        else:
            self.target.deactivate(self.cooker)
        self.status = status
