"""`wenhuod`, or python -m wenhuo.daemon: read the configuration and serve until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from wenhuo.agent.planner import Planner
from wenhuo.daemon.config import DEFAULT_CONFIG, Config, read_config
from wenhuo.daemon.mqtt import Bridge
from wenhuo.daemon.mqtt_account import account_file, read_account
from wenhuo.daemon.service import Service
from wenhuo.daemon.times import MachineTime
from wenhuo.daemon.wire import Wire
from wenhuo.errors import ConfigError, WenhuoError
from wenhuo.executive.board_client import PowerBoard
from wenhuo.executive.clock import RealClock
from wenhuo.memory import Memory


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the daemon. Exit codes: 0 told to stop, 1 known failure, 2 wrong usage or configuration,
    3 the socket is taken."""
    parser = argparse.ArgumentParser(
        prog="wenhuod", description="Wenhuo's controller: speak to it with `wenhuo say`."
    )
    parser.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="TOML; see the README"
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        asyncio.run(_serve(read_config(options.config)))
    except WenhuoError as error:
        sys.stderr.write(f"wenhuod: {' '.join(str(error).split())}\n")
        return error.exit_code
    return 0


async def _serve(config: Config) -> None:
    memory = Memory.open(config.state_dir)
    planner = Planner.load(config.product.id, config.model_dir)
    clock, baud = RealClock(), config.product.power_board.baud
    wire = Wire(lambda: PowerBoard.open(config.port, clock, baud), config.board)
    service = Service(
        config, memory=memory, planner=planner, wire=wire, time=MachineTime(config.time_zone)
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop)
    bridge = _bridge(config)
    talking = asyncio.create_task(bridge.run()) if bridge else None
    try:
        await service.run()
    finally:
        if talking is not None:
            talking.cancel()
            with suppress(asyncio.CancelledError):
                await talking


def _bridge(config: Config) -> Bridge | None:
    """The bridge to a broker; None where no account was provisioned. A wrong one is told and left
    alone: the cooker must cook without it."""
    try:
        account = read_account(account_file(config.mqtt))
        return Bridge(account, config.socket) if account is not None else None
    except ConfigError as error:
        logging.getLogger(__name__).error("mqtt: off: %s", error)
        return None


if __name__ == "__main__":
    sys.exit(main())
