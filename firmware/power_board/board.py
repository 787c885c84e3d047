"""The board's state and its tick: sensors, safety, phases, control, heater, in this order."""

import time

import limits
from control import SLOPE_S, Controller
from detect import Detector
from events import EventLog, stamp
from hardware import Hardware
from heater import Heater
from phases import Runner
from plausible import Plausible
from progress import Progress
from proof import OutputProof, SensorProof
from safety import Safety
from selftest import SelfTest
from sensors import bottom_sensor, lid_sensor
from watch import Watch
from wenhuo_link import faults
from wenhuo_link import protocol as p

TICK_MS = 100
IDLE_TICK_MS = 1000  # while nothing may heat
HOST_LOST_MS = 30000
JUMP_MS = 2000  # a tick that late is no tick but a clock that jumped, or a board that hung
FIRST_SECOND_MS = 300  # a power cut is judged by the first mean of the sensors, soon after start
NEAR_CC = 300  # so close to its set-point the bottom is meant to stand still


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
        self.plausible = Plausible()
        self.outputs = OutputProof()
        self.sensor_proof = SensorProof()
        self.watch = Watch()
        self.events = EventLog()
        self.run = Runner(self._emit)
        self.progress = Progress()
        self.selftest = SelfTest(self.run, self.safety, self.bottom, self.lid)
        self.duty = 0
        self.energy_j = 0
        self.fault = faults.NONE
        self.fault_ms = 0
        self.fault_value = 0
        self.fault_phase = p.NO_PHASE
        self.host_silent_ms = 0
        self.tick_ms = TICK_MS
        self.late_max_ms = 0
        self._manual_permille = 0
        self._lease_ms = 0
        self._second_ms = 1000 - FIRST_SECOND_MS
        self._second_mj = 0
        self._lid_closed = True
        self._pot = True
        self._last_ms = time.ticks_ms()
        self._interrupted = self.progress.was_cooking
        failed = self.selftest.at_start()
        if failed:
            self.trip(faults.SELF_TEST, failed)
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
            self._restart_checks()
            self.run.stop(p.ST_MANUAL)
        self._manual_permille = permille
        self.duty = permille
        # Counted down tick by tick: a clock that jumps must not make it longer.
        since_ms = time.ticks_diff(time.ticks_ms(), self._last_ms)
        self._lease_ms = lease_ms + min(max(since_ms, 0), self.tick_ms)
        self.tick_ms = TICK_MS
        return p.OK

    def start(self, cook_id: int) -> int:
        """START. Returns a status."""
        status = self.run.start(cook_id)
        if status == p.OK:
            self.energy_j = 0
            self._interrupted = False
            self._begin()
        return status

    def clear_fault(self) -> int:
        """CLEAR_FAULT: to idle. A cause that lasts trips again; a damaged board stays a fault.
        Without a fault it does nothing, least of all to the checks of a running cook."""
        if self.run.state != p.ST_FAULT:
            return p.OK
        if self.fault == faults.SELF_TEST and self.selftest.at_start():
            return p.FAULT_LATCHED
        self.fault = faults.NONE
        self._restart_checks()
        self.run.forget()
        return p.OK

    def trip(self, code: int, value: int) -> None:
        """Latch a fault: heater off and safety relay open, until it is cleared."""
        self.hw.heat(False, False)
        self.heater.off()
        self.duty = 0
        self._interrupted = False
        if self.run.state == p.ST_FAULT:
            return
        self.fault = code
        self.fault_ms = stamp()
        self.fault_value = value
        self.fault_phase = self.run.index
        self._emit(p.EV_FAULT, code)
        self.run.stop(p.ST_FAULT)

    def warn(self, code: int) -> None:
        """Tell of something that does not stop the cook; 0 is nothing."""
        if code:
            self._emit(p.EV_WARNING, code)

    def _begin(self) -> None:
        self._restart_checks()
        self.detect.restart()
        self.control = Controller()
        self.watch.restart()
        self.duty = 0
        self.tick_ms = TICK_MS
        self._second_ms = 0  # the first second of a cook is a whole one
        self._last_ms = time.ticks_ms()

    def _restart_checks(self) -> None:
        self.safety.restart()
        self.plausible.restart()
        self.sensor_proof.restart()

    def _emit(self, kind: int, reason: int) -> None:
        self.events.add(
            stamp(), kind, self.run.index, reason, self.bottom.cc, self.lid.cc,
            self.run.phase_ms // 1000,
        )  # fmt: skip
        if kind in (p.EV_STARTED, p.EV_PHASE_ENDED, p.EV_REPLACED):
            self.control.restart()
            self.sensor_proof.restart()
        if kind == p.EV_PHASE_ENDED and reason == p.RE_DRY and self.run.until == p.UNTIL_BOIL:
            self.warn(faults.NOT_BOILED)

    # The loop.

    def tick(self) -> None:
        """One turn of the loop: reads, decides, sets the heater for the next tick."""
        hw = self.hw
        hw.sample()
        now = time.ticks_ms()
        dt_ms = self._passed(time.ticks_diff(now, self._last_ms))
        self._last_ms = now
        bottom = self.bottom
        lid = self.lid
        bottom.add(hw.bottom_raw)
        lid.add(hw.lid_raw)
        on = self.heater.on
        safety = self.safety
        code = safety.fast(hw.bottom_raw, hw.lid_raw, bottom.rail, lid.rail, self.tick_ms)
        if code:
            self.trip(code, safety.value)
        if self.outputs.passed or not hw.relay:
            code = safety.current(on, hw.heater_ma)
            if code:
                self.trip(code, safety.value)
            self.watch.current(on, hw.heater_ma, hw.mains_dv)
        self._second_mj += hw.power_mw(on) * dt_ms // 1000
        self._second_ms += dt_ms
        if self._second_ms >= 1000:
            self._second(self._second_ms)
            self._second_ms = 0
        self.host_silent_ms += dt_ms
        self._lease_ms -= dt_ms
        if self.run.state == p.ST_MANUAL and self._lease_ms <= 0:
            self.run.stop(p.ST_IDLE)
            self.duty = 0
        self._switch()
        hw.feed_watchdog()

    def _passed(self, dt_ms: int) -> int:
        """The time of a tick, as far as it can be true. A clock that jumps must not end a phase."""
        if 0 <= dt_ms <= JUMP_MS:
            return dt_ms
        self.warn(faults.CLOCK_JUMP)
        return self.tick_ms

    def _switch(self) -> None:
        """Heater and safety relay for the next tick."""
        hw = self.hw
        state = self.run.state
        live = hw.pot and (self.run.heats or state == p.ST_MANUAL)
        if not live:
            self.heater.off()
            self.outputs.restart()
            hw.heat(False, False)
            return
        if not self.outputs.passed:
            code = self.outputs.tick(hw.heater_ma)
            if code:
                self.trip(code, hw.heater_ma)
            else:
                hw.heat(self.outputs.heater, self.outputs.relay)
            return
        if self.sensor_proof.pause:
            self.heater.skip(self.tick_ms, self.duty)
            hw.heat(False, True)
            return
        hw.heat(self.heater.tick(self.tick_ms, self.duty), True)

    def _second(self, ms: int) -> None:
        run = self.run
        self.bottom.second()
        self.lid.second()
        joules = self._second_mj // 1000
        self._second_mj -= joules * 1000
        self.energy_j += joules
        self._switches()
        if self._interrupted:
            self._after_cut()
        if run.state != p.ST_FAULT:
            self._check()
        if run.state == p.ST_COOKING:
            self._cook(ms, joules)
        elif run.state == p.ST_MANUAL:
            self._trip_if(self.safety.direct(self.bottom.cc, joules), self.safety.value)
        if run.state == p.ST_MANUAL:
            self.duty = self._manual_permille
        elif run.state != p.ST_COOKING:
            self.duty = 0
        most = self.safety.most_duty(self.bottom.cc, self.hw.full_power_w())
        self.duty = min(self.duty, most)
        if self.progress.second(run, self.bottom.cc, self.energy_j):
            self.warn(faults.STORAGE)
        heats = run.heats or run.state == p.ST_MANUAL
        self.tick_ms = TICK_MS if heats else IDLE_TICK_MS

    def _check(self) -> None:
        """A second's checks of the board itself, of its sensors and of the mains."""
        hw = self.hw
        test = self.selftest
        failed = test.second(hw.chip_c())
        if failed:
            self.trip(faults.SELF_TEST, failed)
        self._trip_if(test.chip_fault(), test.chip_c)
        self._trip_if(0 if self.run.intact() else faults.SCHEDULE_DAMAGED, 0)
        plausible = self.plausible
        code = plausible.second(
            self.bottom, self.lid, hw.lid_closed, self.detect.boiling,
            hw.full_power_w() * self.duty // 1000, self.control.heat_capacity,
        )  # fmt: skip
        self._trip_if(code, plausible.value)
        self._trip_if(self.safety.mains(hw.mains_dv), hw.mains_dv)

    def _trip_if(self, code: int, value: int) -> None:
        if code:
            self.trip(code, value)

    def _cook(self, ms: int, joules: int) -> None:
        """A second of cooking."""
        hw = self.hw
        run = self.run
        detect = self.detect
        cc = self.bottom.cc
        rise = self.bottom.rise(SLOPE_S)
        heat_w = hw.full_power_w() * self.duty // 1000
        if not run.heats:
            detect.rest()
        elif hw.pot:
            detect.second(self.bottom, self.lid.cc, hw.lid_closed, heat_w)
        else:
            detect.disturbed()
        run.advance(ms, cc if hw.pot else p.OFF_CC, detect.boiling, detect.dry)
        if run.state == p.ST_COOKING and self._host_is_lost():
            run.cancel()
        if run.state != p.ST_COOKING:
            return
        self._demand(cc, rise)
        counts = run.kind != p.KIND_WAIT and run.kind != p.KIND_KEEP_WARM
        safety = self.safety
        code = safety.cooking(cc, run.target_cc, joules, detect.boiling, counts, hw.pot)
        self._trip_if(code, safety.value)
        self._prove_sensor(cc, joules, heat_w)
        self.warn(self.watch.second(run.kind, run.target_cc, cc))

    def _prove_sensor(self, cc: int, joules: int, heat_w: int) -> None:
        proof = self.sensor_proof
        target_cc = self.run.target_cc
        if not self.hw.pot or not self.run.heats:
            proof.restart()
            return
        still = self.detect.boiling or target_cc - cc < NEAR_CC
        self._trip_if(proof.second(cc, joules, heat_w, still), proof.value)

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

    def _after_cut(self) -> None:
        """The power is back in the middle of a cook: go on, or leave it to the host."""
        self._interrupted = False
        if self.run.state != p.ST_IDLE:
            return
        heat_j = self.progress.restore(self.run, self.bottom.cc)
        if heat_j is None:
            self._emit(p.EV_CUT_REFUSED, p.RE_NONE)
            self.warn(faults.POWER_LOST)
            return
        self.energy_j = heat_j
        self._begin()
        self._emit(p.EV_CUT_RESUMED, p.RE_NONE)

    def _host_is_lost(self) -> bool:
        """Whether this product must not cook on without its host, and the host is silent."""
        if limits.FINISH_WITHOUT_HOST:
            return False
        return self.host_silent_ms > HOST_LOST_MS

    def _switches(self) -> None:
        hw = self.hw
        if hw.lid_closed != self._lid_closed:
            self._lid_closed = hw.lid_closed
            self._emit(p.EV_LID_CLOSED if hw.lid_closed else p.EV_LID_OPENED, p.RE_NONE)
        if hw.pot != self._pot:
            self._pot = hw.pot
            self._emit(p.EV_POT_IN if hw.pot else p.EV_POT_OUT, p.RE_NONE)
