"""A schedule fitted to the pot: what is left of it, with power, length and rest such that the food
comes out as the plan meant it, at the time that was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from wenhuo.agent.watch.belief import Belief
from wenhuo.boards import Product
from wenhuo.boards.watching import Replanning
from wenhuo.conditions import Conditions
from wenhuo.planning.estimate import Forecast, Lump, forecast_from
from wenhuo.planning.programme import KEEP_WARM_POWER_PCT
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

_WORTH = 0.12  # of all water, that must still be free
_POWER_SPAN = (0.7, 2.2)  # of the planner's, where water must go sooner or later
_LATER_DRY, _DRYING_LEAST_S = 2.5, 600  # of the drying that is expected, how long it may take
_HOTTER_K = (-0.5, 3.0)  # of a simmer's set-point, for the same
_LONGEST_HOLD_S = 3 * 3600
_SHORTEST_S = 60
_SHIFTED = 2.0  # of the time to be filled, by how much simmering may become resting
_SLACK_S = 20  # less is not worth a phase
_MINUTE_S = 60
_SEARCHES = 3
_COOLS_S = 900  # a rest with the heater off that is longer lets the food cool
_TIMED_COOKING = frozenset(
    {PhaseKind.SOAK, PhaseKind.BOIL, PhaseKind.SIMMER, PhaseKind.STEAM, PhaseKind.DRY}
)
_AT_BOILING = frozenset({PhaseKind.BOIL, PhaseKind.SIMMER, PhaseKind.STEAM, PhaseKind.REST})
_AFTERWARDS = frozenset({PhaseKind.REST, PhaseKind.KEEP_WARM})
_FOAMING = frozenset({PhaseKind.BOIL, PhaseKind.SIMMER})
_NEAR_BOILING_K = 5.0


@dataclass(frozen=True, slots=True)
class Goal:
    """What the plan would have made of the pot that it assumed. softened_s: cooking, in s at
    100 °C; absorbed, liquid: water in the grain, and all of it, g per g of dry food. rest_s: its
    rest."""

    softened_s: float
    absorbed: float
    liquid: float
    rest_s: int

    @classmethod
    def of(
        cls,
        product: Product,
        conditions: Conditions,
        schedule: Schedule,
        dry_g: float,
        water_share: float = 1.0,
    ) -> Goal:
        """For a whole schedule on the food that was said, with that share of the menu's water for
        it. Raises BoardDataError for a dish that the menu lacks."""
        lump = Lump.of(product, conditions)
        lump.dry_g = dry_g
        menu_g = lump.dish.water_g(dry_g, conditions.texture)
        pot = lump.filled(float(conditions.start_c), water_share * menu_g)
        seen = forecast_from(lump, pot, schedule)
        rest_s = sum(p.duration_s for p in schedule if p.kind is PhaseKind.REST)
        absorbed = seen.absorbed_g / dry_g
        liquid = (seen.absorbed_g + seen.free_water_g) / dry_g
        return cls(seen.softened_s, absorbed, liquid, rest_s)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A schedule from now on, what is expected of it, and how far beyond the wanted time it is
    ready (negative: before; None where no time is wanted)."""

    schedule: Schedule
    expected: Forecast
    late_s: float | None


class Fitting:
    """Fits schedules to one belief. ready_in_s: when it is wanted, s from now, or None; rested_s:
    how long the food has stood in its rest; unheated_s: how long lid or pot were away since the
    schedule was made."""

    def __init__(
        self,
        product: Product,
        belief: Belief,
        goal: Goal,
        rules: Replanning,
        *,
        ready_in_s: float | None,
        rested_s: float = 0.0,
        unheated_s: float = 0.0,
    ) -> None:
        self._product, self._belief, self._goal, self._rules = product, belief, goal, rules
        self._ready_in_s, self._rested_s = ready_in_s, rested_s
        self._unheated_s = unheated_s
        self._lump: Lump = belief.lump
        self._dish = belief.lump.dish
        self._swells = self._dish.food.absorbs_g_per_g > 0

    def fit(self, planned: Schedule, conditions: Conditions, spent_s: float) -> Fitted:
        """The planner's phases from the running one on. spent_s: how long that has run."""
        phases = self._for_foam(self._at_this_boiling_point(planned, conditions))
        if self._belief.water_known:
            phases = self._for_water(phases)
        return self.refit(_less(phases, spent_s))

    def refit(self, running: Schedule) -> Fitted:
        """What is left of a schedule, its lengths alone fitted: cooking, then rest."""
        phases = self._for_time(self._for_softness(self._for_heat_missed(running)))
        expected = self.expect(phases)
        late_s = None if self._ready_in_s is None else expected.ready_s - self._ready_in_s
        return Fitted(phases, expected, late_s)

    def expect(self, phases: Schedule) -> Forecast:
        """What becomes of the pot under these phases."""
        return forecast_from(self._lump, self._belief.pot, phases)

    def _at_this_boiling_point(self, phases: Schedule, conditions: Conditions) -> Schedule:
        """Set-points that hang on the boiling point, moved to the one that was measured."""
        measured_c = self._belief.tb_measured_c
        if measured_c is None:
            return phases
        off_k = measured_c - conditions.tb_c

        def moved(phase: Phase) -> Phase:
            near = phase.target_c is not None and phase.kind in _AT_BOILING
            if not near or abs((phase.target_c or 0.0) - conditions.tb_c) > _NEAR_BOILING_K:
                return phase
            return replace(phase, target_c=round((phase.target_c or 0.0) + off_k, 1))

        return tuple(moved(phase) for phase in phases)

    def _for_foam(self, phases: Schedule) -> Schedule:
        """Less fire under a pot that is fuller than it should be: foam has less room to rise."""
        share = self._belief.head_share(self._product)
        if share >= 1.0:
            return phases
        return tuple(
            replace(p, power_pct=max(5, round(p.power_pct * share))) if p.kind in _FOAMING else p
            for p in phases
        )

    def _for_water(self, phases: Schedule) -> Schedule:
        """Fire such that the grain ends with its water, or the congee with its thickness."""
        if not self._swells:
            return phases
        drying = [i for i, p in enumerate(phases) if p.until is Until.DRY]
        if drying:
            return self._drying(phases, drying[0])
        simmering = [
            i for i, p in enumerate(phases) if p.kind is PhaseKind.SIMMER and p.until is Until.TIME
        ]
        return self._simmering(phases, simmering[0]) if simmering else phases

    def _drying(self, phases: Schedule, at: int) -> Schedule:
        if self._belief.pot.water_g < _WORTH * self._belief.water_g:
            return phases  # so near dryness the belief is too coarse to steer by
        phase = phases[at]
        weakest = self._weakest_pct()
        low, high = (max(weakest, phase.power_pct * share) for share in _POWER_SPAN)

        def absorbed(power_pct: float) -> float:
            tried = _with(phases, at, replace(phase, power_pct=min(100, round(power_pct))))
            return self.expect(tried[: at + 1]).absorbed_g / self._lump.dry_g

        whole = self.expect(phases)
        part = self.expect(phases[: at + 1])
        later = (whole.absorbed_g - part.absorbed_g) / self._lump.dry_g
        power = _solved(absorbed, self._goal.absorbed - later, (low, min(100.0, high)))
        faster = _with(phases, at, replace(phase, power_pct=min(100, round(power))))
        faster = _with(faster, at, self._limited(faster, at))
        short_s = whole.softened_s - self.expect(faster).softened_s
        return self._rested(faster, short_s) if faster[-1].kind in _AFTERWARDS else faster

    def _weakest_pct(self) -> float:
        """The duty below which the board does not see that it is dry, and fires for ever."""
        share = self._product.heater.rated_w / self._lump.full_w
        return math.ceil(100 * self._rules.drying_least * share)

    def _limited(self, phases: Schedule, at: int) -> Phase:
        """The phase that ends by dryness, no longer than it can take: should the board not see it
        dry, rice that has rested is better than rice that is fried for an hour."""
        likely_s = self.expect(phases[: at + 1]).phase_s[at]
        longest_s = max(_DRYING_LEAST_S, round(_LATER_DRY * likely_s))
        return replace(phases[at], duration_s=min(phases[at].duration_s, longest_s))

    def _simmering(self, phases: Schedule, at: int) -> Schedule:
        phase = phases[at]
        if phase.target_c is None:
            return phases
        base_c = phase.target_c

        def liquid(hotter_k: float) -> float:
            seen = self.expect(_with(phases, at, replace(phase, target_c=base_c + hotter_k)))
            return (seen.absorbed_g + seen.free_water_g) / self._lump.dry_g

        hotter_k = _solved(liquid, self._goal.liquid, _HOTTER_K)
        return _with(phases, at, replace(phase, target_c=round(base_c + hotter_k, 1)))

    def _for_heat_missed(self, phases: Schedule) -> Schedule:
        """What never boils gets the heat that it missed as more time: how soft it is inside, the
        bottom does not tell (see _softening)."""
        boils = any(rule.until is Until.BOIL for rule in self._dish.phases)
        first = phases[0]
        if boils or first.kind not in _TIMED_COOKING or first.until is not Until.TIME:
            return phases
        more_s = round(self._rules.heat_missed * self._unheated_s)
        return (replace(first, duration_s=first.duration_s + more_s), *phases[1:])

    def _for_softness(self, phases: Schedule, share: float = 1.0) -> Schedule:
        """The last phase that cooks by the clock, as long as the food still needs."""
        at = self._softening(phases)
        if at is None:
            return phases
        phase = phases[at]
        longest = max(phase.duration_s * 2.0, 45.0 * _MINUTE_S)

        def softened(length_s: float) -> float:
            longer = replace(phase, duration_s=max(_SHORTEST_S, round(length_s)))
            return self.expect(_with(phases, at, longer)).softened_s

        length = _solved(softened, share * self._goal.softened_s, (float(_SHORTEST_S), longest))
        return _with(phases, at, replace(phase, duration_s=max(_SHORTEST_S, round(length))))

    def _for_time(self, phases: Schedule) -> Schedule:
        """Rest longer where it would be ready too soon; hurry where it would be late."""
        if self._ready_in_s is None:
            return phases
        slack_s = self._ready_in_s - self.expect(phases).ready_s
        if slack_s >= 0:
            return self._held(phases, slack_s)
        hurried = self._hotter(phases)
        for hurry in (self._rest_cut, self._softened_less):
            slack_s = self._ready_in_s - self.expect(hurried).ready_s
            if slack_s >= -_SLACK_S:
                return hurried
            hurried = hurry(hurried, -slack_s)
        late_s = self.expect(hurried).ready_s - self._ready_in_s
        return hurried if late_s <= self._rules.hopeless_s else phases

    def _held(self, phases: Schedule, slack_s: float) -> Schedule:
        """Fill the time until it is wanted with rest, warm where it is long; what softens meanwhile
        need not be simmered."""
        if slack_s < _SLACK_S:
            return phases
        at = self._softening(phases)
        if at is None:
            return self._kept(phases, slack_s)
        simmer = phases[at]
        if self._dish.on_rack:  # in its steam it goes on cooking while it rests
            return self._rested(phases, min(slack_s, self._rules.reserve_unboiled_s))

        def filled(length_s: float) -> Schedule:
            cut = _with(phases, at, replace(simmer, duration_s=max(_SHORTEST_S, round(length_s))))
            spare_s = (self._ready_in_s or 0.0) - self.expect(cut).ready_s
            return self._kept(cut, spare_s)

        def softened(length_s: float) -> float:
            return self.expect(filled(length_s)).softened_s

        least_s = max(float(_SHORTEST_S), simmer.duration_s - _SHIFTED * slack_s)
        span = (least_s, float(simmer.duration_s))
        return filled(_solved(softened, self._goal.softened_s, span))

    def _kept(self, phases: Schedule, more_s: float) -> Schedule:
        """Rest for that long, but no longer than pieces can bear before they fall apart: the food
        is ready sooner than wanted then. Grain that has its water bears any rest."""
        more_s = min(more_s, _LONGEST_HOLD_S)
        if self._swells:
            return self._rested(phases, more_s)

        def softened(rest_s: float) -> float:
            return self.expect(self._rested(phases, rest_s)).softened_s

        most_s = self._rules.soften_most * self._goal.softened_s
        return self._rested(phases, _solved(softened, most_s, (0.0, more_s)))

    def _rested(self, phases: Schedule, more_s: float) -> Schedule:
        """The last rest longer by that much, or one put in before keep-warm."""
        if more_s <= 0:
            return phases
        warm = phases[-1].kind is PhaseKind.KEEP_WARM
        last = len(phases) - 1 - (1 if warm else 0)
        if last >= 0 and phases[last].kind is PhaseKind.REST:
            rest = phases[last]
            rest = replace(rest, duration_s=rest.duration_s + round(more_s))
            if rest.target_c is None and rest.duration_s > _COOLS_S:
                rest = self._warm(rest)
            return _with(phases, last, rest)
        rest = self._warm(Phase(PhaseKind.REST, None, 0, max(1, round(more_s))))
        return (*phases[: last + 1], rest, *phases[last + 1 :])

    def _warm(self, rest: Phase) -> Phase:
        """A rest at which the food is kept warm, where the dish may be."""
        warm = self._dish.keep_warm
        if warm.max_min == 0:
            return rest
        return replace(rest, target_c=float(round(warm.target_c)), power_pct=KEEP_WARM_POWER_PCT)

    def _hotter(self, phases: Schedule) -> Schedule:
        """Full fire up to boiling."""
        return tuple(
            replace(p, power_pct=100) if p.until is Until.BOIL and p.power_pct < 100 else p
            for p in phases
        )

    def _rest_cut(self, phases: Schedule, late_s: float) -> Schedule:
        """A shorter rest, as long as the food is done by its end."""
        resting = [i for i, p in enumerate(phases) if p.kind is PhaseKind.REST]
        if not resting:
            return phases
        at, rest = resting[-1], phases[resting[-1]]
        least_s = max(1.0, self._rules.rest_least * self._goal.rest_s - self._rested_s)
        length_s = max(min(rest.duration_s, least_s), rest.duration_s - late_s)
        return _with(phases, at, replace(rest, duration_s=max(1, round(length_s))))

    def _softened_less(self, phases: Schedule, late_s: float) -> Schedule:
        at = self._softening(phases)
        if at is None or late_s < _SLACK_S:
            return phases
        least = self._for_softness(phases, self._rules.soften_least)[at].duration_s
        now_s = phases[at].duration_s
        length_s = max(min(now_s, least), now_s - round(late_s))
        return _with(phases, at, replace(phases[at], duration_s=length_s))

    def _softening(self, phases: Schedule) -> int | None:
        """The last phase that cooks by the clock; None where dryness ends the cooking, and where
        nothing boils: how warm such food is inside, the bottom does not tell."""
        timed = [
            i for i, p in enumerate(phases) if p.kind in _TIMED_COOKING and p.until is Until.TIME
        ]
        ends = {rule.until for rule in self._dish.phases}
        if not timed or Until.DRY in ends or Until.BOIL not in ends:
            return None
        return None if any(p.until is Until.BOIL for p in phases[timed[-1] :]) else timed[-1]


def _less(phases: Schedule, spent_s: float) -> Schedule:
    """The first phase without what it has had already, where it goes by the clock."""
    first = phases[0]
    if first.until is not Until.TIME:
        return phases
    left_s = max(1, round(first.duration_s - spent_s))
    return (replace(first, duration_s=left_s), *phases[1:])


def _with(phases: Schedule, at: int, phase: Phase) -> Schedule:
    return (*phases[:at], phase, *phases[at + 1 :])


def _solved(value: Callable[[float], float], wanted: float, span: tuple[float, float]) -> float:
    """Where a monotonous, nearly straight function comes nearest to what is wanted (false position
    after Illinois)."""
    (low, high), (at_low, at_high) = span, (value(span[0]) - wanted, value(span[1]) - wanted)
    if at_low * at_high >= 0:
        return low if abs(at_low) < abs(at_high) else high
    middle = low
    for _ in range(_SEARCHES):
        middle = low - at_low * (high - low) / (at_high - at_low)
        at = value(middle) - wanted
        if at * at_high < 0:
            low, at_low = high, at_high
        else:
            at_low /= 2
        high, at_high = middle, at
    return middle
