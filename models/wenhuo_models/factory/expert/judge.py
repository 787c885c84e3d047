"""A schedule served: what became of the food, and how a planner does over many cooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from wenhuo.boards import load_product
from wenhuo.conditions import Conditions, Known
from wenhuo.errors import EnvelopeError, LanguageError
from wenhuo.planning import envelope
from wenhuo.planning.estimate import time_to_ready_s
from wenhuo.planning.programme import programme
from wenhuo.schedule import Phase, PhaseKind, Schedule
from wenhuo_models.factory.expert.cooks import Cook
from wenhuo_tools.tune import DONENESS_MIN, SCORCH_MAX, TEXTURE_ERROR_MAX
from wenhuo_tools.twin.batch import run_schedule
from wenhuo_tools.twin.params import Cooker
from wenhuo_tools.twin.plant import cooker_of

ON_TIME_S = 180.0
NO_BOILOVER_G = 0.05  # 0.0 g as it is written
SAFE_WARM_C = 60.0  # growth of Bacillus cereus stops at 55, WAC's holding rule is 57 to 60
TRACE_S = 60.0

Planner = Callable[[Conditions], Schedule]
"""Raises LanguageError where it has no schedule to offer."""


@dataclass(frozen=True, slots=True)
class Served:
    """One cook as it was served.

    off_s: ready later (+) or earlier (-) than the controller said. feasible: a deadline was set and
    could be met. coolest_warm_c: the food's core while kept warm, None where it was not. refused:
    what the envelope said to the planner's schedule (the menu's was cooked then), or "".
    """

    cook: Cook
    doneness: float
    texture_error: float
    boilover_g: float
    scorch: float
    energy_wh: float
    off_s: float
    feasible: bool
    coolest_warm_c: float | None
    refused: str = ""

    @property
    def right(self) -> bool:
        """Done and on texture."""
        return self.doneness >= DONENESS_MIN and self.texture_error <= TEXTURE_ERROR_MAX

    @property
    def clean(self) -> bool:
        """Nothing boiled over."""
        return self.boilover_g < NO_BOILOVER_G

    @property
    def scorched(self) -> bool:
        """Browner than it should be."""
        return self.scorch > SCORCH_MAX

    @property
    def on_time(self) -> bool:
        """Ready within 3 min of what was said."""
        return abs(self.off_s) <= ON_TIME_S

    @property
    def warm_safe(self) -> bool:
        """Never lukewarm while kept warm."""
        return self.coolest_warm_c is None or self.coolest_warm_c >= SAFE_WARM_C


@cache
def _cooker(product_id: str) -> Cooker:
    return cooker_of(product_id)


@lru_cache(maxsize=4096)
def _expected_s(product_id: str, conditions: Conditions, known: Known, phases: Schedule) -> float:
    return time_to_ready_s(phases, load_product(product_id), conditions, known)


def serve(cook: Cook, schedule: Schedule) -> Served:
    """Cook it: the wait filled in as the controller does it, from its own estimate.

    A wait is cut at what food safety allows. Raises ValueError for a schedule without phases.
    """
    phases = tuple(phase for phase in schedule if phase.kind is not PhaseKind.WAIT)
    expected_s = _expected_s(cook.product_id, cook.conditions, cook.known, phases)
    wait_s = 0
    feasible = False
    if cook.deadline_s is not None:
        spare_s = cook.deadline_s - expected_s
        feasible = 0 <= spare_s <= cook.raw_hold_s
        wait_s = round(min(max(spare_s, 0.0), cook.raw_hold_s))
    timed = (Phase(PhaseKind.WAIT, None, 0, wait_s), *phases) if wait_s else phases
    warm = phases[-1].kind is PhaseKind.KEEP_WARM
    result = run_schedule(
        _cooker(cook.product_id),
        cook.conditions.dish,
        cook.load,
        cook.site,
        timed,
        trace_s=TRACE_S if warm else None,
    )
    coolest = None
    if result.trace is not None:
        held = result.trace[result.trace["phase"] == len(timed) - 1]
        coolest = float(held["core_c"].min()) if len(held) else None
    food = result.served
    return Served(
        cook=cook,
        doneness=food.doneness,
        texture_error=food.texture_error[cook.conditions.texture],
        boilover_g=food.boilover_g,
        scorch=food.scorch,
        energy_wh=food.energy_wh,
        off_s=result.served_s - wait_s - expected_s,
        feasible=feasible,
        coolest_warm_c=coolest,
    )


def judge_schedules(make: Planner, cooks: Iterable[Cook], *, guarded: bool = True) -> list[Served]:
    """Each cook by the schedule that `make` gives for its conditions.

    guarded: as on the device, the menu's programme stands in for a schedule that is missing or that
    the envelope refuses (and `refused` says why); unguarded: cooked whatever the envelope says, as
    a plain cooker would.
    """
    return [_judged(make, cook, guarded) for cook in cooks]


def _judged(make: Planner, cook: Cook, guarded: bool) -> Served:
    product = load_product(cook.product_id)
    try:
        schedule = make(cook.conditions)
        if guarded:
            envelope.check(schedule, product, cook.conditions, cook.known)
    except (EnvelopeError, LanguageError) as error:
        served = serve(cook, programme(product, cook.conditions))
        return replace(served, refused=str(error))
    return serve(cook, schedule)


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over n cooks; on_time of `feasible` deadlines, as_said of all cooks; mean energy."""

    n: int
    right: int
    clean: int
    feasible: int
    on_time: int
    as_said: int
    scorched: int
    warm_unsafe: int
    refused: int
    energy_wh: float


def summary(served: Sequence[Served]) -> Summary:
    """The counts of one planner's cooks. Raises ValueError for none."""
    if not served:
        raise ValueError("no cooks to sum up")
    wished = [one for one in served if one.feasible]
    return Summary(
        n=len(served),
        right=sum(one.right for one in served),
        clean=sum(one.clean for one in served),
        feasible=len(wished),
        on_time=sum(one.on_time for one in wished),
        as_said=sum(one.on_time for one in served),
        scorched=sum(one.scorched for one in served),
        warm_unsafe=sum(not one.warm_safe for one in served),
        refused=sum(bool(one.refused) for one in served),
        energy_wh=sum(one.energy_wh for one in served) / len(served),
    )


def by_dish(served: Sequence[Served]) -> dict[str, Summary]:
    """A summary for each dish, in the menu's order, then for all of them ("all")."""
    groups: dict[str, list[Served]] = {dish: [] for dish in load_product().menu}
    for one in served:
        groups[one.cook.conditions.dish].append(one)
    found = {dish: summary(group) for dish, group in groups.items() if group}
    return {**found, "all": summary(served)}


def table(planners: Mapping[str, Sequence[Served]]) -> list[str]:
    """Several planners on the same cooks as a markdown table, a row for each planner."""
    head = (
        "planner|n|done and on texture|boil-over 0 g|deadline ±3 min|ready ±3 min of what was said"
    )
    head += "|scorched|lukewarm kept warm|refused|energy, Wh"
    lines = [f"| {head.replace('|', ' | ')} |", "|---" * (head.count("|") + 1) + "|"]
    for name, served in planners.items():
        s = summary(served)
        shares = [_share(s.right, s.n), _share(s.clean, s.n), _share(s.on_time, s.feasible)]
        cells = [name, s.n, *shares, _share(s.as_said, s.n), s.scorched, s.warm_unsafe, s.refused]
        lines.append(f"| {' | '.join(str(c) for c in cells)} | {s.energy_wh:.1f} |")
    return lines


def _share(count: int, n: int) -> str:
    return f"{100 * count / n:.1f} % of {n}" if n else "none"
