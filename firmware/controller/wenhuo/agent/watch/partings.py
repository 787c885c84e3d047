"""Where plan and pot part: kinds, and how long each must last before it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Why a schedule is made anew."""

    WISH = "wish"  # somebody said so
    WATER = "water"  # more or less water than the plan assumed
    LOAD = "load"  # more or less food
    BOILING_POINT = "boiling_point"  # it boils at another temperature
    ADDED = "added"  # something cold came in
    LID = "lid"  # the lid was open
    POT = "pot"  # the pot was out
    MAINS = "mains"  # the mains sag or rise
    BOIL_OVER = "boil_over"  # more fire under a foaming pot than was meant
    SLIP = "slip"  # ready sooner or later than wanted


AT_ONCE = frozenset({Kind.WISH, Kind.WATER, Kind.BOILING_POINT, Kind.BOIL_OVER})
"""What need not last: it was said, or measured over minutes, or does not bear waiting."""


@dataclass(frozen=True, slots=True)
class Parting:
    """kind, and by how much: share, K, s or g as the kind has it."""

    kind: Kind
    amount: float


class Hysteresis:
    """Lets a parting through once it has lasted, and again only once it has gone or grown."""

    def __init__(self, persists_s: float, grown: float = 1.6) -> None:
        """persists_s: how long it must last; grown: times what was acted upon that counts anew."""
        self._persists_s, self._grown = persists_s, grown
        self._since_s: dict[Kind, float] = {}
        self._acted: dict[Kind, float] = {}

    def due(self, found: Iterable[Parting], now_s: float) -> tuple[Parting, ...]:
        """Those of the partings seen now that call for a new schedule."""
        seen = {parting.kind: parting for parting in found}
        for kind in [k for k in self._since_s if k not in seen]:
            del self._since_s[kind]
        for kind in [k for k in self._acted if k not in seen]:
            del self._acted[kind]
        return tuple(p for p in seen.values() if self._is_due(p, now_s))

    def _is_due(self, parting: Parting, now_s: float) -> bool:
        since_s = self._since_s.setdefault(parting.kind, now_s)
        lasted = parting.kind in AT_ONCE or now_s - since_s >= self._persists_s
        before = self._acted.get(parting.kind)
        return lasted and (before is None or abs(parting.amount) > self._grown * abs(before))

    def acted(self, partings: Iterable[Parting]) -> None:
        """A new schedule was made for these."""
        for parting in partings:
            self._acted[parting.kind] = parting.amount
