"""Wenhuo hardware-in-the-loop tests."""
