"""A cook on the rig under watch, as wenhuod watches every cook on an appliance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wenhuo.agent import Planner
from wenhuo.agent.facts import menu_dry_g
from wenhuo.agent.watch import Watch, sentence
from wenhuo.agent.watch.asking import by_model
from wenhuo.agent.watch.remains import left_of
from wenhuo.boards import Product
from wenhuo.errors import LinkError
from wenhuo.executive.executive import Executive
from wenhuo.executive.records import BoardState, Sample
from wenhuo.intent import Texture
from wenhuo.schedule import PhaseKind, read_schedule
from wenhuo_tools.planning import plan_conditions


class Watching:
    """One cook's watch and what it changed. Times are the executive's clock's, from `now` on."""

    def __init__(
        self,
        product: Product,
        planner: Planner,
        plan: Mapping[str, Any],
        request: Mapping[str, Any],
        now: datetime,
    ) -> None:
        """plan: of a cook; request: that it was made for; now: when the clock was at 0."""
        self._lang, self._now = plan["lang"], now
        schedule = read_schedule(plan["schedule"])
        conditions = plan_conditions(plan, request)
        self._watch = Watch(
            product,
            conditions,
            tuple(phase for phase in schedule if phase.kind is not PhaseKind.WAIT),
            by_model(planner.model),
            dry_g=menu_dry_g(product.dish(conditions.dish), plan),
            ready_s=self._from_now_s(plan["ready_at"]) if not plan["late_s"] else None,
        )

    def see(self, sample: Sample, executive: Executive) -> str | None:
        """Take a look; where the pot parts from the plan, the board gets another schedule, and what
        was done and why is returned in words."""
        running = executive.schedule
        change = self._watch.see(sample, running)
        if change is None:
            return None
        try:
            executive.revise(change.schedule, change.phase_s)
        except LinkError:  # the next look makes it again
            self._watch.undelivered()
            return None
        return sentence(change, left_of(running, sample), self._lang)

    def adjusted(self, adjust: Mapping[str, Any], texture: Texture | None, sample: Sample) -> bool:
        """Somebody wants another texture or time. Returns whether the watch alone sees to it; more
        time, another fire and a cook that still waits are in the schedule that was planned."""
        ready_s = self._from_now_s(adjust["ready_at"])
        wished = bool(adjust["texture"]) or ready_s is not None
        if wished:
            self._watch.wish(texture=texture if adjust["texture"] else None, ready_s=ready_s)
        in_schedule = bool(adjust["extra_min"] or adjust["power"])
        return wished and not in_schedule and sample.state is not BoardState.WAITING

    def took(self, plan: Mapping[str, Any]) -> None:
        """The board was given the schedule of this plan."""
        self._watch.took(read_schedule(plan["schedule"]))

    def _from_now_s(self, moment: str | None) -> float | None:
        if moment is None:
            return None
        return (datetime.fromisoformat(moment) - self._now).total_seconds()
