"""A real power board in a simulated cooker: the twin in real time behind the fixture board."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attr
from labgrid.driver.common import Driver
from labgrid.factory import target_factory

from wenhuo.boards import load_product
from wenhuo.errors import RigError
from wenhuo.executive.board_client import PowerBoard, Stream
from wenhuo_hil.protocol import CookerProtocol
from wenhuo_tools.image import CURRENT_FULL_MA, MAINS_FULL_DV
from wenhuo_tools.rig.virtual import plant_load
from wenhuo_tools.twin.engine import Engine
from wenhuo_tools.twin.plant import scenario_of, truth_of

_TICK_S = 0.1
_SUPPLY_MV = 3300
_BOOT_S = 3.0


@target_factory.reg_driver
@attr.s(eq=False)
class BenchCookerDriver(Driver, CookerProtocol):
    """A CookerProtocol whose physics is an Engine ticked by a thread of its own."""

    bindings = {"link": "BoardLinkDriver", "fixture": "FixtureDriver"}  # noqa: RUF012

    product_id: str = attr.ib(default="zero2w_pico", validator=attr.validators.instance_of(str))

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.product = load_product(self.product_id)
        self.clock = self.link.clock
        self._engine = Engine()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: RigError | None = None
        self._began_s = 0.0

    def on_deactivate(self) -> None:
        """Stop the twin and cut the board's power."""
        self._halt()
        self.fixture.power(on=False)

    @Driver.check_active
    def begin(self, scenario: Mapping[str, Any], events: Sequence[Mapping[str, Any]] = ()) -> None:
        """See CookerProtocol. A real board keeps its flash; a cook without an end in it is dropped
        by the CANCEL that each test's first upload implies."""
        self._halt()
        self.fixture.power(on=False)
        self._engine.load(scenario_of(plant_load(scenario, self.product.id)))
        for event in events:
            self._engine.add_event(dict(event))
        self._began_s = self.clock.now_s()
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="twin", daemon=True)
        self._thread.start()
        self.fixture_power(on=True)

    def fixture_power(self, *, on: bool) -> None:
        """Power of the board under test, between two of the twin's ticks."""
        with self._lock:
            self.fixture.power(on=on)

    @Driver.check_active
    def board(self) -> PowerBoard:
        """See BoardLinkProtocol."""
        self._check()
        self.clock.sleep(_BOOT_S)
        board: PowerBoard = self.link.board()
        return board

    @Driver.check_active
    def event(self, event: Mapping[str, Any]) -> None:
        """See CookerProtocol."""
        at_s = float(event["at_s"]) - self._began_s
        with self._lock:
            self._engine.add_event({**event, "at_s": max(at_s, self._engine.now_ms / 1000)})

    @Driver.check_active
    def truth(self) -> dict[str, Any]:
        """See CookerProtocol."""
        self._check()
        with self._lock:
            return truth_of(self._engine)

    @Driver.check_active
    def power_cut(self, for_s: float) -> None:
        """See CookerProtocol."""
        self.fixture_power(on=False)
        self.clock.sleep(for_s)
        self.fixture_power(on=True)
        self.clock.sleep(_BOOT_S)

    @Driver.check_active
    def reset(self, cause: int) -> None:
        """By the reset pin, whatever the cause asked for."""
        with self._lock:
            self.fixture.reset()
        self.clock.sleep(_BOOT_S)

    def noise(self, *, on: bool) -> None:
        """Raises RigError: this rig lacks the feature `link-noise`."""
        raise RigError("the bench rig cannot spoil its cable; it lacks the feature link-noise")

    def chip(self, temp_c: int = 35, ahead_s: float = 0.0) -> None:
        """Raises RigError: a real chip is as warm as it is."""
        raise RigError("the bench rig cannot upset a real chip; it lacks the feature chip")

    @property
    def stream(self) -> Stream:
        """Raises RigError: the port belongs to the link's driver."""
        raise RigError("the bench rig has no raw stream; it lacks the feature link-noise")

    @property
    def flash(self) -> Path:
        """Raises RigError: no folder shows a real board's flash."""
        raise RigError("the bench rig cannot reach the board's flash as a folder")

    @property
    def image(self) -> Path:
        """Raises RigError, as `flash`."""
        raise RigError("the bench rig cannot reach the board's image as a folder")

    def _halt(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        duty, relay = 0.0, False
        due_s = time.monotonic()
        try:
            while not self._stop.is_set():
                with self._lock:
                    duty, relay = self._tick(duty, relay)
                due_s += _TICK_S
                self._stop.wait(max(0.0, due_s - time.monotonic()))
        except RigError as error:
            self._error = error

    def _tick(self, duty: float, relay: bool) -> tuple[float, bool]:
        """A tenth of a second of physics with what the heater did; what it does now."""
        engine, tick_ms = self._engine, round(_TICK_S * 1000)
        engine.commit(None)
        engine.advance(1, tick_ms, duty, relay, engine.now_ms + tick_ms)
        _, bottom, lid, bits, mains_dv, heater_ma = map(int, engine.sample_text().split(","))
        mains_mv = mains_dv * _SUPPLY_MV // MAINS_FULL_DV
        current_mv = heater_ma * _SUPPLY_MV // CURRENT_FULL_MA
        reply: tuple[float, bool] = self.fixture.play(bottom, lid, bits, mains_mv, current_mv)
        return reply
