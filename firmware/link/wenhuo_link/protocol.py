"""What host and power board say to each other: ONE table, from which both sides pack and unpack.

The host asks, the board answers with the same sequence number; the board never speaks unasked.
Temperatures are centi-degrees Celsius (cc), power is permille of full duty, OFF_CC means "heater
off" as a set-point and "not known" as a reading.
"""

import binascii
import struct

VERSION = 2
MAX_PHASES = 24
MAX_LEASE_MS = 3000
OFF_CC = 32767
NO_PHASE = 255

# Small ints on the wire are the index in these tuples; names and order as in plan.schema.json.
PHASE_KINDS = ("wait", "soak", "heat", "boil", "simmer", "steam", "dry", "rest", "keep_warm")
UNTIL = ("time", "temp", "boil", "dry")
KIND_WAIT, KIND_SOAK, KIND_HEAT, KIND_BOIL, KIND_SIMMER = 0, 1, 2, 3, 4
KIND_STEAM, KIND_DRY, KIND_REST, KIND_KEEP_WARM = 5, 6, 7, 8
UNTIL_TIME, UNTIL_TEMP, UNTIL_BOIL, UNTIL_DRY = 0, 1, 2, 3

STATES = ("idle", "cooking", "paused", "done", "fault", "manual")
ST_IDLE, ST_COOKING, ST_PAUSED, ST_DONE, ST_FAULT, ST_MANUAL = 0, 1, 2, 3, 4, 5

# Answers to a command (ACK.status).
STATUSES = ("ok", "bad_state", "bad_value", "bad_crc", "fault_latched", "unknown", "not_ready")
OK, BAD_STATE, BAD_VALUE, BAD_CRC, FAULT_LATCHED, UNKNOWN, NOT_READY = 0, 1, 2, 3, 4, 5, 6

RESET_CAUSES = ("unknown", "power_on", "reset_pin", "watchdog", "soft", "brown_out")
RESET_BY_POWER, RESET_BY_WATCHDOG = 1, 3

# EVENT.kind and EVENT.reason. "limit": a phase whose `until` was not seen within its longest time.
# cut_*: after a power cut the board went on by itself, or left it to the host.
EVENTS = ("started", "phase_ended", "finished", "paused", "resumed", "cancelled", "fault",
          "replaced", "lid_opened", "lid_closed", "pot_out", "pot_in",
          "warning", "cut_resumed", "cut_refused")  # fmt: skip
EV_STARTED, EV_PHASE_ENDED, EV_FINISHED, EV_PAUSED, EV_RESUMED, EV_CANCELLED = 0, 1, 2, 3, 4, 5
EV_FAULT, EV_REPLACED, EV_LID_OPENED, EV_LID_CLOSED, EV_POT_OUT, EV_POT_IN = 6, 7, 8, 9, 10, 11
EV_WARNING, EV_CUT_RESUMED, EV_CUT_REFUSED = 12, 13, 14
REASONS = ("none", "time", "temp", "boil", "dry", "limit")
RE_NONE, RE_TIME, RE_TEMP, RE_BOIL, RE_DRY, RE_LIMIT = 0, 1, 2, 3, 4, 5

# TELEMETRY.flags
FLAG_LID_CLOSED = 1
FLAG_POT = 2
FLAG_RELAY = 4
FLAG_HEATER = 8
FLAG_BOILING = 16

# SCHED_BEGIN.mode: a new cook; replace from the running phase on, that phase starting afresh; the
# same, but the first new phase carries on with the time the running one has already had.
MODE_NEW, MODE_REPLACE, MODE_REPLACE_KEEP_TIME = 0, 1, 2

TO_BOARD, TO_HOST = 0, 1

GET_IDENT, GET_LIMITS, GET_TELEMETRY, GET_FAULT, GET_EVENT = 1, 2, 3, 4, 5
HEARTBEAT, SCHED_BEGIN, SCHED_PHASE, SCHED_COMMIT = 6, 7, 8, 9
START, PAUSE, RESUME, CANCEL, HEAT, CLEAR_FAULT = 10, 11, 12, 13, 14, 15
GET_HEALTH = 16
ACK, IDENT, LIMITS, TELEMETRY, FAULT, EVENT, HEALTH = 65, 66, 67, 68, 69, 70, 71

# The phase record; the schedule's CRC is CRC-32 over these records, in order, without `index`.
PHASE_FORMAT = "<BBhHI"
_PHASE_FIELDS = (
    ("index", "from 0"),
    ("kind", "PHASE_KINDS"),
    ("until", "UNTIL"),
    ("target_cc", "centi-C"),
    ("power_permille", "permille"),
    ("duration_s", "s"),
)

# id, name, direction, struct format, ((field, unit), ...)
MESSAGES: "tuple[tuple[int, str, int, str, tuple[tuple[str, str], ...]], ...]" = (
    (GET_IDENT, "GET_IDENT", TO_BOARD, "<", ()),
    (GET_LIMITS, "GET_LIMITS", TO_BOARD, "<", ()),
    (GET_TELEMETRY, "GET_TELEMETRY", TO_BOARD, "<", ()),
    (GET_FAULT, "GET_FAULT", TO_BOARD, "<", ()),
    (GET_EVENT, "GET_EVENT", TO_BOARD, "<H", (("index", "count from 0"),)),
    (HEARTBEAT, "HEARTBEAT", TO_BOARD, "<", ()),
    (
        SCHED_BEGIN,
        "SCHED_BEGIN",
        TO_BOARD,
        "<IBB",
        (("cook_id", "host's number"), ("count", "phases"), ("mode", "MODE_*")),
    ),
    (SCHED_PHASE, "SCHED_PHASE", TO_BOARD, "<BBBhHI", _PHASE_FIELDS),
    (SCHED_COMMIT, "SCHED_COMMIT", TO_BOARD, "<I", (("crc", "CRC-32 of the phases"),)),
    (START, "START", TO_BOARD, "<I", (("cook_id", "as in SCHED_BEGIN"),)),
    (PAUSE, "PAUSE", TO_BOARD, "<", ()),
    (RESUME, "RESUME", TO_BOARD, "<", ()),
    (CANCEL, "CANCEL", TO_BOARD, "<", ()),
    (HEAT, "HEAT", TO_BOARD, "<HH", (("power_permille", "permille"), ("lease_ms", "ms"))),
    (CLEAR_FAULT, "CLEAR_FAULT", TO_BOARD, "<", ()),
    (GET_HEALTH, "GET_HEALTH", TO_BOARD, "<", ()),
    (ACK, "ACK", TO_HOST, "<BB", (("type", "message id"), ("status", "STATUSES"))),
    (
        IDENT,
        "IDENT",
        TO_HOST,
        "<HIIBBBBB24s",
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
        LIMITS,
        "LIMITS",
        TO_HOST,
        "<hhHHHH",
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
        TELEMETRY,
        "TELEMETRY",
        TO_HOST,
        "<IIBBIIhhhHIHHBBHh",
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
        FAULT,
        "FAULT",
        TO_HOST,
        "<BIiB",
        (("code", "faults.py"), ("t_ms", "ms"), ("value", "reading"), ("phase", "index")),
    ),
    (
        EVENT,
        "EVENT",
        TO_HOST,
        "<HIBBBhhI",
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
        HEALTH,
        "HEALTH",
        TO_HOST,
        "<IIHHHh",
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

FORMATS: "dict[int, str]" = {row[0]: row[3] for row in MESSAGES}
SIZES: "dict[int, int]" = {row[0]: struct.calcsize(row[3]) for row in MESSAGES}
NAMES: "dict[int, str]" = {row[0]: row[1] for row in MESSAGES}


def dictionary_text() -> str:
    """The whole dictionary as one line; two sides that agree on it understand each other."""
    parts = [str(VERSION), str(MAX_PHASES), str(MAX_LEASE_MS)]
    for row in MESSAGES:
        fields = ",".join([name + ":" + unit for name, unit in row[4]])
        parts.append("%d %s %d %s %s" % (row[0], row[1], row[2], row[3], fields))
    for names in (PHASE_KINDS, UNTIL, STATES, STATUSES, EVENTS, REASONS, RESET_CAUSES):
        parts.append(",".join(names))
    return ";".join(parts)


def dictionary_hash() -> int:
    """CRC-32 of `dictionary_text`; compared when host and board connect."""
    return binascii.crc32(dictionary_text().encode()) & 0xFFFFFFFF


def schedule_crc(records: "bytes | bytearray | memoryview") -> int:
    """CRC-32 over the packed phase records (PHASE_FORMAT), in order."""
    return binascii.crc32(records) & 0xFFFFFFFF
