"""Rigs to cook on: the virtual one (plant, MicroPython, pty), all real parts but the metal."""
