"""What the board and the executive know, as a request says it; and what the board's events tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wenhuo.executive.board_client import BoardEvent, Telemetry
from wenhuo.executive.executive import Executive
from wenhuo.executive.records import Happening, Sample
from wenhuo.memory.cooks import Cook
from wenhuo.schedule import PhaseKind

_APPLIED_SLACK_S = 1.0
_STAMP = 1 << 30  # board events count ms modulo this
# What a board does that nobody told it to, as far as the memory knows.
_FOREIGN = {"fault": "fault", "cooking": "cooking", "paused": "paused"}


def idle_state(seen: Telemetry | None) -> dict[str, Any]:
    """No cook of ours is on."""
    return {"mode": _FOREIGN.get(seen.state, "idle") if seen else "idle"}


def cook_state(cook: Cook, executive: Executive, now: float) -> dict[str, Any]:
    """The cook that is on (request.schema.json, state). now: s since 1970."""
    sample = executive.last
    phase = executive.schedule[0].kind if executive.schedule else None
    mode, ago_s = "waiting" if phase is PhaseKind.WAIT else "cooking", 0.0
    if sample is not None:
        mode = sample.state.mode or mode
        phase = sample.kind or phase
        ago_s = max(0.0, now - cook.ordered_at - sample.t_s)
    return {
        "mode": mode,
        "dish": cook.dish,
        "phase": phase.value if phase else None,
        "elapsed_s": round(max(0.0, now - cook.ordered_at), 1),
        "remaining_s": round(max(0.0, executive.remaining_s() - ago_s), 1),
        "ready_at": cook.about.get("ready_at"),
        "texture": cook.about.get("texture"),
        "dry_g": cook.about.get("dry_g"),
    }


def readings(
    seen: Telemetry | None, last: Sample | None, altitude_m: float | None
) -> dict[str, Any]:
    """What is known of the sensors (request.schema.json): a running cook's are fresher."""
    known: dict[str, Any] = {"altitude_m": altitude_m}
    if seen is not None:
        known |= {"lid_closed": seen.lid_closed, "pot_present": seen.pot_present}
    latest = last or seen
    if latest is not None:
        known |= {
            "bottom_c": latest.bottom_c,
            "lid_c": latest.lid_c,
            "mains_v": latest.mains_v,
        }
    return {key: value for key, value in known.items() if value is not None}


def replaced_since(since: float, events: Sequence[BoardEvent], seen: Telemetry, now: float) -> bool:
    """Whether the board took another schedule after that moment. since, now: s since 1970."""
    replaced = [event for event in events if event.kind == Happening.REPLACED]
    ages_s = [((seen.t_ms - event.t_ms) % _STAMP) / 1000 for event in replaced]
    return any(now - age_s >= since - _APPLIED_SLACK_S for age_s in ages_s)
