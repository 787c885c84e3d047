"""A pot that does as planned, and the planner asked at once: what sessions are scored with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from wenhuo.agent.planner import Planned, Planner, Understood
from wenhuo.boards import Product
from wenhuo.intent import Intent
from wenhuo.memory import Memory
from wenhuo.memory.cooks import CANCELLED, COOKING, PAUSED, Cook
from wenhuo.schedule import PhaseKind


class DirectMind:
    """The planner, asked in this thread."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    @property
    def product(self) -> Product:
        """What it plans for."""
        return self._planner.product

    async def understand(self, request: Mapping[str, Any]) -> Understood:
        """What words mean by themselves."""
        return self._planner.understand(request)

    async def carry_out(self, request: Mapping[str, Any], intent: Intent) -> Planned:
        """A plan for what was meant."""
        return self._planner.carry_out(request, intent)


class PretendPot:
    """A cooker in which every phase lasts as long as forecast. `pass_time` lets time pass."""

    def __init__(self, memory: Memory, now: datetime) -> None:
        self._memory = memory
        self.now = now
        self._cook: Cook | None = None
        self._index = 0
        self._spent_s = 0.0
        self._paused = False

    def pass_time(self, duration_s: float) -> None:
        """Cook on."""
        self.now += timedelta(seconds=duration_s)
        left_s = 0.0 if self._paused else duration_s
        while self._cook is not None and left_s > 0:
            phase_s = self._cook.phase_s[self._index] - self._spent_s
            step_s = min(left_s, phase_s)
            self._spent_s += step_s
            left_s -= step_s
            if step_s == phase_s:
                self._next(self._cook, left_s)

    def _next(self, cook: Cook, ago_s: float) -> None:
        self._index, self._spent_s = self._index + 1, 0.0
        over = self._index == len(cook.schedule)
        at = self.now.timestamp() - ago_s
        if over or cook.schedule[self._index].kind is PhaseKind.KEEP_WARM:
            row = self._memory.cooks.get(cook.id)
            served_s = at - cook.ordered_at if row.served_s is None else row.served_s
            self._memory.cooks.seen(cook.id, [], [], served_s=served_s, events_told=0)
        if over:
            self._memory.cooks.end(cook.id, "done", at)
            self._cook = None

    async def settle(self) -> str:
        """Do what the memory wants."""
        at = self.now.timestamp()
        cooks = self._memory.cooks.open()
        latest = cooks[-1] if cooks else None
        for cook in cooks[:-1]:
            self._memory.cooks.end(cook.id, "cancelled", at)
        if latest is not None and latest.wanted == CANCELLED:
            self._memory.cooks.end(latest.id, "cancelled", at)
            latest = None
        fresh = self._cook is None or latest is None or self._cook.id != latest.id
        if fresh or (latest is not None and latest.revised_at is not None):
            self._index, self._spent_s = 0, 0.0
        self._cook = latest
        if latest is not None:
            self._paused = latest.wanted == PAUSED
            if latest.began_at is None:
                self._memory.cooks.begun(latest.id, at)
            self._memory.cooks.revised(latest.id)
        return "ok"

    async def stop(self) -> str:
        """There is nothing on that the memory does not know of."""
        return "ok"

    def state(self) -> dict[str, Any]:
        """As a request says it."""
        cook = self._cook
        if cook is None:
            return {"mode": "idle"}
        kind = cook.schedule[self._index].kind
        mode = {PhaseKind.WAIT: "waiting", PhaseKind.KEEP_WARM: "keep_warm"}.get(kind, COOKING)
        left = [
            length_s
            for phase, length_s in zip(cook.schedule, cook.phase_s, strict=True)
            if phase.kind is not PhaseKind.KEEP_WARM
        ][self._index :]
        return {
            "mode": "paused" if self._paused else mode,
            "dish": cook.dish,
            "phase": kind.value,
            "elapsed_s": self.now.timestamp() - cook.ordered_at,
            "remaining_s": max(0.0, sum(left) - self._spent_s),
            "ready_at": cook.about["ready_at"],
            "texture": cook.about["texture"],
            "dry_g": cook.about["dry_g"],
        }

    def sensors(self) -> dict[str, Any]:
        """None has been read."""
        return {}
