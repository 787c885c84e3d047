"""Food properties of the dishes, read from data/dishes.toml, and what texture means for each."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wenhuo.errors import BoardDataError
from wenhuo.intent import Texture

_FILE = Path(__file__).parent / "data" / "dishes.toml"

# Where each texture class lies on the dish's own scale: neighbours are 1 apart.
CLASS_POSITION: Mapping[Texture, float] = MappingProxyType(
    {
        Texture.THIN: -1.0,
        Texture.FIRM: -1.0,
        Texture.NORMAL: 0.0,
        Texture.THICK: 1.0,
        Texture.SOFT: 1.0,
    }
)


class Measure(StrEnum):
    """What a dish's texture is measured by."""

    MOISTURE = "moisture"  # final moisture of the grain, share of wet mass; step: share
    CONSISTENCY = "consistency"  # cooked solids per liquid, kg/kg; step: factor
    SOFTNESS = "softness"  # seconds at 100 °C that the pieces have had; step: factor


@dataclass(frozen=True, slots=True)
class Dish:
    """One dish: `numbers` go to the kernel by name; the texture scale reads the end state."""

    id: str
    numbers: Mapping[str, float]
    bound_share: float
    liquid_share: float
    measure: Measure
    texture_normal: float
    texture_step: float

    def texture_value(self, measured: float) -> float:
        """Position on the class scale: 0 is normal, +1 soft or thick, -1 firm or thin."""
        if self.measure is Measure.MOISTURE:
            return (measured - self.texture_normal) / self.texture_step
        ratio = max(measured, 1e-3 * self.texture_normal) / self.texture_normal
        return math.log(ratio) / math.log(self.texture_step)


def _dish(name: str, entry: dict[str, Any]) -> Dish:
    entry = dict(entry)
    texture = entry.pop("texture")
    bound_share, liquid_share = (float(entry.pop(key)) for key in ("bound_share", "liquid_share"))
    return Dish(
        id=name,
        numbers=MappingProxyType({key: float(value) for key, value in entry.items()}),
        bound_share=bound_share,
        liquid_share=liquid_share,
        measure=Measure(texture["measure"]),
        texture_normal=float(texture["normal"]),
        texture_step=float(texture["step"]),
    )


@cache
def dishes() -> Mapping[str, Dish]:
    """All dishes by id.

    Raises:
        BoardDataError: an entry with an option that [defaults] does not have.
    """
    with _FILE.open("rb") as file:
        table = tomllib.load(file)
    defaults = table.pop("defaults")
    found = {}
    for name, entry in table.items():
        if unknown := set(entry) - set(defaults):
            raise BoardDataError(
                f"dishes.toml: [{name}] has unknown options {sorted(unknown)}; see [defaults]"
            )
        found[name] = _dish(name, defaults | entry)
    return MappingProxyType(found)


def dish_by_id(dish_id: str) -> Dish:
    """The dish of that id.

    Raises:
        BoardDataError: no such dish in the twin's data.
    """
    try:
        return dishes()[dish_id]
    except KeyError:
        raise BoardDataError(
            f"the twin has no food properties for dish {dish_id!r}; "
            f"add it to twin/data/dishes.toml (known: {', '.join(dishes())})"
        ) from None
