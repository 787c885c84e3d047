"""One disturbed cook: the executive on the twin's fast board, with or without a watch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from wenhuo.agent import schedule_of
from wenhuo.agent.facts import changed
from wenhuo.agent.planner import as_plan
from wenhuo.agent.request import read_request
from wenhuo.agent.turn import Turn
from wenhuo.agent.watch import Ask, Change, Watch
from wenhuo.boards import Product, load_product
from wenhuo.errors import EnvelopeError, LanguageError, LinkError, ModelError
from wenhuo.executive.executive import Executive
from wenhuo.executive.records import BoardState, Note, Sample
from wenhuo.intent import Intent, TextureChange
from wenhuo.llm.generation import Generation
from wenhuo.planning import envelope
from wenhuo.planning.estimate import forecast
from wenhuo.planning.programme import programme
from wenhuo.schedule import Phase, PhaseKind, Schedule
from wenhuo_models.eval.disturbances import Disturbed, moment, plant_events
from wenhuo_models.factory.expert.judge import NO_BOILOVER_G
from wenhuo_tools.tune import DONENESS_MIN, TEXTURE_ERROR_MAX
from wenhuo_tools.twin.dishes import dish_by_id
from wenhuo_tools.twin.engine import Scenario
from wenhuo_tools.twin.fast import FastBoard
from wenhuo_tools.twin.plant import cooker_of

ON_TIME_S = 240.0
LOAD_WITHIN = 0.10
_NOISE_LOSES = 0.5  # of the looks, while the cable is bad
_LONGEST_S = 40 * 3600.0

Understand = Callable[[Mapping[str, Any], Intent], Mapping[str, Any]]
"""A request and what its words mean by their author; the plan (plan.schema.json) of whoever reads
them."""


@dataclass(frozen=True, slots=True)
class Cooked:
    """What became of a disturbed cook.

    off_s: ready after (+) or before (-) the time wanted, None where none was wanted or nothing was
    served. load_error: the load estimate after the heat-up against the truth, a share, None where
    nothing was weighed. why: kinds of partings acted upon.
    """

    disturbed: Disturbed
    outcome: str
    doneness: float
    texture_error: float
    boilover_g: float
    scorch: float
    energy_wh: float
    served_s: float | None
    off_s: float | None
    replans: int
    refused: int
    load_error: float | None
    why: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Done and on texture."""
        cooked = self.outcome == "done" and self.doneness >= DONENESS_MIN
        return cooked and self.texture_error <= TEXTURE_ERROR_MAX

    @property
    def clean(self) -> bool:
        """Nothing boiled over."""
        return self.boilover_g < NO_BOILOVER_G

    @property
    def on_time(self) -> bool:
        """Ready within 4 min of the time wanted."""
        return self.off_s is not None and abs(self.off_s) <= ON_TIME_S


def by_rules(request: Mapping[str, Any], meant: Intent) -> Mapping[str, Any]:
    """The plan of the rules for an intent that is known."""
    turn = Turn(read_request(request), load_product(request["board"]))
    turn.stand_in(meant)
    return as_plan(turn, Generation())


class DisturbedRun:
    """Cooks disturbed cooks on one board, one after the other."""

    def __init__(self, ask: Callable[[Product], Ask], understand: Understand) -> None:
        """ask: who writes schedules, by product; understand: who reads what is said."""
        self._ask, self._understand = ask, understand
        self._board = FastBoard()

    def cook(self, disturbed: Disturbed, *, watched: bool) -> Cooked:
        """One cook, with or without its watch."""
        return _Cook(disturbed, self._board, self._ask, self._understand, watched=watched).run()


class _Cook:
    def __init__(
        self,
        disturbed: Disturbed,
        board: FastBoard,
        ask: Callable[[Product], Ask],
        understand: Understand,
        *,
        watched: bool,
    ) -> None:
        cook = disturbed.cook
        self._disturbed, self._board, self._understand = disturbed, board, understand
        self._product = load_product(cook.product_id)
        dish = dish_by_id(cook.conditions.dish)
        board.load(Scenario(dish, cook.load, cook.site, cooker_of(cook.product_id)))
        for event in plant_events(list(disturbed.events)):
            board.play(event)
        self._ours = [
            (float(e["at_s"]), e, disturbed.said.get(i))
            for i, e in enumerate(disturbed.events)
            if e["kind"] in _HANDLERS
        ]
        self._executive = Executive(board, board, note=self._note)
        self._texture, self._deadline_s = cook.conditions.texture, cook.deadline_s
        schedule = _guarded(ask(self._product), self._product, disturbed)
        self._watch: Watch | None = None
        if watched:
            self._watch = Watch(
                self._product,
                cook.conditions,
                schedule,
                ask(self._product),
                dry_g=cook.load.dry_g,
                ready_s=cook.deadline_s,
            )
        self._schedule = schedule
        self._noisy_until_s = -1.0
        self._rng = Random(f"noise:{cook.load.dry_g}")
        self._load_error: float | None = None
        self._why: list[str] = []
        self._served: Any = None

    def _note(self, _note: Note) -> None:
        """Nobody is told."""

    def run(self) -> Cooked:
        board, executive = self._board, self._executive
        executive.begin(*self._timed(self._schedule))
        outcome = "done"
        while executive.log.served_s is None and not executive.is_over:
            self._play_due()
            board.silent = self._is_noisy() and self._rng.random() < _NOISE_LOSES
            try:
                self._look()
            except LinkError:
                outcome = "lost"
                break
            board.silent = False
            if board.now_s() > _LONGEST_S:
                outcome = "endless"
                break
            if not executive.is_over:
                board.sleep(self._until_next())
        if executive.log.outcome is not None and executive.log.outcome.value != "done":
            outcome = executive.log.outcome.value
        return self._judged(outcome)

    def _timed(self, schedule: Schedule) -> tuple[Schedule, tuple[int, ...]]:
        """The wait filled in as the controller does it."""
        cook = self._disturbed.cook
        seen = forecast(self._product, cook.conditions, schedule)
        spare_s = 0.0 if cook.deadline_s is None else cook.deadline_s - seen.ready_s
        wait_s = round(min(max(spare_s, 0.0), cook.raw_hold_s))
        if not wait_s:
            return schedule, seen.phase_s
        return (Phase(PhaseKind.WAIT, None, 0, wait_s), *schedule), (wait_s, *seen.phase_s)

    def _until_next(self) -> float:
        period_s = self._executive.period_s()
        if not self._ours:
            return period_s
        return max(0.1, min(period_s, self._ours[0][0] - self._board.now_s()))

    def _is_noisy(self) -> bool:
        return self._board.now_s() < self._noisy_until_s

    def _look(self) -> None:
        sample = self._executive.look()
        if sample is None or self._watch is None:
            return
        change = self._watch.see(sample, self._executive.schedule)
        self._weigh(self._watch)
        if change is not None:
            self._act(change)

    def _act(self, change: Change) -> None:
        self._executive.revise(change.schedule, change.phase_s)
        self._why += [parting.kind.value for parting in change.why]

    def _weigh(self, watch: Watch) -> None:
        """The load estimate against the truth, once, after the heat-up."""
        if self._load_error is not None or not watch.belief.water_known:
            return
        load = self._disturbed.cook.load
        poured_g = sum(
            float(e["mass_g"])
            for e in self._disturbed.events
            if e["kind"] == "add" and e["at_s"] <= self._board.now_s()
        )
        believed_g = watch.belief.water_g + watch.belief.lump.dry_g
        self._load_error = believed_g / (load.dry_g + load.water_g + poured_g) - 1

    def _play_due(self) -> None:
        while self._ours and self._ours[0][0] <= self._board.now_s() + 0.05:
            _, event, said = self._ours.pop(0)
            if event["kind"] == "power_cut":
                self._board.power_cut(float(event["for_s"]))
            elif event["kind"] == "host_kill":
                self._board.sleep(float(event["for_s"]))
            elif event["kind"] == "link_noise":
                self._noisy_until_s = self._board.now_s() + float(event["for_s"])
            elif said is not None:
                self._say(event, said.intent)

    def _say(self, event: Mapping[str, Any], meant: Intent) -> None:
        """Somebody speaks: plan again, as the spine does; a watch is told what is wanted."""
        self._board.silent = False
        sample = self._executive.look() or self._executive.last
        if sample is None or self._executive.is_over:
            return
        if self._executive.log.served_s is not None:
            return
        plan = self._understand(self._request(event, sample), meant)
        adjust = plan["adjust"]
        if plan["action"] != "adjust" or not adjust or not plan["schedule"]:
            return
        waiting = sample.state is BoardState.WAITING
        if self._watch is None or waiting:
            schedule = schedule_of(plan)
            phase_s = forecast(self._product, self._disturbed.cook.conditions, schedule).phase_s
            self._executive.revise(schedule, phase_s)
        self._wish(adjust)

    def _wish(self, adjust: Mapping[str, Any]) -> None:
        dish = self._product.dish(self._disturbed.cook.conditions.dish)
        texture = None
        if adjust["texture"]:
            texture = changed(dish, self._texture, TextureChange(adjust["texture"]))
            self._texture = texture
        if adjust["ready_at"]:
            wanted = datetime.fromisoformat(adjust["ready_at"]) - moment(0)
            self._deadline_s = wanted.total_seconds()
        if self._watch is not None:
            ready_s = self._deadline_s if adjust["ready_at"] else None
            self._watch.wish(texture=texture, ready_s=ready_s)

    def _request(self, event: Mapping[str, Any], sample: Sample) -> dict[str, Any]:
        cook, now_s = self._disturbed.cook, float(event["at_s"])
        remaining_s = self._executive.remaining_s()
        ready = None if self._deadline_s is None else moment(self._deadline_s).isoformat()
        return {
            "id": "1",
            "text": event["text"],
            "now": moment(now_s).isoformat(),
            "board": self._product.id,
            "state": {
                "mode": sample.state.mode or "idle",
                "dish": cook.conditions.dish,
                "phase": sample.kind.value if sample.kind else None,
                "elapsed_s": round(now_s, 1),
                "remaining_s": round(remaining_s, 1),
                "ready_at": ready,
                "texture": self._texture.value,
                "dry_g": cook.load.dry_g,
            },
            "sensors": {
                "bottom_c": sample.bottom_c,
                "mains_v": sample.mains_v,
                "altitude_m": cook.site.altitude_m,
                "ambient_c": cook.site.ambient_c,
            },
        }

    def _judged(self, outcome: str) -> Cooked:
        food, wanted = self._board.food(), self._disturbed
        served_s = self._executive.log.served_s
        off_s = None
        if wanted.deadline_s is not None and served_s is not None:
            off_s = served_s - wanted.deadline_s
        return Cooked(
            disturbed=wanted,
            outcome=outcome,
            doneness=food.doneness,
            texture_error=food.texture_error[wanted.texture],
            boilover_g=food.boilover_g,
            scorch=food.scorch,
            energy_wh=food.energy_wh,
            served_s=served_s,
            off_s=off_s,
            replans=self._watch.replans if self._watch else 0,
            refused=self._watch.refused if self._watch else 0,
            load_error=self._load_error,
            why=tuple(self._why),
        )


_HANDLERS = frozenset({"say", "power_cut", "host_kill", "link_noise"})


def _guarded(ask: Ask, product: Product, disturbed: Disturbed) -> Schedule:
    """The planner's schedule, or the rule's where it is missing or refused; without the wait."""
    conditions = disturbed.cook.conditions
    try:
        schedule = ask(conditions)
        envelope.check(schedule, product, conditions)
    except (EnvelopeError, LanguageError, ModelError):
        schedule = programme(product, conditions)
    return tuple(phase for phase in schedule if phase.kind is not PhaseKind.WAIT)
