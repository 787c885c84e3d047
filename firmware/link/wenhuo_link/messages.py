"""The messages in words: names, fields and units, for the host; a board carries the formats only.

The dictionary's hash stands for all of it: the image of a board is built with it, and host and
board compare it when they connect.
"""

import binascii

from . import protocol as p

# What small ints on the wire are called: the index in these tuples. Phases as in plan.schema.json.
PHASE_KINDS = ("wait", "soak", "heat", "boil", "simmer", "steam", "dry", "rest", "keep_warm")
UNTIL = ("time", "temp", "boil", "dry")
STATES = ("idle", "cooking", "paused", "done", "fault", "manual")
STATUSES = ("ok", "bad_state", "bad_value", "bad_crc", "fault_latched", "unknown", "not_ready")
RESET_CAUSES = ("unknown", "power_on", "reset_pin", "watchdog", "soft", "brown_out")
EVENTS = ("started", "phase_ended", "finished", "paused", "resumed", "cancelled", "fault",
          "replaced", "lid_opened", "lid_closed", "pot_out", "pot_in",
          "warning", "cut_resumed", "cut_refused")  # fmt: skip
REASONS = ("none", "time", "temp", "boil", "dry", "limit")

_PHASE_FIELDS = (
    ("index", "from 0"),
    ("kind", "PHASE_KINDS"),
    ("until", "UNTIL"),
    ("target_cc", "centi-C"),
    ("power_permille", "permille"),
    ("duration_s", "s"),
)

# Each row: id, name, fields with their units.
MESSAGES: "tuple[tuple[int, str, tuple[tuple[str, str], ...]], ...]" = (
    (p.GET_IDENT, "GET_IDENT", ()),
    (p.GET_LIMITS, "GET_LIMITS", ()),
    (p.GET_TELEMETRY, "GET_TELEMETRY", ()),
    (p.GET_FAULT, "GET_FAULT", ()),
    (p.GET_EVENT, "GET_EVENT", (("index", "count from 0"),)),
    (p.HEARTBEAT, "HEARTBEAT", ()),
    (
        p.SCHED_BEGIN,
        "SCHED_BEGIN",
        (("cook_id", "host's number"), ("count", "phases"), ("mode", "MODE_*")),
    ),
    (p.SCHED_PHASE, "SCHED_PHASE", _PHASE_FIELDS),
    (p.SCHED_COMMIT, "SCHED_COMMIT", (("crc", "CRC-32 of the phases"),)),
    (p.START, "START", (("cook_id", "as in SCHED_BEGIN"),)),
    (p.PAUSE, "PAUSE", ()),
    (p.RESUME, "RESUME", ()),
    (p.CANCEL, "CANCEL", ()),
    (p.HEAT, "HEAT", (("power_permille", "permille"), ("lease_ms", "ms"))),
    (p.CLEAR_FAULT, "CLEAR_FAULT", ()),
    (p.GET_HEALTH, "GET_HEALTH", ()),
    (p.ACK, "ACK", (("type", "message id"), ("status", "STATUSES"))),
    (
        p.IDENT,
        "IDENT",
        (
            ("version", "protocol"),
            ("dictionary", "CRC-32"),
            ("limits", "CRC-32"),
            ("fw_major", ""),
            ("fw_minor", ""),
            ("fw_patch", ""),
            ("reset_cause", "RESET_CAUSES"),
            ("max_phases", ""),
            ("product", "ASCII, zero-filled"),
        ),
    ),
    (
        p.LIMITS,
        "LIMITS",
        (
            ("bottom_max_cc", "centi-C"),
            ("lid_max_cc", "centi-C"),
            ("max_lease_ms", "ms"),
            ("max_heat_min", "min"),
            ("window_ms", "ms"),
            ("rated_w", "W"),
        ),
    ),
    (
        p.TELEMETRY,
        "TELEMETRY",
        (
            ("t_ms", "ms since start, wraps at 2^30"),
            ("cook_id", ""),
            ("state", "STATES"),
            ("phase", "index, NO_PHASE for none"),
            ("phase_elapsed_s", "s"),
            ("total_elapsed_s", "s"),
            ("bottom_cc", "centi-C"),
            ("lid_cc", "centi-C"),
            ("setpoint_cc", "centi-C"),
            ("duty_permille", "permille"),
            ("energy_j", "J"),
            ("mains_dv", "0.1 V"),
            ("heater_ma", "mA"),
            ("flags", "FLAG_*"),
            ("fault", "faults.py"),
            ("events", "number so far, modulo 2^16"),
            ("plateau_cc", "centi-C, boiling plateau of the bottom"),
        ),
    ),
    (
        p.FAULT,
        "FAULT",
        (("code", "faults.py"), ("t_ms", "ms"), ("value", "reading"), ("phase", "index")),
    ),
    (
        p.EVENT,
        "EVENT",
        (
            ("index", "count from 0"),
            ("t_ms", "ms"),
            ("kind", "EVENTS"),
            ("phase", "index"),
            ("reason", "REASONS, or the code for a fault or warning"),
            ("bottom_cc", "centi-C"),
            ("lid_cc", "centi-C"),
            ("phase_elapsed_s", "s"),
        ),
    ),
    (
        p.HEALTH,
        "HEALTH",
        (
            ("heap_free", "bytes"),
            ("flash_writes", "of the progress, in this board's life"),
            ("late_max_ms", "ms, the latest tick since start"),
            ("bad_frames", "since start"),
            ("flash_rounds", "self-tests of all files since start"),
            ("chip_c", "C"),
        ),
    ),
)

NAMES: "dict[int, str]" = {row[0]: row[1] for row in MESSAGES}


def dictionary_text() -> str:
    """The whole dictionary as one line; two sides that agree on it understand each other."""
    parts = [str(p.VERSION), str(p.MAX_PHASES), str(p.MAX_LEASE_MS)]
    for kind, name, fields in MESSAGES:
        named = ",".join([field + ":" + unit for field, unit in fields])
        parts.append(f"{kind} {name} {p.FORMATS[kind]} {named}")
    words = (PHASE_KINDS, UNTIL, STATES, STATUSES, EVENTS, REASONS, RESET_CAUSES)
    return ";".join(parts + [",".join(names) for names in words])


def dictionary_hash() -> int:
    """CRC-32 of `dictionary_text`; compared when host and board connect."""
    return binascii.crc32(dictionary_text().encode()) & 0xFFFFFFFF
