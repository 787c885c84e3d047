"""The daemon's loop: words when they come, looks at the board, timers, the watchdog's sign."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from wenhuo.agent import replies
from wenhuo.agent.planner import Planned, Planner, Understood
from wenhuo.boards import Product
from wenhuo.daemon import notify
from wenhuo.daemon.config import Config
from wenhuo.daemon.news import News
from wenhuo.daemon.pot import BoardPot
from wenhuo.daemon.times import Time
from wenhuo.daemon.watcher import Watcher
from wenhuo.daemon.watching import Watching
from wenhuo.daemon.wire import Wire
from wenhuo.daemon.words import Words
from wenhuo.dialogue.dialogue import Dialogue
from wenhuo.dialogue.ports import Said
from wenhuo.intent import Intent
from wenhuo.memory import Memory

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT_S = 60.0
_FRESH_S = 5.0  # readings older than this are taken anew before words are planned with


class ThreadMind:
    """The planner in a thread of its own, so that a model that hangs holds up nothing else."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")

    @property
    def product(self) -> Product:
        """What it plans for."""
        return self._planner.product

    async def understand(self, request: Mapping[str, Any]) -> Understood:
        """What words mean by themselves."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._planner.understand, request)

    async def carry_out(self, request: Mapping[str, Any], intent: Intent) -> Planned:
        """A plan for what was meant."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._planner.carry_out, request, intent)

    def close(self) -> None:
        """End the thread, and the model."""
        self._planner.close()
        self._thread.shutdown(cancel_futures=True)


class Service:
    """The daemon. `run` ends after `stop`."""

    def __init__(
        self,
        config: Config,
        *,
        memory: Memory,
        planner: Planner,
        wire: Wire,
        time: Time,
        watcher: Watcher | None = None,
    ) -> None:
        self._config = config
        self._memory = memory
        self._time = time
        self._mind = ThreadMind(planner)
        self._pot = BoardPot(
            memory,
            wire,
            time,
            finish_alone=config.product.finish_without_host,
            altitude_m=config.altitude_m,
            tell=self._news,
            watcher=watcher or Watching(config.product, planner.model, memory, time),
        )
        self._dialogue = Dialogue(memory, self._mind, self._pot)
        self._words = Words(config.socket, self._handle)
        self._wake = asyncio.Event()
        self._stopping = False
        self._looked_s = float("-inf")

    async def run(self) -> None:
        """Serve until stopped. Raises DaemonError where the socket cannot be had."""
        await self._look()  # a cook that is on is taken up before anybody speaks of it
        await self._words.open()
        notify.notify(notify.READY)
        _LOG.info("listening at %s", self._config.socket)
        try:
            while not self._stopping:
                notify.notify(notify.ALIVE)
                self._wake.clear()
                await self._time.wait(self._due_s(), self._wake)
                await self._do_due()
        finally:
            notify.notify(notify.STOPPING)
            await self._words.close()
            await self._pot.close()
            self._mind.close()
            self._memory.close()

    def stop(self) -> None:
        """End `run`; the board cooks on by itself."""
        self._stopping = True
        self._wake.set()

    def _due_s(self) -> float:
        """When something is to be done next, by the clock of `now_s`."""
        now_s = self._time.now_s()
        due_s = min(self._pot.next_look_s, now_s + _LONGEST_WAIT_S)
        for timer in self._memory.timers()[:1]:
            due_s = min(due_s, now_s + timer.due_at - self._time.wall().timestamp())
        sign_s = notify.watchdog_s()
        return due_s if sign_s is None else min(due_s, now_s + sign_s / 2)

    async def _do_due(self) -> None:
        if self._time.now_s() >= self._pot.next_look_s:
            await self._look()
        now = self._time.wall().timestamp()
        for timer in self._memory.timers():
            if timer.due_at <= now:
                self._memory.timer_rung(timer.id, now)
                self._tell("timer", replies.say("timer_rings", timer.lang), timer.speaker)

    async def _look(self) -> None:
        await self._pot.look()
        self._looked_s = self._time.now_s()

    async def _handle(self, message: dict[str, Any]) -> dict[str, Any]:
        """Words, or the question how it stands."""
        if "state" in message:
            return {
                "state": self._pot.state(),
                "sensors": self._pot.sensors(),
                "plan": self._pot.plan(),
            }
        if self._time.now_s() - self._looked_s > _FRESH_S:
            await self._look()
        said = Said(
            message["say"], self._time.wall(), message.get("speaker", ""), message.get("id")
        )
        answer = await self._dialogue.hear(said)
        self._wake.set()  # there may be a new timer, or a cook to look at
        _LOG.info("%s %r -> %s", said.speaker or "somebody", said.text, answer.tool)
        return {"id": message.get("id"), "reply": answer.reply, "tool": answer.tool}

    def _news(self, news: News) -> None:
        lang = news.cook.about.get("lang") or self._config.language
        dish = self._config.product.menu.get(news.cook.dish or "")
        name = replies.dish_name(dish, lang) if dish else ""
        left_s = self._pot.state().get("remaining_s")
        left = replies.length_words(timedelta(seconds=left_s), lang) if left_s else None
        said = replies.say(f"news_{news.kind}", lang, dish=name, why=news.detail, left=left)
        self._tell(news.kind, said, news.cook.speaker)

    def _tell(self, kind: str, said: str, speaker: str) -> None:
        at: datetime = self._time.wall()
        self._words.tell({"news": said, "kind": kind, "for": speaker, "at": at.isoformat()})
        _LOG.info("news %s: %s", kind, said)
