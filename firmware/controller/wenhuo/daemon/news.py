"""What the cooker says by itself."""

from __future__ import annotations

from dataclasses import dataclass

from wenhuo.memory.cooks import Cook


@dataclass(frozen=True, slots=True)
class News:
    """Something to say unasked. kind: ready, fault, power, back, changed; cook: about which."""

    kind: str
    cook: Cook
    detail: str = ""
