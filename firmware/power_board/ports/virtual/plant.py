"""The board's side of the plant protocol: time and voltages in, heater out.

Time is the plant's. Ticks are asked for in batches, for as long as the outputs may stay as they
are; when they change sooner, the plant is told how many ticks were used and rewinds the rest, so
that the result is the same as one tick at a time.
"""

import os
import select
import socket
import sys

from wenhuo_link.protocol import RESET_BY_WATCHDOG

try:
    from typing import BinaryIO as Stream
except ImportError:
    pass

RESET_EXIT_CODE = 75  # the process ends so when a real board would reset; it is then started again
_MAX_DT_MS = 500
_MAX_BATCH = 400
_SUPPLY_MV = 3300


class Plant:
    """One connection. Readings are those of the tick that `now_ms` has reached."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.ahead_ms = 0  # of the board's clock, which may go wrong
        self.bottom_u16 = 0
        self.lid_u16 = 0
        self.bits = 3
        self.mains_dv = 0
        self.heater_ma = 0
        self.heater = 0
        self.relay = 0
        self.watchdog_ms = 0
        self.fed_ms = 0
        self._batch: "list[bytes]" = []
        self._used = 0
        self._sent = (-1, -1, -1)  # heater, relay, dt of the batch in hand
        self._waiting = False
        self._rest = b""
        self._run = 0  # ticks since the outputs changed
        self._usual: "dict[tuple[int, int, int], int]" = {}
        self._poll = select.poll()
        self._connect()

    def _connect(self) -> None:
        host, port = (os.getenv("WENHUO_PLANT") or "127.0.0.1:7700").rsplit(":", 1)
        self._socket = socket.socket()
        self._socket.connect(socket.getaddrinfo(host, int(port))[0][-1])
        self._socket.setsockopt(6, 1, b"\x01\x00\x00\x00")  # IPPROTO_TCP, TCP_NODELAY
        self._socket.send(b"HELLO wenhuo-plant 1 board\n")
        words = self._line().split()
        if words[0] != b"OK":
            raise RuntimeError("plant: " + b" ".join(words).decode())
        self.now_ms = int(words[3])
        self.fed_ms = self.now_ms
        self._poll.register(self._socket, select.POLLIN)

    def wait(self, ms: int, other: "Stream | None") -> None:
        """Let ms of plant time pass; returns early when the stream `other` has bytes."""
        ticks = (ms + _MAX_DT_MS - 1) // _MAX_DT_MS
        for _ in range(ticks):
            if not self._tick(ms // ticks, other):
                return

    def _tick(self, dt_ms: int, other: "Stream | None") -> bool:
        key = (self.heater, self.relay, dt_ms)
        if not self._waiting and (self._used >= len(self._batch) or key != self._sent):
            self._ask(key)
        if self._waiting:
            if not self._answered(other):
                return False
            self._take(self._line())
        self._read(self._batch[self._used])
        self._used += 1
        self._run += 1
        if self.watchdog_ms and self.now_ms - self.fed_ms > self.watchdog_ms:
            self.reset(RESET_BY_WATCHDOG)
        return True

    def _ask(self, key: "tuple[int, int, int]") -> None:
        if key != self._sent:
            self._usual[self._sent] = self._run
            self._run = 0
        left = self._usual.get(key, 1) - self._run
        ahead = left if left > 0 else min(2 - 2 * left, _MAX_BATCH)
        self._socket.send(
            b"STEP %d %d %d %d %d\n"
            % (self._used, min(ahead, _MAX_BATCH), key[2], 1000 * key[0], key[1])
        )
        self._sent = key
        self._waiting = True

    def _answered(self, other: "Stream | None") -> bool:
        """Wait for the plant or for the other stream; True when the plant has spoken."""
        if other is None:
            return True
        while True:
            plant = False
            for stream, events in self._poll.poll():
                if stream is self._socket:  # type: ignore[comparison-overlap] # CPython gives a number
                    plant = True
                elif events & select.POLLIN:
                    return False
            if plant:
                return True

    def listen(self, stream: "Stream") -> None:
        """Wake up from `wait` for this stream too."""
        self._poll.register(stream, select.POLLIN)

    def _take(self, line: bytes) -> None:
        kind, _, samples = line.split(b" ", 2)
        if kind != b"V":
            raise RuntimeError("plant: " + line.decode())
        self._batch = samples.split(b";")
        self._used = 0
        self._waiting = False

    def _read(self, sample: bytes) -> None:
        t_ms, bottom, lid, bits, mains, current = sample.split(b",")
        self.now_ms = int(t_ms)
        self.bottom_u16 = min(int(bottom) * 65536 // _SUPPLY_MV, 65535)
        self.lid_u16 = min(int(lid) * 65536 // _SUPPLY_MV, 65535)
        self.bits = int(bits)
        self.mains_dv = int(mains)
        self.heater_ma = int(current)

    def _line(self) -> bytes:
        data = self._rest
        while b"\n" not in data:
            more = self._socket.recv(4096)
            if not more:  # the plant has gone: so has the mains
                sys.exit(0)
            data += more
        line, self._rest = data.split(b"\n", 1)
        return line

    def reset(self, cause: int) -> None:
        """The board starts anew: this process ends, and whoever started it starts it again with
        WENHUO_RESET_CAUSE set to the exit code less RESET_EXIT_CODE."""
        self._socket.close()
        sys.exit(RESET_EXIT_CODE + cause)


PLANT = Plant()
