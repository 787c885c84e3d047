"""What the board does with each message of the link."""

import gc
import struct

import limits
from board import Board
from events import stamp
from wenhuo_link import protocol as p
from wenhuo_link.board import BoardEndpoint

VERSION = (0, 2, 0)
_TELLS = (p.GET_IDENT, p.GET_LIMITS, p.GET_TELEMETRY, p.GET_FAULT, p.GET_EVENT, p.GET_HEALTH)
_PRODUCT = limits.PRODUCT.encode()


class BoardLink:
    """Commands in, answers out."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.endpoint = BoardEndpoint(board.hw.write, self._handle)

    def feed(self, data: bytearray, length: int) -> None:
        """Take received bytes."""
        self.endpoint.feed(data, length)

    def _handle(self, kind: int, payload: memoryview) -> int:
        board = self.board
        board.host_silent_ms = 0
        if kind in _TELLS:
            return self._tell(kind, payload)
        if kind == p.HEARTBEAT:
            return p.OK
        if kind == p.SCHED_BEGIN:
            cook_id, count, mode = struct.unpack_from(p.FORMATS[kind], payload, 0)
            return board.run.begin(cook_id, count, mode)
        if kind == p.SCHED_PHASE:
            return board.run.put(payload[0], payload[1 : p.SIZES[kind]])
        if kind == p.SCHED_COMMIT:
            return board.run.commit(struct.unpack_from(p.FORMATS[kind], payload, 0)[0])
        return self._act(kind, payload)

    def _act(self, kind: int, payload: memoryview) -> int:
        board = self.board
        if kind == p.START:
            return board.start(struct.unpack_from(p.FORMATS[kind], payload, 0)[0])
        if kind == p.PAUSE:
            return board.run.pause()
        if kind == p.RESUME:
            return board.run.resume()
        if kind == p.CANCEL:
            return board.run.cancel()
        if kind == p.HEAT:
            permille, lease_ms = struct.unpack_from(p.FORMATS[kind], payload, 0)
            return board.heat(permille, lease_ms)
        return board.clear_fault()

    def _tell(self, kind: int, payload: memoryview) -> int:
        board = self.board
        if kind == p.GET_TELEMETRY:
            self._telemetry()
        elif kind == p.GET_IDENT:
            self.endpoint.answer(
                p.IDENT, p.VERSION, limits.DICTIONARY, limits.CRC, VERSION[0], VERSION[1],
                VERSION[2], board.reset_cause, p.MAX_PHASES, _PRODUCT,
            )  # fmt: skip
        elif kind == p.GET_LIMITS:
            self.endpoint.answer(
                p.LIMITS, limits.BOTTOM_MAX_CC, limits.LID_MAX_CC, limits.LEASE_MS,
                limits.COOK_MAX_S // 60, limits.WINDOW_MS, limits.RATED_W,
            )  # fmt: skip
        elif kind == p.GET_FAULT:
            self.endpoint.answer(
                p.FAULT, board.fault, board.fault_ms, board.fault_value,
                board.fault_phase,
            )  # fmt: skip
        elif kind == p.GET_HEALTH:
            self._health()
        else:
            event = board.events.get(struct.unpack_from(p.FORMATS[kind], payload, 0)[0])
            if event is None:
                return p.BAD_VALUE
            self.endpoint.answer_packed(p.EVENT, event)
        return -1

    def _health(self) -> None:
        board = self.board
        self.endpoint.answer(
            p.HEALTH,
            gc.mem_free(),  # type: ignore[attr-defined,unused-ignore]
            board.progress.writes, min(board.late_max_ms, 65535),
            self.endpoint.bad_frames & 0xFFFF, board.selftest.files.rounds & 0xFFFF,
            board.selftest.chip_c,
        )  # fmt: skip

    def _telemetry(self) -> None:
        board = self.board
        run = board.run
        self.endpoint.answer(
            p.TELEMETRY,
            stamp(),
            run.cook_id,
            run.state,
            run.index,
            run.phase_ms // 1000,
            run.total_ms // 1000,
            board.bottom.cc,
            board.lid.cc,
            run.target_cc,
            board.duty,
            board.energy_j,
            board.hw.mains_dv,
            max(board.hw.heater_ma, 0),
            self._flags(),
            board.fault,
            board.events.count & 0xFFFF,
            board.detect.plateau_cc,
        )

    def _flags(self) -> int:
        board = self.board
        hw = board.hw
        flags = p.FLAG_LID_CLOSED if hw.lid_closed else 0
        if hw.pot:
            flags |= p.FLAG_POT
        if hw.relay:
            flags |= p.FLAG_RELAY
        if board.heater.on:
            flags |= p.FLAG_HEATER
        if board.detect.boiling:
            flags |= p.FLAG_BOILING
        return flags
