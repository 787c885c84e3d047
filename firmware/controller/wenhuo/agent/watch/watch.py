"""Watches a cook: compares the pot with the plan, and makes a new schedule where they part.

The executive's owner feeds it every sample and, where it answers with a Change, gives that schedule
to the executive. It asks for new phases (the model, or the menu's rule), fits them to the pot and
to the time that was asked for, and lets nothing out that the envelope refuses or that is less safe
than what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from wenhuo.agent.watch.belief import Belief
from wenhuo.agent.watch.fit import Fitted, Fitting, Goal
from wenhuo.agent.watch.partings import Assumed, Comparison, Hysteresis, Kind, Parting
from wenhuo.agent.watch.remains import alike, from_kind, left_of
from wenhuo.agent.watch.safety import less_safe
from wenhuo.boards import Product
from wenhuo.boards.watching import load_watching
from wenhuo.conditions import LOAD_STEP_G, MAINS_STEP_PCT, START_STEP_C, Conditions, nearest_step
from wenhuo.errors import EnvelopeError, LanguageError, ModelError
from wenhuo.executive.records import BoardState, Sample
from wenhuo.intent import Texture
from wenhuo.planning import envelope
from wenhuo.planning.estimate import Forecast
from wenhuo.planning.programme import PHASE_ORDER, programme
from wenhuo.schedule import PhaseKind, Schedule, Until

Ask = Callable[[Conditions], Schedule]
"""Phases for conditions. Raises ModelError or LanguageError where it has none in time."""

_LOOK_AHEAD_S, _LOOK_WAITING_S = 58.0, 1790.0  # between two forecasts for the time wanted
_COLD_AGAIN_K = 8.0  # so far below boiling it is brought to the boil anew
_KEPT = 3  # new schedules that slips alone may not use up before the food rests
_TIME_ALONE = frozenset({Kind.SLIP, Kind.LID, Kind.POT})


@dataclass(frozen=True, slots=True)
class Change:
    """A new schedule from now on. phase_s: expected length of each phase, s; why: what parted;
    conditions: those it was made for; by_model: False where the rule stood in; late_s: how much
    later than wanted it is ready, None where no time is wanted."""

    schedule: Schedule
    phase_s: tuple[int, ...]
    why: tuple[Parting, ...]
    conditions: Conditions
    by_model: bool
    late_s: float | None


class Watch:
    """One cook, from its start on. Times are the executive's clock's, s.

    belief: what is in the pot. replans: how many Changes were made; refused: how many would have
    been less safe or were refused by the envelope; problem: why the rule answered in the model's
    place when it was last asked, None where it did not.
    """

    def __init__(
        self,
        product: Product,
        conditions: Conditions,
        schedule: Schedule,
        ask: Ask,
        *,
        dry_g: float | None = None,
        ready_s: float | None = None,
        ambient_c: float | None = None,
        water_share: float = 1.0,
    ) -> None:
        """schedule: as planned for the conditions. dry_g: dry food as said; ready_s: when the food
        is wanted, None where no time was said; water_share: of the menu's water, as the household
        was told to pour. Raises BoardDataError."""
        self._product = product
        self._ask = ask
        watching = load_watching(product)
        self._rules, self._thresholds = watching.replanning, watching.thresholds
        self.conditions = conditions
        self.ready_s = ready_s
        self._water_share = water_share
        self.belief = Belief(product, conditions, dry_g, ambient_c, water_share)
        self.replans = self.refused = 0
        self._goal = Goal.of(product, conditions, schedule, self.belief.told_dry_g, water_share)
        mains_v = product.heater.rated_v * conditions.mains_pct / 100
        self._assumed = Assumed.of(self.belief, float(conditions.tb_c), mains_v)
        self._comparison = Comparison(product, self._thresholds)
        self._hysteresis = Hysteresis(self._thresholds.persists_s)
        self._wish: Parting | None = None
        self._lost: tuple[Parting, ...] = ()  # what the Change was for that did not arrive
        self._why: tuple[Parting, ...] = ()
        self.problem: str | None = None
        self._by_model = True
        self._changed_s = self._looked_s = -1e9
        self._slip: Parting | None = None
        self._borne_s = 0.0  # how late it has to be, as far as the last try could tell
        self._kind: PhaseKind | None = None
        self._kind_s = self._kind_from_s = 0.0
        self._last_s: float | None = None

    # What people say.

    def wish(self, *, texture: Texture | None = None, ready_s: float | None = None) -> None:
        """Somebody wants another texture or another time; the next look acts upon it."""
        if texture is not None and texture is not self.conditions.texture:
            self.conditions = replace(self.conditions, texture=texture)
            from_raw = replace(self.conditions, from_phase=None)
            whole, _ = self._asked(from_raw)
            told_g = self.belief.told_dry_g
            self._goal = Goal.of(self._product, from_raw, whole, told_g, self._water_share)
        if ready_s is not None:
            self.ready_s = ready_s
        self._wish = Parting(Kind.WISH, 1.0)

    def took(self, schedule: Schedule) -> None:
        """Somebody else has changed the schedule (more time, less fire): it is the plan now."""
        seen = self._fitting(0.0).expect(schedule)
        rest_s = sum(p.duration_s for p in schedule if p.kind is PhaseKind.REST)
        self._goal = replace(self._goal, softened_s=seen.softened_s, rest_s=rest_s)

    def undelivered(self) -> None:
        """The last Change did not reach the board; the next look makes another."""
        self.replans -= 1
        self._lost = self._why
        self._wish = Parting(Kind.WISH, 1.0)

    # A cook that ran before this program did, or while it was busy.

    def recall(self, sample: Sample, schedule: Schedule) -> None:
        """Take in a look that nothing is to be done about (any more)."""
        self.belief.see(sample, schedule)
        self._count(sample)

    def recall_change(self, sample: Sample) -> None:
        """After this look, another program of ours has made a Change: what was wished by then is
        in it."""
        self._wish = None
        self.replans += 1
        self._changed_s = sample.t_s
        self._accept(sample)

    # What the board tells.

    def see(self, sample: Sample, schedule: Schedule) -> Change | None:
        """Take one look at the board, which runs this schedule; a Change where it should run
        another. Never raises for what a model or the envelope says."""
        self.belief.see(sample, schedule)
        self._count(sample)
        if sample.state not in (BoardState.COOKING, BoardState.WAITING):
            return None
        if sample.phase_index is None or sample.phase_index >= len(schedule):
            return None
        running = left_of(schedule, sample)
        due = self._hysteresis.due(self._partings(sample, running), sample.t_s)
        if not due or not self._may_change(due, sample.t_s):
            return None
        if self._lost:
            again = {p.kind: p for p in (*self._lost, *due) if p.kind is not Kind.WISH}
            due, self._lost = tuple(again.values()) or due, ()
        if sample.state is BoardState.WAITING:
            change = self._waiting(sample, running, due)
        else:
            change = self._cooking(sample, running, due)
        self._hysteresis.acted(p for p in due if p.kind is not Kind.SLIP)
        self._accept(sample)
        self._wish = None
        if change is not None:
            self.replans += 1
            self._why = due
            self._by_model = change.by_model
            self._changed_s = sample.t_s
            self._looked_s = -1e9
        return change

    def _count(self, sample: Sample) -> None:
        """How long a phase of this kind has run, whoever replaced the schedule meanwhile."""
        passed_s = 0.0 if self._last_s is None else sample.t_s - self._last_s
        self._last_s = sample.t_s
        if sample.kind is not self._kind:
            self._looked_s = -1e9
            self._kind, self._kind_s = sample.kind, sample.phase_elapsed_s
            self._kind_from_s = sample.t_s - sample.phase_elapsed_s
        elif sample.state is BoardState.COOKING and sample.pot_present:
            self._kind_s += passed_s

    def _may_change(self, due: tuple[Parting, ...], now_s: float) -> bool:
        slips = all(p.kind is Kind.SLIP for p in due) and self._kind is not PhaseKind.REST
        if self.replans >= self._rules.most - (_KEPT if slips else 0):
            return False
        pressing = any(p.kind in (Kind.WISH, Kind.BOIL_OVER) for p in due)
        return pressing or now_s - self._changed_s >= self._rules.gap_s

    def _accept(self, sample: Sample) -> None:
        """The pot as it is seen now is what is assumed from here on."""
        before = self._assumed
        mains_v = sample.mains_v or before.mains_v
        self._assumed = Assumed.of(self.belief, before.tb_c, mains_v)

    # Where plan and pot part.

    def _partings(self, sample: Sample, running: Schedule) -> list[Parting]:
        found = [self._wish] if self._wish else []
        if sample.state is BoardState.COOKING and sample.kind is not PhaseKind.REST:
            found += self._comparison.find(self.belief, self._assumed, sample)
        slip = self._slipped(sample, running)
        return [*found, slip] if slip else found

    def _slipped(self, sample: Sample, running: Schedule) -> Parting | None:
        """Sooner or later than wanted, by a forecast that is made now and then."""
        if self.ready_s is None:
            return None
        waits = sample.state is BoardState.WAITING
        if sample.t_s - self._looked_s < (_LOOK_WAITING_S if waits else _LOOK_AHEAD_S):
            return self._slip
        self._looked_s, self._slip = sample.t_s, None
        if not sample.pot_present or self.belief.weighing:
            return None
        slipped_s = self._late_s(sample, running) - self._borne_s
        left_s = 0.0 if waits else self.ready_s - sample.t_s
        limits = self._thresholds
        if abs(slipped_s) >= max(limits.slip_s, limits.slip_share * left_s):
            self._slip = Parting(Kind.SLIP, slipped_s)
        return self._slip

    def _late_s(self, sample: Sample, running: Schedule) -> float:
        """How much later than wanted (in a wait: than leaves the reserve) the running one ends."""
        assert self.ready_s is not None
        expected = self._fitting(sample.t_s).expect(running)
        late_s = expected.ready_s - (self.ready_s - sample.t_s)
        if sample.state is BoardState.WAITING:
            late_s += running[0].duration_s + self._reserve_s()
        return late_s

    def _reserve_s(self) -> float:
        dish = self.belief.lump.dish
        ends = {rule.until for rule in dish.phases}
        if Until.DRY in ends:
            return self._rules.reserve_drying_s
        timed = Until.BOIL in ends and not dish.on_rack
        return self._rules.reserve_timed_s if timed else self._rules.reserve_unboiled_s

    # New schedules.

    def _fitting(self, now_s: float) -> Fitting:
        ready_in_s = None if self.ready_s is None else self.ready_s - now_s
        rested_s = now_s - self._kind_from_s if self._kind is PhaseKind.REST else 0.0
        return Fitting(
            self._product,
            self.belief,
            self._goal,
            self._rules,
            ready_in_s=ready_in_s,
            rested_s=rested_s,
            unheated_s=self._assumed.missed_s(self.belief),
        )

    def _waiting(
        self, sample: Sample, running: Schedule, why: tuple[Parting, ...]
    ) -> Change | None:
        """Heat sooner; a longer wait is for people to decide."""
        if self.ready_s is None:
            return None
        left_s = running[0].duration_s
        sooner_s = min(float(left_s - 1), self._late_s(sample, running))
        if sooner_s < self._thresholds.slip_s:
            return None
        schedule = (replace(running[0], duration_s=round(left_s - sooner_s)), *running[1:])
        expected = self._fitting(sample.t_s).expect(schedule)
        lengths = (schedule[0].duration_s, *expected.phase_s[1:])
        return Change(schedule, lengths, why, self.conditions, self._by_model, late_s=None)

    def _cooking(
        self, sample: Sample, running: Schedule, why: tuple[Parting, ...]
    ) -> Change | None:
        conditions = self._conditions_now(sample)
        fitting = self._fitting(sample.t_s)
        kept = fitting.expect(running)
        for phases, fitted, by_model in self._fits(sample, running, why, conditions, fitting):
            if not self._allowed(fitted, phases, conditions, kept):
                self.refused += 1
                continue
            self._borne_s = fitted.late_s or 0.0
            if alike(fitted.schedule, running):
                return None
            begun_c = self.conditions.start_c
            self.conditions = replace(conditions, from_phase=None, start_c=begun_c)
            lengths = fitted.expected.phase_s
            return Change(fitted.schedule, lengths, why, conditions, by_model, fitted.late_s)
        self._borne_s = kept.ready_s - (self.ready_s or 0.0) + sample.t_s if self.ready_s else 0.0
        return None

    def _fits(
        self,
        sample: Sample,
        running: Schedule,
        why: tuple[Parting, ...],
        conditions: Conditions,
        fitting: Fitting,
    ) -> Iterator[tuple[Schedule, Fitted, bool]]:
        """What might run instead, best first: the phases it is fitted from, and who wrote them.

        Where only time was lost, and while it rests, nobody need be asked.
        """
        goes_on = conditions.from_phase is sample.kind
        if goes_on and (sample.kind is PhaseKind.REST or all(p.kind in _TIME_ALONE for p in why)):
            yield running, fitting.refit(running), self._by_model
            return
        spent_s = self._kind_s if goes_on else 0.0
        for phases, by_model in self._offers(conditions):
            yield phases, fitting.fit(phases, conditions, spent_s), by_model

    def _conditions_now(self, sample: Sample) -> Conditions:
        belief = self.belief
        share = belief.lump.full_w / (
            self._product.heater.rated_w * self._product.calibration.heater_gain
        )
        tb_c = self._assumed.tb_c if belief.tb_measured_c is None else belief.tb_measured_c
        return replace(
            self.conditions,
            dry_g=max(LOAD_STEP_G, nearest_step(belief.lump.dry_g, LOAD_STEP_G)),
            tb_c=round(tb_c),
            mains_pct=min(max(nearest_step(100 * share**0.5, MAINS_STEP_PCT), 50), 140),
            start_c=min(max(nearest_step(belief.pot.food_c, START_STEP_C), 0), 120),
            later=False,
            from_phase=self._from_phase(sample),
        )

    def _from_phase(self, sample: Sample) -> PhaseKind | None:
        """The phase that runs; heating where it has to come to the boil again."""
        belief, kind = self.belief, sample.kind
        heats = any(rule.until is Until.BOIL for rule in belief.lump.dish.phases)
        past = kind is not None and PHASE_ORDER[kind] == PHASE_ORDER[PhaseKind.BOIL]
        cold = belief.pot.food_c < belief.lump.tb_c - _COLD_AGAIN_K
        return PhaseKind.HEAT if heats and past and cold and belief.pot.water_g > 0 else kind

    def _offers(self, conditions: Conditions) -> list[tuple[Schedule, bool]]:
        """The phases asked for, then the rule's, both from the running phase on."""
        phases, by_model = self._asked(conditions)
        offers = [(phases, by_model)]
        if by_model:
            offers.append((programme(self._product, conditions), False))
        return [
            (from_kind(offer, conditions.from_phase), model) for offer, model in offers if offer
        ]

    def _asked(self, conditions: Conditions) -> tuple[Schedule, bool]:
        """What the model gives where the envelope lets it pass, else what the rule gives."""
        self.problem = None
        try:
            phases = tuple(p for p in self._ask(conditions) if p.kind is not PhaseKind.WAIT)
            envelope.check(phases, self._product, conditions)
        except (ModelError, LanguageError, EnvelopeError) as error:
            self.problem = str(error)
            phases = programme(self._product, replace(conditions, later=False))
            return phases, False
        return phases, True

    def _allowed(
        self, fitted: Fitted, planned: Schedule, conditions: Conditions, kept: Forecast
    ) -> bool:
        """Whether the envelope lets it pass and it is no less safe than what runs."""
        try:
            envelope.check(fitted.schedule, self._product, conditions)
        except EnvelopeError:
            return False
        return not less_safe(fitted, planned, kept, self._product, conditions)
