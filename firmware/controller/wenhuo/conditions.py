"""What the kitchen knows when a schedule is asked for: the second half of the model's prompt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from wenhuo.intent import Texture
from wenhuo.schedule import PhaseKind

if TYPE_CHECKING:  # the model's process reads no board's data
    from wenhuo.boards.menu import Dish

LOAD_STEP_G = 50
MAINS_STEP_PCT = 5
START_STEP_C = 5


@dataclass(frozen=True, slots=True)
class Conditions:
    """Everything that a schedule depends on, in the coarse steps of the schedule language.

    dry_g: dry food, a multiple of LOAD_STEP_G and at least that. tb_c: local boiling point, whole
    °C. mains_pct: voltage in % of rated, a multiple of MAINS_STEP_PCT. start_c: temperature in the
    pot, a multiple of START_STEP_C. later: a wait comes first. keep_warm_min: how long to hold
    afterwards. from_phase: the phase to go on from where a cook already runs.
    """

    dish: str
    texture: Texture
    dry_g: int
    tb_c: int = 100
    mains_pct: int = 100
    start_c: int = 20
    later: bool = False
    keep_warm_min: int = 0
    from_phase: PhaseKind | None = None

    @classmethod
    def of(
        cls,
        dish: Dish,
        dry_g: float,
        *,
        texture: Texture | None = None,
        tb_c: float = 100.0,
        mains_pct: float = 100.0,
        start_c: float = 20.0,
        later: bool = False,
        keep_warm_min: int = 0,
        from_phase: PhaseKind | None = None,
    ) -> Conditions:
        """Conditions from measured numbers: bucketed, the texture made one of the dish's."""
        return cls(
            dish=dish.id,
            texture=dish.meant(texture),
            dry_g=min(max(nearest_step(dry_g, LOAD_STEP_G), LOAD_STEP_G), 3000),
            tb_c=min(max(round(tb_c), 60), 110),
            mains_pct=min(max(nearest_step(mains_pct, MAINS_STEP_PCT), 50), 140),
            start_c=min(max(nearest_step(start_c, START_STEP_C), 0), 120),
            later=later,
            keep_warm_min=keep_warm_min,
            from_phase=from_phase,
        )


def read_conditions(values: Mapping[str, Any]) -> Conditions:
    """Conditions from their record (dataclasses.asdict), whatever else stands beside them. Raises
    KeyError, ValueError for what is no such record."""
    kept = {field.name: values[field.name] for field in fields(Conditions)}
    phase = kept.pop("from_phase")
    return Conditions(
        **{**kept, "texture": Texture(kept["texture"])},
        from_phase=PhaseKind(phase) if phase else None,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """The same kitchen as it was said and measured, before the schedule language's steps: what a
    forecast is made for, since a step of mains is a minute of a cook. ambient_c: of the room."""

    dry_g: float
    tb_c: float
    mains_pct: float
    start_c: float
    ambient_c: float

    def in_steps(
        self,
        dish: Dish,
        *,
        texture: Texture | None = None,
        later: bool = False,
        keep_warm_min: int = 0,
        from_phase: PhaseKind | None = None,
    ) -> Conditions:
        """The conditions that these numbers amount to."""
        return Conditions.of(
            dish,
            self.dry_g,
            texture=texture,
            tb_c=self.tb_c,
            mains_pct=self.mains_pct,
            start_c=self.start_c,
            later=later,
            keep_warm_min=keep_warm_min,
            from_phase=from_phase,
        )


def nearest_step(value: float, step: int) -> int:
    """The nearest multiple of a step; halves go up, so that buckets do not depend on parity."""
    return math.floor(value / step + 0.5) * step
