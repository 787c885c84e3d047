"""The power board's own files, run by CPython against the twin in the same process.

Nothing of the firmware is rewritten: its modules are imported from a built image. Replaced are the
pins (`FastHardware`), the clock (plant time), and what costs time and has nothing to do with the
limits: the self-tests, and the tables' logarithms, which are worked out once. Ticks are 500 ms
instead of 100 ms, so that checks that count ticks are slower here than on a board.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import time
import types
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wenhuo_hil.rows import Row
from wenhuo_link import messages
from wenhuo_link import protocol as p
from wenhuo_link.host import pack_schedule
from wenhuo_tools.image import build_image
from wenhuo_tools.twin.engine import FAULT_DTYPE, Scenario, run_ticks
from wenhuo_tools.twin.food import initial_state
from wenhuo_tools.twin.kernel import STATE_DTYPE
from wenhuo_tools.twin.params import kernel_params
from wenhuo_tools.twin.sensors import SUPPLY_MV

TICK_MS = 500


class Clock:
    """Milliseconds of plant time, behind the names that MicroPython's `time` has."""

    now_ms = 0

    def install(self) -> None:
        """Give this process's `time` module the functions that the firmware uses."""
        added: dict[str, Any] = {
            "ticks_ms": lambda: self.now_ms,
            "ticks_add": lambda ticks, delta: ticks + delta,
            "ticks_diff": lambda a, b: a - b,
        }
        for name, function in added.items():
            setattr(time, name, function)


CLOCK = Clock()


class FastHardware:
    """What firmware/power_board/hardware.py is to the board, with the twin behind it."""

    def __init__(self, scenario: Scenario, limits: Any) -> None:  # noqa: ANN401 (the image's own)
        self.relay = False
        self.bottom_raw = self.lid_raw = 0
        self.lid_closed = self.pot = True
        self.mains_dv = 0
        self.heater_ma = 0
        self._limits = limits
        self._on = False
        self._seed = scenario.seed
        self._params = kernel_params(scenario.cooker, scenario.dish, scenario.site)
        self._trail = np.zeros(2, STATE_DTYPE)
        self._trail[0] = initial_state(scenario.dish, scenario.load, scenario.site)[0]
        self._samples = np.zeros((1, 6), np.int64)
        self._faults = np.zeros(2, FAULT_DTYPE)
        self._ntcs: Any = np.zeros(2, [(n, float) for n in ("r25_ohm", "beta_k", "pull_up_ohm")])
        for row, ntc in enumerate((scenario.cooker.bottom_ntc, scenario.cooker.lid_ntc)):
            self._ntcs[row] = (ntc.r25_ohm, ntc.beta_k, ntc.pull_up_ohm)

    @property
    def state(self) -> np.void:
        """The twin's state."""
        state: np.void = self._trail[0]
        return state

    def pass_time(self, tick_ms: int) -> None:
        """Let the plant run on with the outputs as they are."""
        left_ms = tick_ms
        while left_ms > 0:
            dt_ms = min(left_ms, TICK_MS)
            run_ticks(
                self._trail, self._samples, self._params, self._faults, self._ntcs, 1, dt_ms,
                CLOCK.now_ms, 1.0 if self._on else 0.0, self.relay, self._seed, False,
            )  # fmt: skip
            self._trail[0] = self._trail[1]
            CLOCK.now_ms += dt_ms
            left_ms -= dt_ms

    def sample(self) -> None:
        """Read every input."""
        _, bottom, lid, bits, mains, current = self._samples[0].tolist()
        self.bottom_raw = min(bottom * 65536 // int(SUPPLY_MV), 65535)
        self.lid_raw = min(lid * 65536 // int(SUPPLY_MV), 65535)
        self.lid_closed, self.pot = bool(bits & 1), bool(bits & 2)
        self.mains_dv, self.heater_ma = mains, current

    def heat(self, on: bool, relay: bool) -> None:
        """Set both switches."""
        self._on, self.relay = on, relay

    def full_power_w(self) -> int:
        """What the heater draws at the present mains voltage."""
        rated_w, rated_dv = self._limits.RATED_W, self._limits.RATED_DV
        return int(rated_w * self.mains_dv // rated_dv * self.mains_dv // rated_dv)

    def power_mw(self, on: bool) -> int:
        """Electric power now."""
        return self.heater_ma * self.mains_dv // 10

    def chip_c(self) -> int:
        """A chip at ease."""
        return 35

    def feed_watchdog(self) -> None:
        """There is none."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a schedule. taken: whether the board accepted it. heated_when_faulted: the
    heater or its relay was on in a latched fault."""

    taken: bool
    state: str
    fault: int
    simulated_s: float
    bottom_max_c: float
    plate_max_c: float
    lid_max_c: float
    fuse_blown: bool
    heated_when_faulted: bool


class FastBoard:
    """Runs schedules one after the other on a fresh board and a fresh pot each."""

    def __init__(self, product: str, folder: Path) -> None:
        """folder: where the image is built; this process stays in it."""
        image = build_image(product, folder).folder
        sys.path.insert(0, str(image))
        os.chdir(image)
        CLOCK.install()
        _pretend("machine", WDT=object, Pin=object, ADC=object)
        _pretend("port", PROGRESS_FILES=("/dev/null", "/dev/null"), Reader=object, Line=object)
        self._limits = importlib.import_module("limits")
        sensors: Any = importlib.import_module("sensors")
        sensors.build_table = functools.lru_cache(maxsize=4)(sensors.build_table)
        selftest: Any = importlib.import_module("selftest")
        selftest.SelfTest = _SoundSelf
        self._board: Any = importlib.import_module("board")
        vars(self._board)["TICK_MS"] = TICK_MS

    def run(self, rows: Sequence[Row], scenario: Scenario, horizon_s: float) -> Trial:
        """Offer the schedule, cook it for at most horizon_s of plant time, and cool down."""
        CLOCK.now_ms = 0
        hardware = FastHardware(scenario, self._limits)
        hardware.pass_time(TICK_MS)
        board = self._board.Board(hardware, p.RESET_BY_POWER)
        board.tick_ms = TICK_MS
        taken = _offer(board, rows)
        hot_lid = plate = 0.0
        wrong = False
        end_ms, stop_ms = horizon_s * 1000, 0.0
        while taken and CLOCK.now_ms < (stop_ms or end_ms):
            hardware.pass_time(board.tick_ms)
            board.tick()
            state = hardware.state
            plate, hot_lid = max(plate, state["plate_c"]), max(hot_lid, state["lid_c"])
            wrong = wrong or (board.run.state == p.ST_FAULT and (hardware.relay or hardware._on))
            if not stop_ms and board.run.state in (p.ST_FAULT, p.ST_DONE, p.ST_IDLE):
                stop_ms = CLOCK.now_ms + 90_000  # the plate's heat is still to come
        state = hardware.state
        return Trial(
            taken, messages.STATES[board.run.state], board.fault, CLOCK.now_ms / 1000,
            float(state["max_bottom_c"]), float(plate), float(hot_lid),
            bool(state["fuse_blown"] > 0.5), wrong,
        )  # fmt: skip


def _offer(board: Any, rows: Sequence[Row]) -> bool:  # noqa: ANN401 (the firmware's own class)
    """Upload and start as the link does it; whether the board took it."""
    payloads, crc = pack_schedule(list(rows))
    statuses = [board.run.begin(1, len(rows), p.MODE_NEW)]
    statuses += [board.run.put(raw[0], memoryview(raw)[1:]) for raw in payloads]
    statuses.append(board.run.commit(crc))
    return not any(statuses) and board.start(1) == p.OK


class _SoundSelf:
    """In place of the self-tests: a board without damage. Damage has tests of its own."""

    chip_c = 35

    def __init__(self, *_: object) -> None:
        pass

    def at_start(self) -> int:
        """Sound."""
        return 0

    def second(self, _chip_c: int) -> int:
        """Sound."""
        return 0

    def chip_fault(self) -> int:
        """At ease."""
        return 0


def _pretend(name: str, **members: object) -> None:
    module = types.ModuleType(name)
    for key, value in members.items():
        setattr(module, key, value)
    sys.modules[name] = module
