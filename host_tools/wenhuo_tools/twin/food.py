"""The pot's contents at the start, and what became of them at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from wenhuo.intent import Texture
from wenhuo_tools.twin.dishes import CLASS_POSITION, Dish, Measure
from wenhuo_tools.twin.kernel import STATE_DTYPE
from wenhuo_tools.twin.params import Load, Site

State = np.ndarray[Any, Any]

CRISPY_CRUST = 1.0  # crust integral of a golden crust: 10 min at 130 °C on a dry pot bottom


@dataclass(frozen=True, slots=True)
class Outcome:
    """The food at one moment.

    doneness: cooked share of the coldest grain or piece, 0..1. water_uptake: absorbed g per g of
    dry load. moisture: g water per g of grain. texture_value: on the class scale (0 normal, +1
    soft/thick). texture_error: distance from each class; 1 is the next class. scorch: 0 none .. 1
    burnt.
    """

    doneness: float
    water_uptake: float
    moisture: float
    free_water_g: float
    evaporated_g: float
    boilover_g: float
    texture_value: float
    texture_error: Mapping[Texture, float]
    crust: float
    scorch: float
    energy_wh: float
    max_bottom_c: float
    max_food_c: float


def initial_state(dish: Dish, load: Load, site: Site) -> State:
    """A cold cooker, lid shut, the load in the pot: an array of one STATE_DTYPE record."""
    state = np.zeros(1, STATE_DTYPE)
    load_kg = max(load.dry_g, 0.0) / 1000.0
    dry_kg = load_kg * (1.0 - dish.liquid_share)
    water_kg = max(load.water_g, 0.0) / 1000.0 + load_kg - dry_kg
    bound_kg = dish.bound_share * water_kg if dry_kg > 0.0 else 0.0
    for name in ("pot_c", "bottom_c", "core_c", "piece_c"):
        state[name] = load.initial_c
    for name in ("plate_c", "lid_c", "head_c", "ntc_lid_c", "ntc_bottom_c"):
        state[name] = site.ambient_c
    state["dry_kg"] = dry_kg
    state["free_kg"] = water_kg - bound_kg
    state["x_bottom"] = state["x_core"] = bound_kg / dry_kg if dry_kg > 0.0 else 0.0
    state["viscosity"] = 1.0
    state["max_bottom_c"] = state["max_food_c"] = load.initial_c
    state["lid_closed"] = state["pot_present"] = state["heater_health"] = 1.0
    state["mains_v"] = site.mains_v
    return state


def _measured(state: State, dish: Dish, uptake: float, moisture: float) -> float:
    s = state[0]
    if dish.measure is Measure.MOISTURE:
        return moisture
    if dish.measure is Measure.SOFTNESS:
        return float(s["cooked_s"])
    # Cooked solids per water in the bowl; raw or unleached grain does not thicken.
    leach_kg = dish.numbers["leach_max"] * float(s["dry_kg"])
    leached = float(s["leached_kg"]) / leach_kg if leach_kg > 0.0 else 0.0
    water_kg = float(s["free_kg"]) + uptake * float(s["dry_kg"])
    solids_kg = float(s["dry_kg"]) * (1.0 - dish.numbers["own_moisture"])
    return solids_kg * float(s["alpha_core"]) * (0.5 + 0.5 * leached) / max(water_kg, 1e-6)


def texture_errors(value: float, crust: float) -> dict[Texture, float]:
    """Distance of a texture value from every class; crispy is measured on the crust alone."""
    errors = {texture: abs(value - position) for texture, position in CLASS_POSITION.items()}
    errors[Texture.CRISPY] = abs(crust - CRISPY_CRUST)
    return errors


def outcome(state: State, dish: Dish) -> Outcome:
    """What became of the food, read from the kernel's state."""
    s = state[0]
    share = dish.numbers["dry_bottom_share"]
    uptake = share * float(s["x_bottom"]) + (1.0 - share) * float(s["x_core"])
    moisture = (dish.numbers["own_moisture"] + uptake) / (1.0 + uptake)
    value = dish.texture_value(_measured(state, dish, uptake, moisture))
    crust = float(s["crust"])
    return Outcome(
        doneness=float(min(s["alpha_bottom"], s["alpha_core"])),
        water_uptake=uptake,
        moisture=moisture,
        free_water_g=1000.0 * float(s["free_kg"]),
        evaporated_g=1000.0 * float(s["evaporated_kg"]),
        boilover_g=1000.0 * float(s["boilover_kg"]),
        texture_value=value,
        texture_error=texture_errors(value, crust),
        crust=crust,
        scorch=float(1.0 - np.exp(-s["char"])),
        energy_wh=float(s["energy_j"]) / 3600.0,
        max_bottom_c=float(s["max_bottom_c"]),
        max_food_c=float(s["max_food_c"]),
    )
