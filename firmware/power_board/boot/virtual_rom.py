"""What a real port has frozen in: mounts the flash as / and runs /main.py. For the unix port.

The flash is a file with one littlefs, in blocks as on a Pico: erased and programmed by the same
driver as there. WENHUO_FLASH_FILE names it; WENHUO_SAFE_BOOT=1 goes to the prompt at once.
"""

import os
import sys

import vfs

try:
    from typing import Any
except ImportError:  # MicroPython
    pass

BLOCK_BYTES = 4096
BLOCKS = 352  # 1.4 MB, what MicroPython leaves of a Pico's 2 MB
PROG_BYTES = 256


class Flash:
    """A block device on a file."""

    def __init__(self, path: str) -> None:
        try:
            self._file = open(path, "r+b")
        except OSError:
            with open(path, "wb") as stream:
                for _ in range(BLOCKS):
                    stream.write(b"\xff" * BLOCK_BYTES)
            self._file = open(path, "r+b")

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Fill buf from there on."""
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.readinto(buf)

    def writeblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Write buf there."""
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.write(buf)

    def ioctl(self, op: int, _arg: int) -> int:
        """Block count (4), block size (5), erase and sync (nothing to do)."""
        return {4: BLOCKS, 5: BLOCK_BYTES}.get(op, 0)


def mount() -> None:
    """The flash, made anew where it holds no file system, becomes /."""
    device = Flash(os.getenv("WENHUO_FLASH_FILE") or "flash.bin")
    littlefs: Any = vfs.VfsLfs2  # the stubs take it for a block device
    try:
        files = littlefs(device, progsize=PROG_BYTES)
    except OSError:
        littlefs.mkfs(device, progsize=PROG_BYTES)
        files = littlefs(device, progsize=PROG_BYTES)
    vfs.umount("/")
    vfs.mount(files, "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]


def run_main() -> None:
    """/main.py where there is one; its exit is the chip's reset, and the end of this process."""
    try:
        os.stat("/main.py")
    except OSError:
        return
    try:
        with open("/main.py") as stream:
            exec(stream.read(), {"__name__": "__main__"})
    except SystemExit:
        os.putenv("MICROPYINSPECT", "")  # else the interpreter would go to its prompt
        raise


mount()
if not os.getenv("WENHUO_SAFE_BOOT"):
    run_main()
