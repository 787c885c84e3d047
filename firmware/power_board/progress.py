"""The progress of a cook in flash, so that a power cut does not end it.

One record holds phases and progress. Two files take turns and each record has its CRC, so that a
write cut off in the middle costs one turn and never the record before it. A cook of 90 minutes
writes about 100 times; the count of all writes is in the record.
"""

import binascii
import struct

import port
from phases import Runner
from wenhuo_link import protocol as p

_HEADER = "<HIIBBBIIhI"  # magic, writes, cook id, state, index, count, phase s, total s, cc, J
_MAGIC = 0x5748
_AT = struct.calcsize(_HEADER)
_STATE_AT = struct.calcsize("<HII")
_SIZE = _AT + p.MAX_PHASES * struct.calcsize(p.PHASE_FORMAT) + 4
SAVE_S = 60  # between writes while it heats
SAVE_IDLE_S = 600  # in waits and keep-warm

HOT_CC = 6000  # food this hot has been hot all the time: pots do not warm up by themselves
WARM_CC = 4000
SAME_CC = 200  # a warm pot that has lost no more was without power for minutes, not hours


def may_go_on(kind: int, was_cc: int, now_cc: int) -> bool:
    """The food-safety rule of a board without a clock: only where the pot itself shows that the
    food has not stood long. A wait is the host's business, which has a clock."""
    if kind == p.KIND_WAIT or now_cc == p.OFF_CC:
        return False
    return now_cc >= HOT_CC or (now_cc >= WARM_CC and was_cc - now_cc <= SAME_CC)


class Progress:
    """Reads the newest good record once, then writes."""

    def __init__(self) -> None:
        self.writes = 0
        self.broken = False
        self._torn = False  # a record that power, or the flash, has cut short
        self.kept = bytearray(_SIZE)  # what the last run left; state idle where nothing
        self._buf = bytearray(_SIZE)
        self._key = -1
        self._since_s = 0
        self._load()

    @property
    def was_cooking(self) -> bool:
        """Whether power went in the middle of a cook, or as one was begun: a torn record may be
        of a cook of which there is no other."""
        return self._torn or self.kept[_STATE_AT] in (p.ST_COOKING, p.ST_PAUSED)

    def _load(self) -> None:
        for name in port.PROGRESS_FILES:
            try:
                with open(name, "rb") as stream:
                    size = stream.readinto(self._buf)
            except OSError:
                continue
            writes = _good(self._buf, size or 0)
            self._torn = self._torn or not writes
            if writes > self.writes:
                self.writes = writes
                self.kept[:] = self._buf

    def restore(self, run: Runner, now_cc: int) -> "int | None":
        """Put the interrupted cook back where it was, if the food allows; the heat it had, J."""
        _, _, cook_id, state, index, count, phase_s, total_s, was_cc, energy_j = struct.unpack_from(
            _HEADER, self.kept, 0
        )
        records = memoryview(self.kept)[_AT : _SIZE - 4]
        if run.restore(cook_id, state, index, count, records, phase_s, total_s):
            if may_go_on(run.kind, was_cc, now_cc):
                return int(energy_j)
        run.stop(p.ST_IDLE)
        run.cook_id = 0
        return None

    def second(self, run: Runner, bottom_cc: int, energy_j: int) -> bool:
        """Write where something has changed or enough time has passed. True: flash fails anew."""
        key = run.version << 16 | run.state << 8 | run.index
        self._since_s += 1
        live = run.state == p.ST_COOKING
        if key == self._key:
            if not live or self._since_s < (SAVE_S if run.heats else SAVE_IDLE_S):
                return False
        elif not live and self._key == -1 and not self.was_cooking:
            self._key = key  # a board that starts idle and was idle has nothing to say
            return False
        self._key = key
        self._since_s = 0
        was_broken = self.broken
        self._write(run, bottom_cc, energy_j)
        return self.broken and not was_broken

    def _write(self, run: Runner, bottom_cc: int, energy_j: int) -> None:
        buf = self._buf
        struct.pack_into(
            _HEADER, buf, 0, _MAGIC, self.writes + 1, run.cook_id, run.state, run.index,
            run.count, run.phase_ms // 1000, run.total_ms // 1000, bottom_cc, energy_j,
        )  # fmt: skip
        buf[_AT : _SIZE - 4] = run.records
        struct.pack_into("<I", buf, _SIZE - 4, _crc(buf))
        try:
            with open(port.PROGRESS_FILES[self.writes & 1], "wb") as stream:
                if stream.write(buf) != _SIZE:
                    raise OSError(28)  # ENOSPC
        except OSError:
            self.broken = True
            return
        self.writes += 1
        self.broken = False


def _good(buf: bytearray, size: int) -> int:
    """The write number of a whole record, 0 for anything else."""
    if size != _SIZE:
        return 0
    magic, writes = struct.unpack_from("<HI", buf, 0)
    crc = struct.unpack_from("<I", buf, _SIZE - 4)[0]
    return writes if magic == _MAGIC and crc == _crc(buf) else 0


def _crc(buf: bytearray) -> int:
    return binascii.crc32(memoryview(buf)[: _SIZE - 4]) & 0xFFFFFFFF
