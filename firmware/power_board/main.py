"""Start of the power board: MicroPython runs this file after boot."""

from loop import run

run()
