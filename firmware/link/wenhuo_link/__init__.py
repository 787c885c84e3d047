"""Wenhuo's wire protocol between controller and power board; runs on CPython and on MicroPython.

Host side: `wenhuo_link.host.HostEndpoint`; board side: `wenhuo_link.board.BoardEndpoint`;
the messages: `wenhuo_link.protocol`; the faults: `wenhuo_link.faults`.
"""
