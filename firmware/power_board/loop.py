"""The endless loop: a tick on time, the link in between."""

import time

from micropython import kbd_intr

from board import Board
from board_link import BoardLink
from hardware import Hardware
from port import reset_cause
from slot import Slot
from wenhuo_link.protocol import ST_COOKING, ST_MANUAL, ST_PAUSED

CTRL_C = 3
NOBODY = -1


def run() -> None:
    """Never returns; a fault in the code ends in the watchdog's reset, with the heater off."""
    hw = Hardware()
    try:
        _turn(hw)
    finally:
        hw.heat(False, False)
        kbd_intr(CTRL_C)


def _turn(hw: Hardware) -> None:
    board = Board(hw, reset_cause())
    link = BoardLink(board)
    slot = Slot()
    buf = bytearray(64)
    due = time.ticks_ms()
    shut = False
    while True:
        tick_ms = board.tick_ms
        due = time.ticks_add(due, tick_ms)
        left = time.ticks_diff(due, time.ticks_ms())
        if not 0 <= left <= tick_ms:  # far behind, or the clock has jumped: start counting afresh
            due = time.ticks_add(time.ticks_ms(), tick_ms)
            left = tick_ms
        while left > 0:
            hw.wait(left)
            count = hw.read(buf)
            if count:
                link.feed(buf, count)
                if board.tick_ms < tick_ms:  # heat was asked for: no second of waiting before it
                    tick_ms = board.tick_ms
                    due = time.ticks_add(time.ticks_ms(), tick_ms)
            left = time.ticks_diff(due, time.ticks_ms())
            if left > tick_ms:  # the clock has jumped back; the heater does not wait for it
                break
        board.late_max_ms = max(board.late_max_ms, -left)
        board.tick()
        slot.tick(board.tick_ms, board.fault)
        busy = board.run.state in (ST_COOKING, ST_PAUSED, ST_MANUAL)
        if busy != shut:  # what comes over the console must not end a cook
            shut = busy
            kbd_intr(NOBODY if shut else CTRL_C)
