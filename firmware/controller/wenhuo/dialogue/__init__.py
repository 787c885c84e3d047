"""Several turns by several people: what was said before completes what is said now."""
