"""Wenhuo host tools: the CLI, the twin, the rigs, reports."""
