"""Schedules from the menu's data: the fixed programme, how long it takes, what is safe."""
