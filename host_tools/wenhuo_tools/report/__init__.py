"""Showing a plan and a cook: words, tables, strips, progress, plots."""
