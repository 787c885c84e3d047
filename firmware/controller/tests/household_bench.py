"""A household on a table: a scripted model, a board made of counters, a clock that a test moves."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from wenhuo.agent.planner import Planner
from wenhuo.boards import load_product
from wenhuo.errors import LinkError, ModelError
from wenhuo.executive.board_client import BoardEvent, BoardIdentity, PowerBoard, Telemetry
from wenhuo.intent import Action, Intent, Reason
from wenhuo.language.answer import PLAN, intent_tokens
from wenhuo.llm.generation import About, Generation, Speed

PRODUCT = load_product()
NOW = datetime.fromisoformat("2026-11-23T18:00:00+08:00")
NOTHING = Intent(Action.REFUSE, Reason.NOTHING_RUNNING)
_PLANNED = (Action.COOK, Action.ADJUST, Action.KEEP_WARM)


class ScriptedModel:
    """Understands what a test taught it, by words and whether a cook is on; its schedules are the
    menu's, since it fails to write any."""

    def __init__(self, idle: dict[str, Intent], busy: dict[str, Intent] | None = None) -> None:
        self.idle, self.busy = idle, busy or {}
        self.asked = 0

    def generate(self, prompt, interject=None) -> Generation:
        self.asked += 1
        words = prompt.partition("<|say|>")[2].removesuffix("<|reply|>")
        known = self.idle if "<|mode:idle|>" in prompt else {**self.idle, **self.busy}
        intent = next((i for text, i in known.items() if text == words), NOTHING)
        end = PLAN if intent.action in _PLANNED else "<|end|>"
        return Generation(tokens=[*intent_tokens(intent), end])

    def schedule(self, conditions) -> Generation:
        raise ModelError("it writes no schedules")

    def about(self) -> About:
        return About("scripted")

    def speed(self, prefill: int, decode: int) -> Speed:
        return Speed(1.0, 1.0)


def planner(idle: dict[str, Intent], busy: dict[str, Intent] | None = None) -> Planner:
    return Planner(PRODUCT, ScriptedModel(idle, busy))


class TableBoard(PowerBoard):
    """A board that does as it is told and no more; it can be unplugged."""

    def __init__(self) -> None:
        self.state, self.cook_id, self.phase = "idle", 0, None
        self.uploaded = None
        self.starts = self.replaces = self.cancels = 0
        self.t_ms = 0
        self.told: list[BoardEvent] = []
        self.unplugged = False
        self.phase_s = 0

    def _check(self) -> None:
        if self.unplugged:
            raise LinkError("the board does not answer")

    def connect(self) -> BoardIdentity:
        self._check()
        return BoardIdentity(PRODUCT.id, "0.0.0", 0, 24, "power_on")

    def close(self) -> None:
        """Nothing to close."""

    def upload(self, schedule, cook_id) -> None:
        self._check()
        self.uploaded = (schedule, cook_id)

    def start(self, cook_id) -> None:
        self._check()
        self.state, self.cook_id, self.phase, self.phase_s = "cooking", cook_id, 0, 0
        self.starts += 1
        self.event("started")

    def replace(self, schedule, cook_id) -> None:
        self._check()
        if cook_id != self.cook_id:
            raise LinkError("refused SCHED_BEGIN: bad_state")
        self.uploaded, self.phase = (schedule, cook_id), 0
        self.replaces += 1
        self.event("replaced")

    def pause(self) -> None:
        self._check()
        self.state = "paused"

    def resume(self) -> None:
        self._check()
        self.state = "cooking"

    def cancel(self) -> None:
        self._check()
        self.state, self.phase = "idle", None
        self.cancels += 1

    def clear_fault(self) -> None:
        self._check()
        self.state = "idle" if self.state == "fault" else self.state

    def telemetry(self) -> Telemetry:
        self._check()
        return Telemetry(
            self.t_ms, self.cook_id, self.state, self.phase, self.phase_s, 0, 25.0, 22.0, None,
            0.0, 0, 220.0, True, True, "bottom_open" if self.state == "fault" else None,
            len(self.told),
        )  # fmt: skip

    def events(self, first, count) -> list[BoardEvent]:
        return self.told[first:count]

    def event(self, kind: str) -> None:
        self.told.append(BoardEvent(len(self.told), self.t_ms, kind, self.phase, "none"))

    def power_cut(self) -> None:
        """It forgets everything."""
        self.state, self.cook_id, self.phase, self.told, self.t_ms = "idle", 0, None, [], 0


class HandTime:
    """Time that a test moves (wenhuo.daemon.times.Time)."""

    def __init__(self, board: TableBoard | None = None) -> None:
        self.t_s = 0.0
        self.board = board
        self._moved = asyncio.Event()

    def now_s(self) -> float:
        return self.t_s

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.t_s)

    def move(self, duration_s: float) -> None:
        self.t_s += duration_s
        if self.board is not None:
            self.board.t_ms += round(duration_s * 1000)
        self._moved.set()

    async def wait(self, until_s: float, wake: asyncio.Event) -> None:
        while self.t_s < until_s and not wake.is_set():
            self._moved.clear()
            tasks = [asyncio.ensure_future(e.wait()) for e in (self._moved, wake)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()


def served(memory, cook: int, after_s: float = 3000.0) -> None:
    """The cook became ready and is over."""
    row = memory.cooks.get(cook)
    memory.cooks.seen(cook, [], [], served_s=after_s, events_told=1)
    memory.cooks.end(cook, "done", row.ordered_at + after_s)
