"""Calibrating a cooker with a pot of water: thermistors, heater power, and the relay test.

`bench` is a board with water in its pot, virtual or real; `run` the procedure; `thermistor`,
`heater` and `relay` the arithmetic of its three parts; `store` writes the product's file.
"""
