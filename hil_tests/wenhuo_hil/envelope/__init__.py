"""Proof that no schedule drives the board past its limits: its firmware in CPython, the twin."""
