"""A cooker on a rig, and the wire to its power board."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wenhuo.boards import Product
from wenhuo.executive.board_client import PowerBoard, Stream
from wenhuo.executive.clock import Clock


class BoardLinkProtocol(abc.ABC):
    """The serial line to a power board."""

    @abc.abstractmethod
    def board(self) -> PowerBoard:
        """A new connection to a board that has booted. Raises LinkError."""


class CookerProtocol(BoardLinkProtocol):
    """A pot, what is in it, and the board that heats it. Errors are RigError."""

    product: Product
    clock: Clock

    @abc.abstractmethod
    def begin(self, scenario: Mapping[str, Any], events: Sequence[Mapping[str, Any]] = ()) -> None:
        """Fill the pot (scenario.schema.json), queue events, switch on a board without a past."""

    @abc.abstractmethod
    def event(self, event: Mapping[str, Any]) -> None:
        """Something happens to the cooker; at_s on the cooker's clock."""

    @abc.abstractmethod
    def truth(self) -> dict[str, Any]:
        """What no sensor tells (the plant's TRUTH)."""

    @abc.abstractmethod
    def power_cut(self, for_s: float) -> None:
        """No mains for a while."""

    @abc.abstractmethod
    def reset(self, cause: int) -> None:
        """The board starts anew, with that cause."""

    @abc.abstractmethod
    def noise(self, *, on: bool) -> None:
        """Bits flip on the wire, or not any more."""

    @abc.abstractmethod
    def chip(self, temp_c: int = 35, ahead_s: float = 0.0) -> None:
        """The board's chip is so warm, and its clock so far ahead (feature `chip`)."""

    @property
    @abc.abstractmethod
    def stream(self) -> Stream:
        """The wire itself."""

    @property
    @abc.abstractmethod
    def flash(self) -> Path:
        """The board's flash as a folder, where the rig can reach it (feature `flash-files`)."""

    @property
    @abc.abstractmethod
    def image(self) -> Path:
        """The firmware that the board runs (feature `flash-files`)."""
