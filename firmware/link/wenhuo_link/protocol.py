"""What host and power board say to each other: the formats by which both sides pack and unpack.

The host asks, the board answers with the same sequence number; the board never speaks unasked.
Temperatures are centi-degrees Celsius (cc), power is permille of full duty, OFF_CC means "heater
off" as a set-point and "not known" as a reading.
"""

import binascii
import struct

VERSION = 3
MAX_PHASES = 24
MAX_LEASE_MS = 3000
OFF_CC = 32767
NO_PHASE = 255

# Small ints on the wire; messages.py has their names, which the board does not carry.
KIND_WAIT, KIND_SOAK, KIND_HEAT, KIND_BOIL, KIND_SIMMER = 0, 1, 2, 3, 4
KIND_STEAM, KIND_DRY, KIND_REST, KIND_KEEP_WARM = 5, 6, 7, 8
UNTIL_TIME, UNTIL_TEMP, UNTIL_BOIL, UNTIL_DRY = 0, 1, 2, 3

ST_IDLE, ST_COOKING, ST_PAUSED, ST_DONE, ST_FAULT, ST_MANUAL = 0, 1, 2, 3, 4, 5

# Answers to a command (ACK.status).
OK, BAD_STATE, BAD_VALUE, BAD_CRC, FAULT_LATCHED, UNKNOWN, NOT_READY = 0, 1, 2, 3, 4, 5, 6

RESET_BY_POWER, RESET_BY_WATCHDOG = 1, 3

# EVENT.kind and EVENT.reason. "limit": a phase whose `until` was not seen within its longest time.
# cut_*: after a power cut the board went on by itself, or left it to the host.
EV_STARTED, EV_PHASE_ENDED, EV_FINISHED, EV_PAUSED, EV_RESUMED, EV_CANCELLED = 0, 1, 2, 3, 4, 5
EV_FAULT, EV_REPLACED, EV_LID_OPENED, EV_LID_CLOSED, EV_POT_OUT, EV_POT_IN = 6, 7, 8, 9, 10, 11
EV_WARNING, EV_CUT_RESUMED, EV_CUT_REFUSED = 12, 13, 14
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

GET_IDENT, GET_LIMITS, GET_TELEMETRY, GET_FAULT, GET_EVENT = 1, 2, 3, 4, 5
HEARTBEAT, SCHED_BEGIN, SCHED_PHASE, SCHED_COMMIT = 6, 7, 8, 9
START, PAUSE, RESUME, CANCEL, HEAT, CLEAR_FAULT = 10, 11, 12, 13, 14, 15
GET_HEALTH = 16
ACK, IDENT, LIMITS, TELEMETRY, FAULT, EVENT, HEALTH = 65, 66, 67, 68, 69, 70, 71

# The phase record; the schedule's CRC is CRC-32 over these records, in order, without `index`.
PHASE_FORMAT = "<BBhHI"

# struct formats of the payloads; messages.py names their fields. Those before ACK are commands.
FORMATS: "dict[int, str]" = {
    GET_IDENT: "<",
    GET_LIMITS: "<",
    GET_TELEMETRY: "<",
    GET_FAULT: "<",
    GET_EVENT: "<H",
    HEARTBEAT: "<",
    SCHED_BEGIN: "<IBB",
    SCHED_PHASE: "<BBBhHI",
    SCHED_COMMIT: "<I",
    START: "<I",
    PAUSE: "<",
    RESUME: "<",
    CANCEL: "<",
    HEAT: "<HH",
    CLEAR_FAULT: "<",
    GET_HEALTH: "<",
    ACK: "<BB",
    IDENT: "<HIIBBBBB24s",
    LIMITS: "<hhHHHH",
    TELEMETRY: "<IIBBIIhhhHIHHBBHh",
    FAULT: "<BIiB",
    EVENT: "<HIBBBhhI",
    HEALTH: "<IIHHHh",
}
SIZES: "dict[int, int]" = {kind: struct.calcsize(FORMATS[kind]) for kind in FORMATS}


def is_command(kind: int) -> bool:
    """Whether a message of that type goes from host to board."""
    return kind in FORMATS and kind < ACK


def schedule_crc(records: "bytes | bytearray | memoryview") -> int:
    """CRC-32 over the packed phase records (PHASE_FORMAT), in order."""
    return binascii.crc32(records) & 0xFFFFFFFF
