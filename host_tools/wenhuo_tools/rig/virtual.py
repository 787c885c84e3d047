"""The virtual rig: the plant in one process, the board's firmware in another, a pty between.

Time is the plant's. The controller grants it through `clock`; the board uses it up tick by tick, so
board, controller and physics run in lockstep as fast as this machine can.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import serial

from wenhuo.boards import Product
from wenhuo.errors import RigError, UsageError
from wenhuo.executive.board_client import PowerBoard
from wenhuo_tools.image import build_image
from wenhuo_tools.rig.clock import PlantClock
from wenhuo_tools.rig.flashed import FlashedBoard
from wenhuo_tools.rig.noise import NoisyStream
from wenhuo_tools.rig.plant_host import PlantHost
from wenhuo_tools.rig.processes import BoardProcess, PlantProcess

# The board answers between its ticks, in real time, without plant time passing; this is how long it
# may take on a busy machine before plant time is let go on.
_REPLY_S = 1.0
_NOTICE_S, _NOTICE_TRIES = 0.02, 50
_RESET_MS = 100
_BOOT_S = 1.0  # plant time that the board is given for its self-test before anybody asks it


@dataclass(frozen=True, slots=True)
class RigOptions:
    """plant: "host:port" of an outside plant, None starts one. speed: plant seconds per real
    second, None is as fast as it goes. flashed: the user's virtual board with what was flashed to
    it, instead of a new one with a new image."""

    plant: str | None = None
    speed: float | None = None
    flashed: bool = False

    def plant_address(self) -> tuple[str, int] | None:
        """The outside plant's address. Raises UsageError where it is none."""
        if self.plant is None:
            return None
        host, _, port = self.plant.rpartition(":")
        if not host or not port.isdecimal():
            raise UsageError(f"--plant {self.plant!r}: write HOST:PORT, e.g. 127.0.0.1:7070")
        return host, int(port)


class VirtualRig:
    """A product, cooked on by real software and simulated physics. Use as a context manager.

    Entering it and the first `begin` raise RigError where plant, firmware or MicroPython cannot be
    started.
    """

    def __init__(self, product: Product, options: RigOptions | None = None) -> None:
        self.product = product
        self._options = options or RigOptions()
        self._open = ExitStack()
        self._own_plant: PlantProcess | None = None
        self._plant: PlantHost | None = None
        self._image: Path | None = None
        self._board: BoardProcess | FlashedBoard | None = None
        self._stream: NoisyStream | None = None
        self._seed = 0
        self.clock = PlantClock(self._run, self._options.speed)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process of the rig."""
        self._open.close()

    def begin(self, scenario: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> None:
        """Fill the pot, queue the plant's events and switch on a board that has never cooked."""
        plant, board = self._started()
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        board.power_off()
        board.erase()
        self._seed = int(scenario.get("seed") or 0)
        plant.load(plant_load(scenario, self.product.id))
        for event in events:
            plant.event(event)
        self.clock.restart()
        board.power_on()

    def board(self) -> PowerBoard:
        """A new connection to the board, which has booted. Raises LinkError."""
        _, board = self._started()
        if self._stream is not None:
            self._stream.close()
        port = serial.serial_for_url(board.port, timeout=_REPLY_S)
        self._stream = NoisyStream(port, self._seed)
        client = PowerBoard(self._stream, self.clock)
        self.clock.sleep(_BOOT_S)
        client.connect()
        return client

    def truth(self) -> dict[str, Any]:
        """What the plant knows (see its TRUTH)."""
        return self._started()[0].truth()

    def power_cut(self, for_s: float) -> None:
        """No power for a while: the board dies, the food cools, the board starts again."""
        plant, board = self._started()
        board.power_off()
        until_ms = round((self.clock.now_s() + for_s) * 1000)
        self.clock.restart(_free(plant, until_ms))
        board.power_on()
        self.clock.sleep(_BOOT_S)

    def event(self, event: Mapping[str, Any]) -> None:
        """Queue an event of the plant; at_s is plant time."""
        self._started()[0].event(event)

    def reset(self, cause: int) -> None:
        """The board starts anew at once, with that reset cause (RESET_CAUSES of the link)."""
        plant, board = self._started()
        board.power_off()
        self.clock.restart(_free(plant, round(self.clock.now_s() * 1000) + _RESET_MS))
        board.power_on(cause)
        self.clock.sleep(_BOOT_S)

    @property
    def port(self) -> str:
        """The board's serial port, for another program than this; give it time by the clock."""
        return self._started()[1].port

    @property
    def flash(self) -> Path:
        """Where the board keeps its progress, between its files."""
        return self._started()[1].flash

    @property
    def image(self) -> Path:
        """The files that the board runs."""
        self._started()
        assert self._image is not None
        return self._image

    @property
    def stream(self) -> NoisyStream:
        """The wire to the board, for what no honest host sends. Raises RigError before `board`."""
        if self._stream is None:
            raise RigError("nobody has connected to the board yet; call board() first")
        return self._stream

    def noise(self, *, on: bool) -> None:
        """Switch the bad cable on or off."""
        if self._stream is not None:
            self._stream.switch(on=on)

    def _start(self) -> None:
        """Start the plant and build the image; a plant of our own is met at the first use."""
        address = self._options.plant_address()
        if address is None:
            self._own_plant = PlantProcess()
            self._open.callback(self._own_plant.close)
        else:
            self._plant = PlantHost(address, self._obituary)
            self._open.callback(self._plant.close)
        scratch = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="wenhuo-")))
        self._image = build_image(_on_virtual_port(self.product), scratch / "image").folder

    def _started(self) -> tuple[PlantHost, BoardProcess | FlashedBoard]:
        """Plant and board. Raises RigError where they cannot be started."""
        if self._image is None:
            raise RigError("the rig is not started; use it in a `with` block")
        if self._plant is None:
            assert self._own_plant is not None
            self._plant = PlantHost(self._own_plant.address, self._obituary)
            self._open.callback(self._plant.close)
        if self._board is None:
            address = self._plant.address
            flashed = self._options.flashed
            self._board = FlashedBoard(address) if flashed else BoardProcess(self._image, address)
            self._open.callback(self._board.close)
        return self._plant, self._board

    def _obituary(self) -> str | None:
        return self._board.obituary() if self._board is not None else None

    def _run(self, until_ms: int) -> int:
        return run_over_resets(*self._started(), until_ms)


def run_over_resets(plant: PlantHost, board: BoardProcess | FlashedBoard, until_ms: int) -> int:
    """Grant time; a board that resets itself in it is started again, as a real one would.

    Returns the time reached, ms. Raises RigError where the board ended in another way.
    """
    while True:
        try:
            return plant.run(until_ms)
        except RigError:
            if not board.restarted():
                raise


def _free(plant: PlantHost, until_ms: int) -> int:
    """FREE, once the plant has noticed that the board is gone (it reads one socket at a time)."""
    for _ in range(_NOTICE_TRIES - 1):
        try:
            return plant.free(until_ms)
        except RigError:
            time.sleep(_NOTICE_S)
    return plant.free(until_ms)


def _on_virtual_port(product: Product) -> Product:
    """The product with its own limits and numbers, on the virtual microcontroller."""
    return replace(product, power_board=replace(product.power_board, port="virtual"))


def plant_load(scenario: Mapping[str, Any], product_id: str) -> dict[str, Any]:
    """A scenario (scenario.schema.json) as the plant's LOAD wants it."""
    seed = int(scenario.get("seed") or 0)
    return {**scenario["pot"], **_site(scenario), "product": product_id, "seed": seed}


def _site(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """The site's members that the plant knows; the pot starts at ambient where not said."""
    site = scenario.get("site") or {}
    known = {k: site[k] for k in ("ambient_c", "altitude_m", "mains_v") if site.get(k) is not None}
    if "ambient_c" in known and scenario["pot"].get("initial_c") is None:
        known["initial_c"] = known["ambient_c"]
    return known
