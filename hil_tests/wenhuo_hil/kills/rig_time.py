"""A daemon whose time is the rig's: run as a program by the killer, and killed by it.

It is the daemon itself (wenhuo.daemon) with its own link, memory, model and socket; only its clock
is the plant's, so that a night passes in seconds and every run is the same.

    → {"until": 120.5}   the daemon has nothing to do before that moment
    ← {"now": 60.0}      it is that late now
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from wenhuo.agent.planner import Planner
from wenhuo.daemon.config import read_config
from wenhuo.daemon.service import Service
from wenhuo.daemon.wire import Wire
from wenhuo.executive.board_client import PowerBoard
from wenhuo.executive.clock import RealClock
from wenhuo.memory import Memory


class RigTime:
    """The rig's time (wenhuo.daemon.times.Time). began: the wall's clock when the rig was at 0."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        now_s: float,
        began: datetime,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._now_s = now_s
        self._began = began
        self._granted = asyncio.Event()
        self._ear = asyncio.ensure_future(self._hear())

    def now_s(self) -> float:
        """Rig time."""
        return self._now_s

    def wall(self) -> datetime:
        """The household's clock."""
        return self._began + timedelta(seconds=self._now_s)

    async def wait(self, until_s: float, wake: asyncio.Event) -> None:
        """Let the rig's time pass until then, or until woken."""
        self._granted.clear()
        self._writer.write(json.dumps({"until": until_s}).encode() + b"\n")
        await self._writer.drain()
        both = [asyncio.ensure_future(event.wait()) for event in (self._granted, wake)]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _hear(self) -> None:
        while line := await self._reader.readline():
            self._now_s = json.loads(line)["now"]
            self._granted.set()


async def _serve(options: argparse.Namespace) -> None:
    config = read_config(options.config)
    reader, writer = await asyncio.open_unix_connection(options.time)
    time = RigTime(reader, writer, options.now, datetime.fromisoformat(options.began))
    clock, baud = RealClock(), config.product.power_board.baud
    service = Service(
        config,
        memory=Memory.open(config.state_dir),
        planner=Planner.load(config.product.id, config.model_dir),
        wire=Wire(lambda: PowerBoard.open(config.port, clock, baud), config.board),
        time=time,
    )
    await service.run()


def main() -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_hil.kills.rig_time")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--time", required=True, help="socket of the rig's time")
    parser.add_argument("--now", type=float, required=True, help="rig time at the start, s")
    parser.add_argument("--began", required=True, help="the wall's clock at rig time 0")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    asyncio.run(_serve(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
