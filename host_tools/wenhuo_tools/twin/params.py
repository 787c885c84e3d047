"""The twin's parameter table, the cooker and the site, and how they become the kernel's record."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from wenhuo.errors import BoardDataError
from wenhuo.planning.programme import boiling_point_c
from wenhuo_tools.twin.dishes import Dish
from wenhuo_tools.twin.kernel import PARAM_DTYPE, PARAM_FIELDS

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One physical number: value, unit, the range its source allows, the source's key."""

    name: str
    value: float
    unit: str
    min: float
    max: float
    source: str


@dataclass(frozen=True, slots=True)
class Ntc:
    """A thermistor to ground below a pull-up to 3.3 V (domain.md 4.2)."""

    r25_ohm: float = 100_000.0
    beta_k: float = 3950.0
    pull_up_ohm: float = 10_000.0


@dataclass(frozen=True, slots=True)
class Cooker:
    """A product's hardware; the defaults are a 700 W, 220 V, 5.5-cup cooker.

    induction_share: heat that arises in the pot itself. contact_share: plate-to-pot contact over a
    clean plate's (a grain of rice underneath: about 0.25; an induction coil: about 0.07).
    plate_loss_share: plate-to-air loss over a heater plate's (a coil cooled by a fan: about 13).
    """

    rated_w: float = 700.0
    rated_v: float = 220.0
    plate_kg: float = 0.5
    pot_kg: float = 0.6
    pot_diameter_mm: float = 190.0
    pot_depth_mm: float = 110.0
    induction_share: float = 0.0
    contact_share: float = 1.0
    plate_loss_share: float = 1.0
    fuse_c: float = 172.0
    assumed_loss_w_k: float = 0.6
    bottom_ntc: Ntc = field(default_factory=Ntc)
    lid_ntc: Ntc = field(default_factory=Ntc)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the cooker stands."""

    ambient_c: float = 23.0
    altitude_m: float = 0.0
    mains_v: float = 220.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is put into the pot: dry food (grain, pieces, batter) and water, in grams."""

    dry_g: float
    water_g: float
    initial_c: float = 20.0


@cache
def parameters() -> dict[str, Parameter]:
    """data/parameters.toml, each value checked against its own range.

    Raises:
        BoardDataError: a value outside the range that its source allows.
    """
    with (DATA / "parameters.toml").open("rb") as file:
        table = tomllib.load(file)
    found = {name: Parameter(name=name, **entry) for name, entry in table.items()}
    for parameter in found.values():
        if not parameter.min <= parameter.value <= parameter.max:
            raise BoardDataError(
                f"parameters.toml: {parameter.name} = {parameter.value} is outside "
                f"{parameter.min}..{parameter.max}; take a value that its source allows"
            )
    return found


def _cooker_numbers(cooker: Cooker) -> dict[str, float]:
    table = parameters()
    cp = table["cp_aluminium_j_kg_k"].value
    return {
        "rated_w": cooker.rated_w,
        "rated_v": cooker.rated_v,
        "plate_j_k": cooker.plate_kg * cp,
        "pot_j_k": cooker.pot_kg * cp,
        "pot_area_m2": np.pi / 4 * (cooker.pot_diameter_mm / 1000.0) ** 2,
        "pot_depth_m": cooker.pot_depth_mm / 1000.0,
        "induction_share": cooker.induction_share,
        "fuse_c": cooker.fuse_c,
        "g_plate_pot_w_k": table["g_plate_pot_w_k"].value * cooker.contact_share,
        "g_plate_air_w_k": table["g_plate_air_w_k"].value * cooker.plate_loss_share,
    }


def _site_numbers(site: Site) -> dict[str, float]:
    boil_c = boiling_point_c(site.altitude_m)
    return {
        "ambient_c": site.ambient_c,
        "boil_c": boil_c,
        "latent_j_kg": 2.257e6 + 2600.0 * (100.0 - boil_c),  # domain.md 1.2: 2.283 MJ/kg at 90 °C
    }


def kernel_params(cooker: Cooker, dish: Dish, site: Site) -> np.ndarray[Any, Any]:
    """The kernel's parameters as an array of one record of PARAM_DTYPE."""
    numbers = {name: p.value for name, p in parameters().items()}
    numbers |= _cooker_numbers(cooker) | _site_numbers(site) | dict(dish.numbers)
    record = np.zeros(1, PARAM_DTYPE)
    for name in PARAM_FIELDS:
        record[name] = numbers[name]
    return record


def format_table() -> str:
    """The parameter table as text: name, value, unit, range, source."""
    rows = [f"{'parameter':<26}{'value':>10}  {'unit':<24}{'range':<22}source"]
    for p in parameters().values():
        span = f"{p.min:g} .. {p.max:g}"
        rows.append(f"{p.name:<26}{p.value:>10g}  {p.unit:<24}{span:<22}{p.source}")
    return "\n".join(rows)
