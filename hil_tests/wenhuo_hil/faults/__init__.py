"""Faults, one after the other, in every phase where they can matter, and what must come of each."""
