"""Where plan and pot part: kinds, and how long each must last before it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from wenhuo.agent.watch.belief import Belief
from wenhuo.boards import Product
from wenhuo.boards.watching import Thresholds
from wenhuo.executive.records import Sample
from wenhuo.schedule import PhaseKind

_OPEN_S, _OUT_S = 30.0, 12.0  # a lid open, a pot out for less changes little
_ADDED_G = 10.0
_SURE = 0.4  # of the balance's standard deviation: less may be its error


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


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the schedule that runs was made for. added_g, open_s, out_s: known by then."""

    dry_g: float
    water_g: float
    tb_c: float
    mains_v: float
    added_g: float = 0.0
    open_s: float = 0.0
    out_s: float = 0.0

    @classmethod
    def of(cls, belief: Belief, tb_c: float, mains_v: float) -> Assumed:
        """The pot as it is believed. tb_c, mains_v: where nothing was measured."""
        return cls(
            dry_g=belief.lump.dry_g,
            water_g=belief.water_g,
            tb_c=tb_c if belief.tb_measured_c is None else belief.tb_measured_c,
            mains_v=mains_v,
            added_g=belief.added_g,
            open_s=belief.lid_open_s,
            out_s=belief.pot_out_s,
        )

    def missed_s(self, belief: Belief) -> float:
        """How long lid or pot were away since."""
        return belief.lid_open_s - self.open_s + belief.pot_out_s - self.out_s


class Comparison:
    """Plan against pot, while the food cooks."""

    def __init__(self, product: Product, thresholds: Thresholds) -> None:
        self._product, self._thresholds = product, thresholds

    def find(self, belief: Belief, assumed: Assumed, sample: Sample) -> list[Parting]:
        """All partings seen now."""
        found = [*self._of_the_food(belief, assumed), *self._of_the_pot(belief, assumed, sample)]
        if sample.mains_v is not None:
            share = (sample.mains_v / assumed.mains_v) ** 2 - 1
            found += self._of_the_fire(belief, sample, share)
        return found

    def _of_the_food(self, belief: Belief, assumed: Assumed) -> list[Parting]:
        limits, found = self._thresholds, []
        if belief.water_known and assumed.water_g > 0 and belief.lump.dish.food.absorbs_g_per_g > 0:
            share = belief.water_g / assumed.water_g - 1
            if abs(share) >= max(limits.water, _SURE * belief.water_sd):
                found.append(Parting(Kind.WATER, share))
        share = belief.lump.dry_g / assumed.dry_g - 1
        if abs(share) >= limits.load:
            found.append(Parting(Kind.LOAD, share))
        if belief.tb_measured_c is not None:
            off_k = belief.tb_measured_c - assumed.tb_c
            if abs(off_k) >= limits.boiling_point_k:
                found.append(Parting(Kind.BOILING_POINT, off_k))
        return found

    @staticmethod
    def _of_the_pot(belief: Belief, assumed: Assumed, sample: Sample) -> list[Parting]:
        found = []
        if belief.added_g - assumed.added_g >= _ADDED_G:
            found.append(Parting(Kind.ADDED, belief.added_g - assumed.added_g))
        open_s, out_s = belief.lid_open_s - assumed.open_s, belief.pot_out_s - assumed.out_s
        if sample.lid_closed and open_s >= _OPEN_S:
            found.append(Parting(Kind.LID, open_s))
        if sample.pot_present and out_s >= _OUT_S:
            found.append(Parting(Kind.POT, out_s))
        return found

    def _of_the_fire(self, belief: Belief, sample: Sample, share: float) -> list[Parting]:
        found = []
        if abs(share) >= self._thresholds.power:
            found.append(Parting(Kind.MAINS, share))
        if belief.boiled and sample.kind in (PhaseKind.BOIL, PhaseKind.SIMMER):
            crowded = max(0.0, belief.filled_share(self._product) - 1)
            threat = max(crowded, share if share >= self._thresholds.power else 0.0)
            if threat > 0:
                found.append(Parting(Kind.BOIL_OVER, threat))
        return found
