"""Judging a student: whole lines through the device's engine, by split, language and action."""
