"""The model's own process: what it can break is itself. Started by wenhuo.llm.guard.

python -m wenhuo.llm.guest '{"socket": 5, "folder": …, …}'
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wenhuo.errors import LanguageError, ModelError
from wenhuo.llm.channel import Channel, ChannelError
from wenhuo.llm.generation import Generator, Writer

_MIB = 1 << 20


def main(load: Callable[[dict[str, Any]], Generator] | None = None) -> int:
    """Load the model, say so, then answer until the host hangs up.

    load: makes another model than ours from the host's arguments (the benchmark's peers).
    """
    given = json.loads(sys.argv[1])
    end = socket.socket(fileno=given["socket"])
    channel = Channel(end)
    _be_a_guest(end)
    try:
        _limit(given)
        begun = time.perf_counter()
        model = (load or _load)(given)
        about = asdict(model.about())
        channel.send({"ready": about | {"load_s": time.perf_counter() - begun}})
        while True:
            _answer(model, channel, channel.receive())
    except ModelError as error:
        channel.send({"error": str(error)})
        return 1
    except MemoryError:
        channel.send(
            {
                "error": f"the model needs more than {given['memory_mb']} MB; raise "
                "model_memory_mb in the controller's file under boards/"
            }
        )
        return 1
    except ChannelError:
        return 0  # the host is gone


def _be_a_guest(end: socket.socket) -> None:
    """First to go when memory is short, deaf to Ctrl-C (the host's to handle), gone with the host
    even in the middle of a calculation."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Path("/proc/self/oom_score_adj").write_text("1000")

    def leave_with_the_host() -> None:
        gone = select.poll()
        gone.register(end, select.POLLRDHUP)
        gone.poll()
        os._exit(0)

    threading.Thread(target=leave_with_the_host, daemon=True).start()


def _limit(given: dict[str, Any]) -> None:
    """Set the limits, before what they are for is imported. Raises ModelError."""
    cap = given["memory_mb"] * _MIB
    resource.setrlimit(resource.RLIMIT_DATA, (cap, cap))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if given["cpus"]:
        try:
            os.sched_setaffinity(0, given["cpus"])
        except OSError as error:
            raise ModelError(
                f"model_cpus {given['cpus']}: {error.strerror}; mend the controller's file"
            ) from error


def _load(given: dict[str, Any]) -> Generator:
    """Ours. The host has checked the folder (guard)."""
    from wenhuo.llm.artifact import read_checked  # noqa: PLC0415
    from wenhuo.llm.engine import Engine  # noqa: PLC0415 - numpy and the library, under the cap

    return Engine.of(read_checked(Path(given["folder"])), given["threads"])


def _answer(model: Generator, channel: Channel, asked: dict[str, Any]) -> None:
    """One line; where the host wants to interject, it is asked in between. Or the bare speed."""

    def interject(names: list[str]) -> list[str] | None:
        channel.send({"asks": names})
        written: list[str] | None = channel.receive()["writes"]
        return written

    if "time" in asked:
        channel.send({"timed": asdict(model.speed(*asked["time"]))})
        return
    try:
        if "conditions" in asked:
            if not isinstance(model, Writer):
                raise LanguageError("this model writes no schedules")
            made = model.schedule(asked["conditions"])
        else:
            made = model.generate(asked["prompt"], interject if asked["interject"] else None)
        channel.send({"made": asdict(made)})
    except LanguageError as error:
        channel.send({"refused": str(error)})


if __name__ == "__main__":
    sys.exit(main())
