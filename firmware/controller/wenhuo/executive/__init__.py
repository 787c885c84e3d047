"""Carrying a schedule out: the link to the power board, and the one who watches it."""
