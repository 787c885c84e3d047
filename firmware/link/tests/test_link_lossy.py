"""Commands over a line that loses, splits and garbles, in simulated time."""

import random
import struct

import pytest

from wenhuo_link import protocol as p
from wenhuo_link.board import BoardEndpoint
from wenhuo_link.host import HostEndpoint, pack_schedule


class Wire:
    """Host and board joined by a line with faults; time is a number."""

    def __init__(self, loss: float, noise: float, seed: int) -> None:
        self.rng = random.Random(seed)
        self.loss, self.noise, self.t_ms = loss, noise, 0
        self.handled: list[tuple[int, bytes]] = []
        self.to_board = b""
        self.to_host = b""
        self.host = HostEndpoint(self._from_host, lambda: self.t_ms, retry_ms=50, tries=60)
        self.board = BoardEndpoint(self._from_board, self._handle)

    def _mangle(self, data: bytes) -> bytes:
        if self.rng.random() < self.loss:
            return b""
        out = bytearray(data)
        for i in range(len(out)):
            if self.rng.random() < self.noise:
                out[i] ^= 1 << self.rng.randrange(8)
        return bytes(out)

    def _from_host(self, data: bytes) -> None:
        self.to_board += self._mangle(data)

    def _from_board(self, data: memoryview) -> None:
        self.to_host += self._mangle(bytes(data))

    def _handle(self, kind: int, payload: memoryview) -> int:
        self.handled.append((kind, bytes(payload[: p.SIZES[kind]])))
        if kind == p.GET_FAULT:
            self.board.answer(p.FAULT, 9, self.t_ms, -15003, 2)
            return -1
        return p.OK

    def run(self) -> None:
        while self.host.busy:
            self.t_ms += 1
            take = self.rng.randrange(1, 5)
            chunk, self.to_board = self.to_board[:take], self.to_board[take:]
            self.board.feed(chunk, len(chunk))
            chunk, self.to_host = self.to_host[:take], self.to_host[take:]
            self.host.feed(chunk)
            self.host.poll()


@pytest.mark.parametrize("seed", range(5))
def test_every_command_is_carried_out_exactly_once(seed: int) -> None:
    wire = Wire(loss=0.3, noise=0.01, seed=seed)
    sent = []
    for number in range(600):
        wire.host.ask(p.HEAT, number, 3000)
        wire.run()
        assert wire.host.reply == (p.ACK, {"type": p.HEAT, "status": p.OK})
        sent.append((p.HEAT, struct.pack("<HH", number, 3000)))
    assert wire.handled == sent
    assert wire.host.resent > 100


def test_a_data_answer_comes_back_whole() -> None:
    wire = Wire(loss=0.3, noise=0.01, seed=7)
    wire.host.ask(p.GET_FAULT)
    wire.run()
    assert wire.host.reply is not None
    kind, fields = wire.host.reply
    assert kind == p.FAULT
    assert (fields["code"], fields["value"], fields["phase"]) == (9, -15003, 2)


def test_a_dead_line_ends_in_no_reply() -> None:
    wire = Wire(loss=1.0, noise=0.0, seed=1)
    wire.host.ask(p.PAUSE)
    wire.run()
    assert wire.host.reply is None
    assert wire.t_ms == 60 * 50


def test_telemetry_is_asked_once() -> None:
    wire = Wire(loss=1.0, noise=0.0, seed=1)
    wire.host.ask(p.GET_TELEMETRY, once=True)
    wire.run()
    assert (wire.host.reply, wire.host.resent, wire.t_ms) == (None, 0, 50)


def test_a_host_that_starts_again_is_not_taken_for_a_repetition() -> None:
    wire = Wire(loss=0.0, noise=0.0, seed=1)
    for _ in range(2):
        wire.host = HostEndpoint(wire._from_host, lambda: wire.t_ms)
        wire.host.ask(p.GET_IDENT)
        wire.run()
        wire.host.ask(p.PAUSE)
        wire.run()
    assert [kind for kind, _ in wire.handled] == [p.GET_IDENT, p.PAUSE] * 2


def test_an_unknown_command_is_said_to_be_unknown() -> None:
    wire = Wire(loss=0.0, noise=0.0, seed=1)
    wire.host.ask_raw(0x30, b"abc")
    wire.run()
    assert wire.host.reply == (p.ACK, {"type": 0x30, "status": p.UNKNOWN})
    assert not wire.handled


def test_a_command_of_the_wrong_length_is_refused() -> None:
    wire = Wire(loss=0.0, noise=0.0, seed=1)
    wire.host.ask_raw(p.HEAT, b"abc")
    wire.run()
    assert wire.host.reply == (p.ACK, {"type": p.HEAT, "status": p.BAD_VALUE})
    assert not wire.handled


def test_schedule_payloads_and_crc_fit_the_phase_record() -> None:
    payloads, crc = pack_schedule([(2, 1, 6000, 1000, 900), (7, 0, p.OFF_CC, 0, 600)])
    assert [len(x) for x in payloads] == [p.SIZES[p.SCHED_PHASE]] * 2
    assert crc == p.schedule_crc(b"".join(x[1:] for x in payloads))
