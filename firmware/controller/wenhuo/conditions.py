"""What the kitchen knows when a schedule is asked for: the second half of the model's prompt."""

from __future__ import annotations

from dataclasses import dataclass

from wenhuo.intent import Texture
from wenhuo.schedule import PhaseKind

LOAD_STEP_G = 50
MAINS_STEP_PCT = 5
START_STEP_C = 5


@dataclass(frozen=True, slots=True)
class Conditions:
    """Everything that a schedule depends on, in the coarse steps of the schedule language.

    dry_g: dry food in LOAD_STEP_G steps. tb_c: boiling point here, whole °C. mains_pct: mains in %
    of the product's rated voltage. start_c: temperature of the pot's contents. keep_warm_min: how
    long to hold afterwards. later: cooking starts with a wait. from_phase: for a cook that already
    runs, the phase to go on from.
    """

    dish: str
    texture: Texture
    dry_g: int
    tb_c: int = 100
    mains_pct: int = 100
    start_c: int = 20
    keep_warm_min: int = 0
    later: bool = False
    from_phase: PhaseKind | None = None
