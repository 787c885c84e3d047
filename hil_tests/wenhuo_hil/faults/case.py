"""One kind of fault, what must come of it, and the row that says what did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from wenhuo.executive.board_client import PowerBoard
from wenhuo.schedule import PhaseKind
from wenhuo_hil.faults.reference import PHASES, SCENARIO
from wenhuo_hil.protocol import CookerProtocol

# What must come of a fault.
STOPS = "stops"  # latched fault, heater off, safety relay open
TELLS = "tells"  # a warning, and the cook ends well
BEARS = "bears"  # nothing is lost: the cook ends well
RESUMES = "resumes"  # after power or reset the cook goes on by itself and ends well
REFUSES = "refuses"  # nothing heats; what to do is left to the host


class Scene:
    """A cook in which something is about to happen."""

    def __init__(self, cooker: CookerProtocol, board: PowerBoard) -> None:
        self.cooker = cooker
        self.board = board
        self.outage_s = 0.0
        self.wrong: list[str] = []  # what the injection itself has seen that must not be
        self.undo: list[Callable[[], object]] = []

    def reconnect(self) -> None:
        """A new connection, as after a cut."""
        self.board = self.cooker.board()

    def undo_all(self) -> None:
        """Mend what outlives the cook."""
        while self.undo:
            self.undo.pop()()

    def drain(self) -> None:
        """Drop the answers to what was not asked by the client."""
        stream = self.cooker.stream
        while stream.in_waiting:
            stream.read(stream.in_waiting)

    def now_s(self) -> float:
        """The cooker's clock."""
        return self.cooker.clock.now_s()

    def event(self, kind: str, after_s: float = 0.0, **more: object) -> None:
        """An event of the plant."""
        self.cooker.event({"at_s": self.now_s() + after_s, "kind": kind, **more})


Inject = Callable[[Scene], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """inject: makes it happen. phases: where. reaction: STOPS.. codes: the fault or warning codes
    that may be told. within_s: from the injection, to the reaction. needs: features of the rig.
    scenario: of the cook. food: whether the food must come out right (BEARS, TELLS, RESUMES).
    may_tell: codes that may be told beside. quick: one of the few that `make test` runs, in its
    first phase."""

    kind: str
    inject: Inject
    reaction: str
    codes: tuple[str, ...] = ()
    within_s: float = 3.0
    phases: Sequence[PhaseKind] = PHASES
    needs: tuple[str, ...] = ("events",)
    scenario: dict[str, Any] = field(default_factory=lambda: SCENARIO)
    food: bool = True
    may_tell: tuple[str, ...] = ()
    quick: bool = False


@dataclass(slots=True)
class Row:
    """A line of the result table. Limits stand beside what was measured. wrong: what was not as it
    must be; empty where the fault was handled."""

    fault: str
    phase: str
    reaction: str
    codes: tuple[str, ...]
    limit_s: float
    reacted_s: float | None = None
    told: list[str] = field(default_factory=list)
    bottom_max_c: float = 0.0
    bottom_limit_c: float = 0.0
    heat_after_j: float | None = None
    heat_limit_j: float = 0.0
    outcome: str = ""
    doneness: float | None = None
    scorch: float | None = None
    boilover_g: float | None = None
    recovery: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def handled(self) -> bool:
        """Whether all is as it must be."""
        return not self.wrong
