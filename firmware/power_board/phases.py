"""The schedule in RAM: taken in over the link, checked, run phase by phase, with nobody's help.

Phases lie packed as they came, under the CRC they came with; the CRC is checked again at each
phase.
"""

import struct

import limits
from wenhuo_link import protocol as p

try:
    from typing import Callable
except ImportError:
    pass

_RECORD = struct.calcsize(p.PHASE_FORMAT)
TEMP_NEAR_CC = 50  # "reached" is half a kelvin short of it: the set-point is approached from below
DRY_AT_TARGET_S = 30
DRY_SURE_CC = 11500  # no plateau of boiling water reads as much


class Schedule:
    """Packed phases and their CRC."""

    def __init__(self) -> None:
        self.records = bytearray(p.MAX_PHASES * _RECORD)
        self._view = memoryview(self.records)
        self.count = 0
        self.crc = 0

    def intact(self) -> bool:
        """Whether the phases are those that were sent."""
        return p.schedule_crc(self._view[: self.count * _RECORD]) == self.crc

    def phase(self, index: int) -> "tuple[int, int, int, int, int]":
        """(kind, until, target_cc, power_permille, duration_s)."""
        return struct.unpack_from(p.PHASE_FORMAT, self.records, index * _RECORD)

    def put(self, index: int, record: "bytes | memoryview") -> None:
        """Store one packed phase."""
        self._view[index * _RECORD : (index + 1) * _RECORD] = record

    def take(self, records: "bytearray | memoryview", count: int) -> None:
        """Become a copy of other phases."""
        self.records[:] = records
        self.count = count
        self.crc = p.schedule_crc(self._view[: count * _RECORD])

    def cells_work(self, index: int) -> bool:
        """Try the memory beneath one phase with two patterns, and put back what was there."""
        at = index * _RECORD
        for i in range(at, at + _RECORD):
            kept = self.records[i]
            for pattern in (0x55, 0xAA):
                self.records[i] = pattern
                if self.records[i] != pattern:
                    return False
            self.records[i] = kept
        return True

    def allowed(self) -> bool:
        """Whether every phase is within this board's limits."""
        total_s = 0
        cook_s = 0
        warm_s = 0
        for i in range(self.count):
            kind, until, target_cc, permille, duration_s = self.phase(i)
            if not _phase_allowed(kind, until, target_cc, permille, duration_s):
                return False
            total_s += duration_s
            if kind == p.KIND_KEEP_WARM:
                warm_s += duration_s
            elif kind != p.KIND_WAIT:
                cook_s += duration_s
        if warm_s > limits.KEEP_WARM_MAX_S or cook_s > limits.COOK_MAX_S:
            return False
        return total_s <= limits.SCHEDULE_MAX_S


def _phase_allowed(kind: int, until: int, target_cc: int, permille: int, duration_s: int) -> bool:
    if kind > p.KIND_KEEP_WARM or until > p.UNTIL_DRY or permille > 1000:
        return False
    if target_cc == p.OFF_CC:
        return until == p.UNTIL_TIME
    # The time limit of cooking does not count these two, so that they must not cook.
    if kind == p.KIND_WAIT or (kind == p.KIND_KEEP_WARM and target_cc > limits.KEEP_WARM_MAX_CC):
        return False
    if permille >= 900 and duration_s > limits.FULL_POWER_MAX_S:
        return False
    return limits.SETPOINT_MIN_CC <= target_cc <= limits.SETPOINT_MAX_CC


class Runner:
    """State of the cook. `emit(kind, reason)` is told of each event."""

    def __init__(self, emit: "Callable[[int, int], None]") -> None:
        self.state = p.ST_IDLE
        self.cook_id = 0
        self.index = p.NO_PHASE
        self.phase_ms = 0
        self.total_ms = 0
        self.target_cc = p.OFF_CC
        self.power_permille = 0
        self.kind = p.KIND_WAIT
        self.version = 0  # counts the schedules that have run
        self.until = p.UNTIL_TIME
        self._duration_s = 0
        self._emit = emit
        self._active = Schedule()
        self._incoming = Schedule()
        self._incoming_id = 0
        self._incoming_mode = p.MODE_NEW
        self._received = 0  # bit per phase
        self._ready = False
        self._at_target_s = 0

    # Commands. Each returns a status of the protocol.

    def begin(self, cook_id: int, count: int, mode: int) -> int:
        """SCHED_BEGIN."""
        running = self.state in (p.ST_COOKING, p.ST_PAUSED)
        if mode > p.MODE_REPLACE_KEEP_TIME or not 1 <= count <= p.MAX_PHASES:
            return p.BAD_VALUE
        if self.state == p.ST_FAULT:
            return p.FAULT_LATCHED
        if running != (mode != p.MODE_NEW) or (running and cook_id != self.cook_id):
            return p.BAD_STATE
        self._ready = False
        self._received = 0
        self._incoming.count = count
        self._incoming_id = cook_id
        self._incoming_mode = mode
        return p.OK

    def put(self, index: int, record: memoryview) -> int:
        """SCHED_PHASE."""
        if self._incoming.count == 0:
            return p.NOT_READY
        if index >= self._incoming.count:
            return p.BAD_VALUE
        self._incoming.put(index, record)
        self._received |= 1 << index
        return p.OK

    def commit(self, crc: int) -> int:
        """SCHED_COMMIT. A replacement takes effect at once, a new cook waits for START."""
        incoming = self._incoming
        if incoming.count == 0 or self._received != (1 << incoming.count) - 1:
            return p.NOT_READY
        incoming.crc = crc
        if not incoming.intact():
            return p.BAD_CRC
        if not incoming.allowed():
            return p.BAD_VALUE
        if self._incoming_mode == p.MODE_NEW:
            self._ready = True
            return p.OK
        if self.state not in (p.ST_COOKING, p.ST_PAUSED):
            return p.BAD_STATE
        self._take_incoming()
        kept_ms = self.phase_ms if self._incoming_mode == p.MODE_REPLACE_KEEP_TIME else 0
        self._emit(p.EV_REPLACED, p.RE_NONE)
        self._enter(0)
        self.phase_ms = kept_ms
        return p.OK

    def start(self, cook_id: int) -> int:
        """START."""
        if self.state == p.ST_FAULT:
            return p.FAULT_LATCHED
        if self.state not in (p.ST_IDLE, p.ST_DONE):
            return p.BAD_STATE
        if not self._ready or cook_id != self._incoming_id:
            return p.NOT_READY
        self._take_incoming()
        self.cook_id = cook_id
        self.total_ms = 0
        self.state = p.ST_COOKING
        self._enter(0)
        self._emit(p.EV_STARTED, p.RE_NONE)
        return p.OK

    def _take_incoming(self) -> None:
        """What was sent runs, and is used up: a command that comes again finds nothing to start."""
        self._active.take(self._incoming.records, self._incoming.count)
        self.version = (self.version + 1) & 0xFF
        self._incoming.count = 0
        self._ready = False

    def pause(self) -> int:
        """PAUSE: heater off, the clock of the phases stands still."""
        if self.state != p.ST_COOKING:
            return p.BAD_STATE
        self.state = p.ST_PAUSED
        self._emit(p.EV_PAUSED, p.RE_NONE)
        return p.OK

    def resume(self) -> int:
        """RESUME."""
        if self.state != p.ST_PAUSED:
            return p.BAD_STATE
        self.state = p.ST_COOKING
        self._emit(p.EV_RESUMED, p.RE_NONE)
        return p.OK

    def cancel(self) -> int:
        """CANCEL: from any state but a fault to idle; nothing to cancel is no error."""
        if self.state == p.ST_FAULT:
            return p.FAULT_LATCHED
        if self.state in (p.ST_COOKING, p.ST_PAUSED):
            self._emit(p.EV_CANCELLED, p.RE_NONE)
        self.stop(p.ST_IDLE)
        return p.OK

    def stop(self, state: int) -> None:
        """End the cook in that state. In a fault the phase stays on show."""
        self.state = state
        self.target_cc = p.OFF_CC
        self.power_permille = 0
        if state == p.ST_IDLE:
            self.index = p.NO_PHASE

    def forget(self) -> None:
        """Idle, without phases: damaged ones would be found again each second."""
        self.stop(p.ST_IDLE)
        self._active.count = 0
        self._active.crc = 0  # of nothing

    def restore(
        self, cook_id: int, state: int, index: int, count: int, records: memoryview,
        phase_s: int, total_s: int,
    ) -> bool:  # fmt: skip
        """Stand again where a power cut has stopped the cook. False: that was no cook."""
        if state not in (p.ST_COOKING, p.ST_PAUSED) or not index < count <= p.MAX_PHASES:
            return False
        self._active.take(records, count)
        if not self._active.allowed():
            return False
        self.cook_id = cook_id
        self.state = state
        self._enter(index)
        self.phase_ms = phase_s * 1000
        self.total_ms = total_s * 1000
        return True

    @property
    def records(self) -> bytearray:
        """The phases that run, packed."""
        return self._active.records

    @property
    def count(self) -> int:
        """How many phases run."""
        return self._active.count

    def memory_works(self, turn: int) -> bool:
        """A piece of the test of the memory in which the phases lie."""
        return self._active.cells_work(turn % p.MAX_PHASES)

    def intact(self) -> bool:
        """Whether the phases that run are those that were sent."""
        return self._active.intact()

    @property
    def heats(self) -> bool:
        """Whether the running phase may heat at all."""
        return self.state == p.ST_COOKING and self.target_cc != p.OFF_CC

    def advance(self, dt_ms: int, bottom_cc: int, boiling: bool, dry: bool) -> None:
        """Let dt_ms pass; on to the next phase when this one is over."""
        self.phase_ms += dt_ms
        self.total_ms += dt_ms
        reason = self._over(bottom_cc, boiling, dry)
        if reason == p.RE_NONE:
            return
        self._emit(p.EV_PHASE_ENDED, reason)
        if self.index + 1 >= self._active.count:
            self.stop(p.ST_DONE)
            self._emit(p.EV_FINISHED, p.RE_NONE)
            self.index = p.NO_PHASE
            return
        self._enter(self.index + 1)

    def _over(self, bottom_cc: int, boiling: bool, dry: bool) -> int:
        """Why the phase is over; RE_NONE while it is not."""
        until = self.until
        if self.phase_ms >= self._duration_s * 1000:
            return p.RE_TIME if until == p.UNTIL_TIME else p.RE_LIMIT
        if until == p.UNTIL_TIME or bottom_cc == p.OFF_CC:
            return p.RE_NONE
        reached = bottom_cc >= self.target_cc - TEMP_NEAR_CC
        if until == p.UNTIL_BOIL:
            if boiling:
                return p.RE_BOIL
            # A lid sensor that stays cold hides the boiling; so hot, nothing boils any more.
            return self._kept(reached and self.target_cc >= DRY_SURE_CC)
        if until == p.UNTIL_TEMP:
            return p.RE_TEMP if reached else p.RE_NONE
        return p.RE_DRY if dry else self._kept(reached)

    def _kept(self, reached: bool) -> int:
        """A set-point above boiling that is reached and kept means that the water is gone, even
        where the phase began too late to see a plateau."""
        self._at_target_s = self._at_target_s + 1 if reached else 0
        return p.RE_DRY if self._at_target_s >= DRY_AT_TARGET_S else p.RE_NONE

    def _enter(self, index: int) -> None:
        fields = self._active.phase(index)
        self.index = index
        self.phase_ms = 0
        self.kind = fields[0]
        self.until = fields[1]
        self.target_cc = fields[2]
        self.power_permille = fields[3]
        self._duration_s = fields[4]
        self._at_target_s = 0
