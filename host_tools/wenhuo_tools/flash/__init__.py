"""Putting firmware on boards: the power board's slots over its prompt, and what chips need before.

`power.flash_power` is the whole way; `repl` the wire, `slots` what is compared and written,
`empty` brings MicroPython itself onto an empty chip, by `uf2` or by `esp32`; `controller` is for
the Linux side.
"""
