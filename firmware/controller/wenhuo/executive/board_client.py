"""The power board as the controller sees it: typed commands over the link.

Every command is sent again until it is answered (wenhuo_link.host); a board that stays silent is a
LinkError. Time passes through the Clock only, so that the same code talks to a board at a serial
port in real time and to one in a virtual rig in the plant's time.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

import serial

from wenhuo.errors import LinkError
from wenhuo.executive.clock import Clock
from wenhuo.schedule import Phase, Schedule
from wenhuo_link import messages
from wenhuo_link import protocol as wire
from wenhuo_link.fault_table import fault_name
from wenhuo_link.host import HostEndpoint, pack_schedule
from wenhuo_link.messages import NAMES, dictionary_hash

_STEP_S = 0.1  # how long to let pass while an answer is late: one tick of the board's loop
_RETRY_MS = 300
_TRIES = 20  # a cable that spoils two bytes in a hundred loses two answers in three
_READ_TIMEOUT_S = 0.05


class Stream(Protocol):
    """What the client needs of a serial port (pyserial's, opened with a short timeout)."""

    @property
    def in_waiting(self) -> int:
        """Bytes that have arrived."""

    def read(self, size: int = 1) -> bytes:
        """`size` bytes, or what has arrived when the timeout is over."""

    def write(self, data: bytes) -> int | None:
        """Send bytes."""

    def close(self) -> None:
        """Close the port."""


@dataclass(frozen=True, slots=True)
class BoardIdentity:
    """Who answered. limits_crc: of the limits it keeps; product: the id it was built for."""

    product: str
    firmware: str
    limits_crc: int
    max_phases: int
    reset_cause: str


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One answer of the board. Temperatures in °C, None where the board does not know.

    t_ms: since the board started. state: one of wenhuo_link.messages.STATES. phase: index into the
    schedule it runs. events: how many it has had.
    """

    t_ms: int
    cook_id: int
    state: str
    phase: int | None
    phase_elapsed_s: int
    total_elapsed_s: int
    bottom_c: float | None
    lid_c: float | None
    setpoint_c: float | None
    duty_pct: float
    energy_j: int
    mains_v: float
    lid_closed: bool
    pot_present: bool
    fault: str | None
    events: int


@dataclass(frozen=True, slots=True)
class BoardEvent:
    """Something that happened on the board; reason is the name of a fault or warning."""

    index: int
    t_ms: int
    kind: str
    phase: int | None
    reason: str


class Board(Protocol):
    """What the executive asks of a power board, whatever stands between them. Each raises LinkError
    where the board does not answer or refuses."""

    def connect(self) -> BoardIdentity:
        """Who is there."""

    def upload(self, schedule: Schedule, cook_id: int) -> None:
        """Give it a new schedule; it starts with `start`."""

    def replace(self, schedule: Schedule, cook_id: int) -> None:
        """Exchange what is left of the running schedule; its first phase starts afresh."""

    def start(self, cook_id: int) -> None:
        """Start the schedule uploaded last."""

    def pause(self) -> None:
        """Heater off, phase clock stopped."""

    def resume(self) -> None:
        """Go on after a pause."""

    def cancel(self) -> None:
        """Drop the schedule."""

    def telemetry(self) -> Telemetry:
        """How things stand now."""

    def events(self, first: int, count: int) -> list[BoardEvent]:
        """Its events from number `first` to before `count`."""


class PowerBoard:
    """A connection to one power board."""

    def __init__(self, stream: Stream, clock: Clock, name: str = "the power board") -> None:
        self._stream = stream
        self._clock = clock
        self._name = name
        self._link = HostEndpoint(stream.write, self._now_ms, _RETRY_MS, _TRIES)

    @classmethod
    def open(cls, url: str, clock: Clock, baud: int = 115_200) -> Self:
        """Open a port by pyserial's URL (device, loop://, socket://, rfc2217://, spy://).

        Raises LinkError where it cannot be opened.
        """
        try:
            stream = serial.serial_for_url(url, baudrate=baud, timeout=_READ_TIMEOUT_S)
        except (OSError, ValueError) as error:
            raise LinkError(
                f"cannot open {url}: {error}; check cable, name and permission (group dialout)"
            ) from None
        return cls(stream, clock, f"the power board at {url}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the port. A schedule that runs goes on by itself where the product allows it."""
        self._stream.close()

    def connect(self) -> BoardIdentity:
        """Ask who is there. Raises LinkError for no answer, another protocol or dictionary."""
        fields = self._exchange(wire.IDENT, wire.GET_IDENT)
        version, dictionary = int(fields["version"]), int(fields["dictionary"])
        if version != wire.VERSION or dictionary != dictionary_hash():
            raise LinkError(
                f"{self._name} speaks protocol {version} (dictionary {dictionary:08x}), this "
                f"program {wire.VERSION} ({dictionary_hash():08x}); flash matching firmware"
            )
        return BoardIdentity(
            product=str(fields["product"]),
            firmware=f"{fields['fw_major']}.{fields['fw_minor']}.{fields['fw_patch']}",
            limits_crc=int(fields["limits"]),
            max_phases=int(fields["max_phases"]),
            reset_cause=messages.RESET_CAUSES[int(fields["reset_cause"])],
        )

    def upload(self, schedule: Schedule, cook_id: int) -> None:
        """Give the board a new schedule; it starts with `start`. Raises LinkError."""
        self._send_schedule(schedule, cook_id, wire.MODE_NEW)

    def replace(self, schedule: Schedule, cook_id: int) -> None:
        """Exchange what is left of the running schedule; its first phase starts afresh."""
        self._send_schedule(schedule, cook_id, wire.MODE_REPLACE)

    def start(self, cook_id: int) -> None:
        """Start the schedule uploaded last."""
        self._command(wire.START, cook_id)

    def pause(self) -> None:
        """Heater off, phase clock stopped."""
        self._command(wire.PAUSE)

    def resume(self) -> None:
        """Go on after a pause."""
        self._command(wire.RESUME)

    def cancel(self) -> None:
        """Drop the schedule."""
        self._command(wire.CANCEL)

    def heat(self, power_pct: float, lease_s: float) -> None:
        """Direct heat, 0..100 %, for lease_s at most (the board allows 3). Raises LinkError."""
        self._command(wire.HEAT, round(power_pct * 10), round(lease_s * 1000))

    def heartbeat(self) -> None:
        """Tell the board that its host lives."""
        self._command(wire.HEARTBEAT)

    def clear_fault(self) -> None:
        """Acknowledge a latched fault."""
        self._command(wire.CLEAR_FAULT)

    def telemetry(self) -> Telemetry:
        """How things stand now. Raises LinkError where no answer comes, even when asked again."""
        fields = self._exchange(wire.TELEMETRY, wire.GET_TELEMETRY)
        return _telemetry({key: int(value) for key, value in fields.items()})

    def events(self, first: int, count: int) -> list[BoardEvent]:
        """The board's events from number `first` to before `count`, less those it has forgotten."""
        news = []
        for index in range(first, count):
            kind, fields = self._answered(partial(self._link.ask, wire.GET_EVENT, index))
            if kind == wire.EVENT:
                news.append(_event({key: int(value) for key, value in fields.items()}))
        return news

    def _send_schedule(self, schedule: Schedule, cook_id: int, mode: int) -> None:
        payloads, crc = _packed(schedule)
        self._command(wire.SCHED_BEGIN, cook_id, len(payloads), mode)
        for payload in payloads:
            self._checked(partial(self._link.ask_raw, wire.SCHED_PHASE, payload), "SCHED_PHASE")
        self._command(wire.SCHED_COMMIT, crc)

    def _command(self, kind: int, *values: int) -> None:
        self._checked(partial(self._link.ask, kind, *values), NAMES[kind])

    def _checked(self, send: Callable[[], None], name: str) -> None:
        """Send a command and see that the board accepts it. Raises LinkError."""
        kind, fields = self._answered(send)
        status = int(fields.get("status", wire.UNKNOWN)) if kind == wire.ACK else wire.UNKNOWN
        if status != wire.OK:
            raise LinkError(
                f"{self._name} refused {name}: {messages.STATUSES[status]}; see its state with "
                "telemetry, and clear a fault first"
            )

    def _exchange(self, expected: int, kind: int, *values: int) -> dict[str, int | str]:
        got, fields = self._answered(partial(self._link.ask, kind, *values))
        if got != expected:
            status = messages.STATUSES[int(fields["status"])] if got == wire.ACK else NAMES[got]
            raise LinkError(f"{self._name} answered {NAMES[kind]} with {status}; restart it")
        return fields

    def _answered(self, send: Callable[[], None]) -> tuple[int, dict[str, int | str]]:
        try:
            send()
            while self._link.busy:
                data = self._stream.read(max(1, self._stream.in_waiting))
                self._link.feed(data)
                if not data:
                    self._link.poll()
                    self._clock.sleep(_STEP_S)
        except OSError as error:
            raise LinkError(f"{self._name} is gone: {error}; check cable and power") from None
        if self._link.reply is None:
            raise LinkError(
                f"{self._name} does not answer ({_TRIES} tries in "
                f"{_TRIES * _RETRY_MS / 1000:.1f} s); check cable, power and firmware"
            )
        return self._link.reply

    def _now_ms(self) -> int:
        return round(self._clock.now_s() * 1000)


def _packed(schedule: Schedule) -> tuple[list[bytes], int]:
    """SCHED_PHASE payloads and their CRC. Raises LinkError for what the wire cannot say."""
    if not 1 <= len(schedule) <= wire.MAX_PHASES:
        raise LinkError(
            f"a schedule of {len(schedule)} phases; the board takes 1..{wire.MAX_PHASES}"
        )
    rows = []
    for number, phase in enumerate(schedule):
        try:
            rows.append(_record(phase))
            pack_schedule(rows[-1:])
        except (ValueError, OverflowError, struct.error):  # NaN, infinite, too large
            raise LinkError(f"phase {number} has a number that is none: {phase}") from None
    return pack_schedule(rows)


def _record(phase: Phase) -> tuple[int, int, int, int, int]:
    """A phase as the link's row: kind, until, target_cc, power_permille, duration_s."""
    target_cc = wire.OFF_CC if phase.target_c is None else round(phase.target_c * 100)
    return (
        messages.PHASE_KINDS.index(phase.kind.value),
        messages.UNTIL.index(phase.until.value),
        target_cc,
        phase.power_pct * 10,
        phase.duration_s,
    )


def _celsius(value_cc: int) -> float | None:
    return None if value_cc == wire.OFF_CC else value_cc / 100


def _index(phase: int) -> int | None:
    return None if phase == wire.NO_PHASE else phase


def _telemetry(fields: dict[str, int]) -> Telemetry:
    flags = fields["flags"]
    return Telemetry(
        t_ms=fields["t_ms"],
        cook_id=fields["cook_id"],
        state=messages.STATES[fields["state"]],
        phase=_index(fields["phase"]),
        phase_elapsed_s=fields["phase_elapsed_s"],
        total_elapsed_s=fields["total_elapsed_s"],
        bottom_c=_celsius(fields["bottom_cc"]),
        lid_c=_celsius(fields["lid_cc"]),
        setpoint_c=_celsius(fields["setpoint_cc"]),
        duty_pct=fields["duty_permille"] / 10,
        energy_j=fields["energy_j"],
        mains_v=fields["mains_dv"] / 10,
        lid_closed=bool(flags & wire.FLAG_LID_CLOSED),
        pot_present=bool(flags & wire.FLAG_POT),
        fault=fault_name(fields["fault"]) if fields["fault"] else None,
        events=fields["events"],
    )


def _event(fields: dict[str, int]) -> BoardEvent:
    kind = messages.EVENTS[fields["kind"]]
    reason = fields["reason"]
    return BoardEvent(
        index=fields["index"],
        t_ms=fields["t_ms"],
        kind=kind,
        phase=_index(fields["phase"]),
        reason=fault_name(reason) if kind in ("fault", "warning") else messages.REASONS[reason],
    )
