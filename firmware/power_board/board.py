"""The board's state and its tick: sensors, safety, phases, control, heater, in this order."""

import time

import limits
import selftest
from control import SLOPE_S, Controller
from detect import Detector
from events import EventLog, stamp
from hardware import Hardware
from heater import Heater
from phases import Runner
from safety import Safety
from sensors import bottom_sensor, lid_sensor
from wenhuo_link import faults
from wenhuo_link import protocol as p

TICK_MS = 100
IDLE_TICK_MS = 1000  # while nothing may heat
HOST_LOST_MS = 30000


class Board:
    """Everything but the link; `hw` is the only way to the outside."""

    def __init__(self, hw: Hardware, reset_cause: int) -> None:
        self.hw = hw
        self.reset_cause = reset_cause
        self.bottom = bottom_sensor()
        self.lid = lid_sensor()
        self.heater = Heater(limits.WINDOW_MS, limits.MIN_SWITCH_MS)
        self.control = Controller()
        self.detect = Detector()
        self.safety = Safety()
        self.events = EventLog()
        self.run = Runner(self._emit)
        self.duty = 0
        self.energy_j = 0
        self.fault = faults.NONE
        self.fault_ms = 0
        self.fault_value = 0
        self.fault_phase = p.NO_PHASE
        self.host_ms = time.ticks_ms()
        self.tick_ms = TICK_MS
        self._manual_permille = 0
        self._lease_until = time.ticks_ms()
        self._second_ms = 0
        self._second_mj = 0
        self._lid_closed = True
        self._pot = True
        self._last_ms = time.ticks_ms()
        if not selftest.passed():
            self.trip(faults.SELF_TEST, 0)
        elif reset_cause == p.RESET_BY_WATCHDOG:
            self.trip(faults.WATCHDOG, 0)

    # What the link asks for.

    def heat(self, permille: int, lease_ms: int) -> int:
        """HEAT: direct heat while the lease lasts. Returns a status."""
        if self.run.state == p.ST_FAULT:
            return p.FAULT_LATCHED
        if self.run.state in (p.ST_COOKING, p.ST_PAUSED):
            return p.BAD_STATE
        if permille > 1000 or not 0 < lease_ms <= limits.LEASE_MS:
            return p.BAD_VALUE
        if self.run.state != p.ST_MANUAL:
            self.safety.restart()
            self.run.stop(p.ST_MANUAL)
        self._manual_permille = permille
        self.duty = permille
        self._lease_until = time.ticks_add(time.ticks_ms(), lease_ms)
        return p.OK

    def start(self, cook_id: int) -> int:
        """START. Returns a status."""
        status = self.run.start(cook_id)
        if status == p.OK:
            self.energy_j = 0
            self.safety.restart()
            self.detect.restart()
            self.control = Controller()
        return status

    def clear_fault(self) -> int:
        """CLEAR_FAULT: to idle. A cause that lasts trips again; a damaged image stays a fault."""
        if self.fault == faults.SELF_TEST and not selftest.passed():
            return p.FAULT_LATCHED
        self.fault = faults.NONE
        self.safety.restart()
        if self.run.state == p.ST_FAULT:
            self.run.stop(p.ST_IDLE)
        return p.OK

    def trip(self, code: int, value: int) -> None:
        """Latch a fault: heater off and safety relay open, until it is cleared."""
        self.hw.heat(False, False)
        self.heater.off()
        self.duty = 0
        if self.run.state == p.ST_FAULT:
            return
        self.fault = code
        self.fault_ms = stamp()
        self.fault_value = value
        self.fault_phase = self.run.index
        self.events.add(
            self.fault_ms, p.EV_FAULT, self.run.index, code, self.bottom.cc, self.lid.cc,
            self.run.phase_ms // 1000,
        )  # fmt: skip
        self.run.stop(p.ST_FAULT)

    def _emit(self, kind: int, reason: int) -> None:
        self.events.add(
            stamp(), kind, self.run.index, reason, self.bottom.cc, self.lid.cc,
            self.run.phase_ms // 1000,
        )  # fmt: skip
        if kind in (p.EV_STARTED, p.EV_PHASE_ENDED, p.EV_REPLACED):
            self.control.restart()

    # The loop.

    def tick(self) -> None:
        """One turn of the loop: reads, decides, sets the heater for the next tick."""
        hw = self.hw
        hw.sample()
        now = time.ticks_ms()
        dt_ms = time.ticks_diff(now, self._last_ms)
        self._last_ms = now
        bottom = self.bottom
        lid = self.lid
        bottom.add(hw.bottom_raw)
        lid.add(hw.lid_raw)
        on = self.heater.on
        code = self.safety.fast(hw.bottom_raw, hw.lid_raw, bottom.rail, lid.rail, on, hw.heater_ma)
        if code:
            self.trip(code, self.safety.value)
        self._second_mj += hw.power_mw(on) * dt_ms // 1000
        self._second_ms += dt_ms
        if self._second_ms >= 1000:
            self._second(self._second_ms)
            self._second_ms = 0
        state = self.run.state
        if state == p.ST_MANUAL and time.ticks_diff(now, self._lease_until) >= 0:
            self.run.stop(p.ST_IDLE)
            self.duty = 0
        live = (state == p.ST_COOKING or state == p.ST_MANUAL) and hw.pot
        heat = self.heater.tick(self.tick_ms, self.duty if live else 0)
        hw.heat(heat, state != p.ST_FAULT and (live or heat))
        hw.feed_watchdog()

    def _second(self, ms: int) -> None:
        hw = self.hw
        run = self.run
        bottom = self.bottom
        lid = self.lid
        bottom.second()
        lid.second()
        joules = self._second_mj // 1000
        self._second_mj -= joules * 1000
        self.energy_j += joules
        self._switches()
        state = run.state
        if state == p.ST_FAULT:
            self.tick_ms = IDLE_TICK_MS
            return
        code = self.safety.second(bottom.cc, lid.cc, hw.mains_dv, self.duty > 0)
        if code == 0 and state == p.ST_COOKING:
            code = self._cook(ms, joules)
        if code:
            self.trip(code, self.safety.value)
        state = run.state
        if state == p.ST_MANUAL:
            self.duty = self._manual_permille
        elif state != p.ST_COOKING:
            self.duty = 0
        self.tick_ms = TICK_MS if run.heats or state == p.ST_MANUAL else IDLE_TICK_MS

    def _cook(self, ms: int, joules: int) -> int:
        """A second of cooking; returns a fault code."""
        hw = self.hw
        run = self.run
        detect = self.detect
        cc = self.bottom.cc
        rise = self.bottom.rise(SLOPE_S)
        if run.heats:
            if hw.pot:
                heat_w = hw.full_power_w() * self.duty // 1000
                detect.second(self.bottom, self.lid.cc, hw.lid_closed, heat_w)
            else:
                detect.disturbed()
        else:
            detect.rest()
        if not run.advance(ms, cc if hw.pot else p.OFF_CC, detect.boiling, detect.dry):
            return faults.SCHEDULE_DAMAGED
        if run.state != p.ST_COOKING:
            return 0
        if self._host_is_lost():
            run.cancel()
            return 0
        self._demand(cc, rise)
        counts = run.kind != p.KIND_WAIT and run.kind != p.KIND_KEEP_WARM
        return self.safety.cooking(cc, run.target_cc, joules, detect.boiling, counts, hw.pot)

    def _demand(self, cc: int, rise: int) -> None:
        run = self.run
        power_w = self.hw.full_power_w()
        if not run.heats:
            self.duty = 0
            return
        if not self.detect.boiling:
            self.control.learn(self.duty, power_w, rise)
        elif run.target_cc - cc > 100:
            # Boiling water holds the temperature; the schedule's cap is then the fire's strength.
            self.duty = run.power_permille
            return
        self.duty = self.control.demand(run.target_cc, run.power_permille, cc, rise, power_w)

    def _host_is_lost(self) -> bool:
        """Whether this product must not cook on without its host, and the host is silent."""
        if limits.FINISH_WITHOUT_HOST:
            return False
        return time.ticks_diff(time.ticks_ms(), self.host_ms) > HOST_LOST_MS

    def _switches(self) -> None:
        hw = self.hw
        if hw.lid_closed != self._lid_closed:
            self._lid_closed = hw.lid_closed
            self._emit(p.EV_LID_CLOSED if hw.lid_closed else p.EV_LID_OPENED, p.RE_NONE)
        if hw.pot != self._pot:
            self._pot = hw.pot
            self._emit(p.EV_POT_IN if hw.pot else p.EV_POT_OUT, p.RE_NONE)
