"""What the household likes, what was cooked and how, and every call: one SQLite file."""

from wenhuo.memory.memory import Memory

__all__ = ["Memory"]
