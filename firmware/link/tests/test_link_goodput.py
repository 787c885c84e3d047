"""How much of a bad line's bytes still carry something: payload that arrived per byte sent."""

from __future__ import annotations

import random

import pytest

from wenhuo_link import protocol as p
from wenhuo_link.board import BoardEndpoint
from wenhuo_link.host import HostEndpoint

EXCHANGES = 300
TELEMETRY = (1, 7, 1, 2, 60, 600, 9500, 9000, 13000, 450, 90000, 2200, 1600, 15, 0, 4, 10300)


class Line:
    """Host and board; `spoil(byte)` is what the line makes of a byte. Time is a number."""

    def __init__(self, spoil) -> None:
        self.t_ms = self.sent = 0
        self._spoil = spoil
        self.host = HostEndpoint(self._to_board, lambda: self.t_ms, retry_ms=50, tries=2000)
        self.board = BoardEndpoint(self._to_host, self._handle)

    def _carry(self, data: bytes) -> bytes:
        self.sent += len(data)
        return bytes(self._spoil(byte) for byte in data)

    def _to_board(self, data: bytes) -> None:
        carried = self._carry(data)
        self.board.feed(carried, len(carried))

    def _to_host(self, data: memoryview) -> None:
        self.host.feed(self._carry(bytes(data)))

    def _handle(self, kind: int, payload: memoryview) -> int:
        if kind == p.GET_TELEMETRY:
            self.board.answer(p.TELEMETRY, *TELEMETRY)
            return -1
        return p.OK

    def bytes_for(self, kind: int, *values: int) -> int:
        """Bytes on the wire, both ways, until so many exchanges have succeeded."""
        self.sent = 0
        for number in range(EXCHANGES):
            self.host.ask(kind, *(values or ()))
            while self.host.busy:
                self.t_ms += 10
                self.host.poll()
            assert self.host.reply is not None, number
        return self.sent


def goodput(kind: int, values: tuple[int, ...], spoil) -> float:
    """Bytes of a clean line over bytes of this one, for the same exchanges."""
    return Line(lambda byte: byte).bytes_for(kind, *values) / Line(spoil).bytes_for(kind, *values)


def bits(rng: random.Random, share: float):
    """Each bit is flipped with that probability."""
    return lambda byte: byte ^ sum((rng.random() < share) << i for i in range(8))


COMMAND, ASKED = (p.HEAT, (500, 3000)), (p.GET_TELEMETRY, ())


@pytest.mark.parametrize("what", [COMMAND, ASKED])
@pytest.mark.parametrize("seed", range(3))
def test_with_one_bit_in_a_hundred_wrong_half_of_the_line_is_left(what, seed):
    assert goodput(*what, bits(random.Random(seed), 0.01)) >= 0.5


def test_with_one_bit_in_thirty_wrong_every_exchange_still_gets_through():
    assert goodput(*COMMAND, bits(random.Random(6), 1 / 30)) > 0.1
