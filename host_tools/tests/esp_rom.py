"""An ESP32-S3's boot ROM, as far as esptool asks it: enough to have its flash erased and written.

Written from Espressif's published serial protocol (docs.espressif.com, "Serial Protocol"). It takes
esptool's stub without running it and then answers as the stub does.
"""

from __future__ import annotations

import hashlib
import socket
import struct
import threading
import zlib
from contextlib import suppress

CHIP_ID = 9  # ESP32-S3
_END, _ESC = 0xC0, 0xDB
_ROM_SYNC = 0x20120707
(SYNC, MEM_END, SECURITY, DEFL_BEGIN, DEFL_DATA, DEFL_END, MD5, READ_REG, ERASE) = (
    0x08, 0x06, 0x14, 0x10, 0x11, 0x12, 0x13, 0x0A, 0xD0,
)  # fmt: skip


class EspRom:
    """Listens as `url`. Use as a context manager. flash: what was written; erased: how often."""

    def __init__(self, chip_id: int = CHIP_ID) -> None:
        self.flash = bytearray(b"\xff" * 0x800000)
        self.erased = 0
        self._chip_id = chip_id
        self._stub = False
        self._at = 0
        self._inflate = zlib.decompressobj()
        self._server = socket.create_server(("127.0.0.1", 0))
        host, port = self._server.getsockname()
        self.url = f"socket://{host}:{port}"
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> EspRom:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.close()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                with line, suppress(OSError):
                    self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        pending = b""
        while data := line.recv(65536):
            pending += data
            while (start := pending.find(b"\xc0")) >= 0:
                end = pending.find(b"\xc0", start + 1)
                if end < 0:
                    break
                frame, pending = pending[start + 1 : end], pending[end + 1 :]
                frame = frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
                if len(frame) >= 8:
                    self._answer(line, frame[1], frame[8:])

    def _answer(self, line: socket.socket, op: int, data: bytes) -> None:
        value, more = 0, b""
        if op == SYNC:
            value = _ROM_SYNC
        elif op == SECURITY:
            more = struct.pack("<I8xII", 0, self._chip_id, 0)
        elif op == DEFL_BEGIN:
            self._at = struct.unpack_from("<4I", data)[3]
            self._inflate = zlib.decompressobj()
        elif op == DEFL_DATA:
            size = struct.unpack_from("<I", data)[0]
            plain = self._inflate.decompress(data[16 : 16 + size])
            self.flash[self._at : self._at + len(plain)] = plain
            self._at += len(plain)
        elif op == ERASE:
            self.erased += 1
        elif op == MD5:
            start, size = struct.unpack_from("<II", data)
            digest = hashlib.md5(self.flash[start : start + size])
            more = digest.digest() if self._stub else digest.hexdigest().encode()
        more += bytes(2 if self._stub else 4)
        for _ in range(8 if op == SYNC else 1):
            _send(line, struct.pack("<BBHI", 1, op, len(more), value) + more)
        if op == MEM_END and not self._stub:
            self._stub = True
            _send(line, b"OHAI")


def _send(line: socket.socket, frame: bytes) -> None:
    escaped = frame.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    line.sendall(b"\xc0" + escaped + b"\xc0")
