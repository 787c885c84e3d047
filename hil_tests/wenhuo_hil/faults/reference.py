"""The cook in which faults happen: rice with every kind of phase, and how far it has come."""

from __future__ import annotations

from typing import Any

from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

SCENARIO: dict[str, Any] = {
    "pot": {"dish": "white_rice", "dry_g": 300, "water_g": 420, "initial_c": 20.0},
    "site": {"ambient_c": 23.0},
    "seed": 7,
}
SCHEDULE: Schedule = (
    Phase(PhaseKind.WAIT, None, 0, 90),
    Phase(PhaseKind.SOAK, 50.0, 60, 420),
    Phase(PhaseKind.HEAT, 130.0, 100, 3600, Until.BOIL),
    Phase(PhaseKind.BOIL, 125.0, 45, 3600, Until.DRY),
    Phase(PhaseKind.REST, None, 0, 4500),  # so long it stays above 70 °C and nothing would heat
    Phase(PhaseKind.REST, None, 0, 300),
    Phase(PhaseKind.KEEP_WARM, 70.0, 15, 4800),
)
COOK_ID = 77
PHASES = tuple(dict.fromkeys(phase.kind for phase in SCHEDULE))
# Where in the schedule each kind's faults come: the last phase of it.
AT = {phase.kind: index for index, phase in enumerate(SCHEDULE)}
HEATED = (PhaseKind.SOAK, PhaseKind.HEAT, PhaseKind.BOIL, PhaseKind.KEEP_WARM)
HOT = (PhaseKind.BOIL, PhaseKind.REST, PhaseKind.KEEP_WARM)
INTO_PHASE_S = 40.0  # where in the phase a fault comes
PHASE_LIMIT_S = 9000.0
