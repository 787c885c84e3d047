"""`time` whose clock is the twin's: the functions that the firmware uses."""

import sys

_path = sys.path[:]
sys.path.clear()  # so that the next line finds the built-in module and not this file
try:
    from time import ticks_add, ticks_diff
finally:
    sys.path.extend(_path)

from plant import PLANT  # noqa: E402

__all__ = ["sleep_ms", "ticks_add", "ticks_diff", "ticks_ms"]


def ticks_ms() -> int:
    """Plant time, unless the board's clock has jumped."""
    return PLANT.now_ms + PLANT.ahead_ms


def sleep_ms(ms: int) -> None:
    """Let plant time pass."""
    PLANT.wait(ms, None)
