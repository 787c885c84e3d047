"""What systemd is told: that we are ready, that we live, that we stop.

sd_notify is one datagram to a socket named in the environment; a package for it would be one more
thing to audit on a device that heats.
"""

from __future__ import annotations

import os
import socket

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


def notify(state: str) -> bool:
    """Tell the service manager; whether there was one to tell."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
            manager.sendto(state.encode(), name)
    except OSError:
        return False  # a manager that has gone must not stop a cook
    return True


def watchdog_s() -> float | None:
    """How often at least to say that we live, s; None where nobody wants to know."""
    period_us, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not period_us.isdecimal() or (pid.isdecimal() and int(pid) != os.getpid()):
        return None
    return int(period_us) / 1e6
