"""Cooks under watch on the twin, for tests: a pot, what happens to it, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from wenhuo.agent.watch import Change, Kind, Watch
from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.executive.executive import Executive
from wenhuo.intent import Texture
from wenhuo.planning.estimate import forecast
from wenhuo.planning.programme import programme
from wenhuo.schedule import PhaseKind, Schedule
from wenhuo_tools.twin.dishes import dish_by_id
from wenhuo_tools.twin.engine import Scenario
from wenhuo_tools.twin.fast import FastBoard
from wenhuo_tools.twin.food import Outcome as Food
from wenhuo_tools.twin.params import Load, Site
from wenhuo_tools.twin.plant import cooker_of

PRODUCT = load_product()


@dataclass
class Pot:
    """What is in the pot and what happens to it. water: share of the menu's."""

    dish: str = "white_rice"
    dry_g: float = 300.0
    water: float = 1.0
    texture: Texture | None = None
    site: Site = field(default_factory=Site)
    events: tuple[dict[str, object], ...] = ()
    ready_s: float | None = None
    conditions: dict[str, object] = field(default_factory=dict)


@dataclass
class Seen:
    """What came of it. changes: (when, what)."""

    changes: list[tuple[float, Change]]
    food: Food
    watch: Watch
    executive: Executive
    planned: Schedule

    def kinds(self) -> set[Kind]:
        return {parting.kind for _, change in self.changes for parting in change.why}

    def first(self, kind: Kind) -> Change:
        return next(c for _, c in self.changes if kind in {p.kind for p in c.why})

    @property
    def served_s(self) -> float:
        assert self.executive.log.served_s is not None
        return self.executive.log.served_s


def by_rule(conditions: Conditions) -> Schedule:
    return programme(PRODUCT, conditions)


def cooked(pot: Pot, *, ask=by_rule, wishes=(), acts: bool = True) -> Seen:
    """Cook it. wishes: (when, arguments of Watch.wish); acts: whether changes reach the board."""
    dish = PRODUCT.dish(pot.dish)
    conditions = Conditions.of(dish, pot.dry_g, texture=pot.texture)
    planned = programme(PRODUCT, conditions)
    load = Load(pot.dry_g, pot.water * dish.water_g(pot.dry_g, conditions.texture))
    board = FastBoard()
    board.load(Scenario(dish_by_id(pot.dish), load, pot.site, cooker_of(None)))
    for event in pot.events:
        board.play(event)
    conditions = replace(conditions, **pot.conditions)
    executive = Executive(board, board)
    executive.begin(planned, forecast(PRODUCT, conditions, planned).phase_s)
    watch = Watch(PRODUCT, conditions, planned, ask, dry_g=pot.dry_g, ready_s=pot.ready_s)
    changes, wishes = [], list(wishes)
    while executive.log.served_s is None and not executive.is_over:
        while wishes and wishes[0][0] <= board.now_s():
            watch.wish(**wishes.pop(0)[1])
        sample = executive.look()
        change = watch.see(sample, executive.schedule) if sample else None
        if change is not None and acts:
            changes.append((board.now_s(), change))
            executive.revise(change.schedule, change.phase_s)
        board.sleep(executive.period_s())
    return Seen(changes, board.food(), watch, executive, planned)


def minutes_of(schedule: Schedule, kind: PhaseKind) -> float:
    return sum(p.duration_s for p in schedule if p.kind is kind) / 60


def ready_after(pot: Pot) -> float:
    """When an undisturbed cook of it is ready, s."""
    return cooked(pot, acts=False).served_s
