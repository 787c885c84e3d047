"""Putting firmware on boards: the power board's slots over its prompt, and what chips need before.

`power.flash_power` is the whole way; `repl` the wire, `slots` what is compared and written,
`uf2` and `esp32` bring MicroPython itself onto an empty chip.
"""
