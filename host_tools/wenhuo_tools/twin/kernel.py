"""One time step of the cooker's physics, compiled by numba; plant and batch run this same code.

State and parameters are records of float64 (flat vectors with names). Units are SI: kg, m, s, J, W;
temperatures °C. Nodes: heater plate, pot bottom, food at the bottom, food core, lid; two NTCs
follow with a lag. The balance equations are the lumped model of domain.md 1.3; each parameter's
source stands in data/parameters.toml.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wenhuo_tools.twin.jit import compiled

Record = Any  # a numpy record inside compiled code

STATE_FIELDS = (
    # temperatures, °C
    *("plate_c", "pot_c", "bottom_c", "core_c", "piece_c", "lid_c", "head_c"),
    *("ntc_bottom_c", "ntc_lid_c"),
    # masses, kg; x_*: absorbed water, kg per kg of dry load in that layer
    *("dry_kg", "free_kg", "x_bottom", "x_core", "leached_kg", "evaporated_kg", "boilover_kg"),
    # progress: gelatinized share (0..1), seconds at 100 °C, browning integrals
    *("alpha_bottom", "alpha_core", "cooked_s", "char", "crust"),
    # foam
    *("foam_m", "steam_kg_s", "viscosity"),
    # bookkeeping
    *("t_s", "power_w", "energy_j", "loss_j", "max_bottom_c", "max_food_c"),
    # inputs that hold until changed (part of the state so that a rewind restores them too)
    *("lid_closed", "pot_present", "mains_v", "heater_health", "heater_welded", "relay_welded"),
    "fuse_blown",
)
STATE_DTYPE = np.dtype([(name, np.float64) for name in STATE_FIELDS])

PARAM_FIELDS = (
    # cooker
    *("rated_w", "rated_v", "plate_j_k", "pot_j_k", "pot_area_m2", "pot_depth_m"),
    *("induction_share", "fuse_c"),
    # site
    *("ambient_c", "boil_c", "latent_j_kg"),
    # heat transfer
    *("cp_water_j_kg_k", "g_plate_pot_w_k", "g_plate_air_w_k", "g_pot_wet_w_k", "g_pot_dry_w_k"),
    *("g_side_w_k", "g_mix_w_k", "g_bed_w_k", "g_lid_base_w_k", "g_lid_vapour_w_k"),
    *("g_lid_air_w_k", "g_lid_condense_w_k", "lid_j_k", "g_open_w_k", "g_pot_out_w_k"),
    *("evaporation_kg_m2_s_pa", "lid_leak_share", "node_floor_j_k"),
    *("bottom_share", "head_share", "wet_film_kg", "wet_film_per_dry", "viscosity_exponent"),
    # sensors
    *("ntc_pot_share", "ntc_bottom_lag_s", "ntc_lid_lag_s", "ntc_lid_head_share", "head_lag_s"),
    # kinetics
    *("e_cook_low_j_mol", "e_cook_high_j_mol", "k_soak_25_s", "e_soak_j_mol", "k_swell_100_s"),
    *("e_swell_j_mol", "k_leach_100_s", "e_leach_j_mol", "swell_slope_k", "agitation_kg_s_m2"),
    *("grain_kg_m3", "void_per_grain", "viscosity_a", "viscosity_power", "leach_cap"),
    # foam and browning
    *("foam_water_s", "foam_half", "steam_kg_m3", "foam_kg_m3"),
    *("char_ref_c", "char_z_k", "char_ref_s", "crust_ref_c", "crust_z_k", "crust_ref_s"),
    # dish
    *("cp_dry_j_kg_k", "own_moisture", "k100_s", "onset_c", "complete_c", "kill_c", "dry_gate"),
    *("x_soak", "x_swell_95", "leach_max", "foam_s", "piece_lag_s", "mix_scale", "steam_w_k"),
    *("dry_bottom_share", "water_bottom_share", "stick", "swell_rate"),
)
PARAM_DTYPE = np.dtype([(name, np.float64) for name in PARAM_FIELDS])

GAS_J_MOL_K = 8.314
ZERO_C_K = 273.15


@compiled
def clip(x: float, low: float, high: float) -> float:
    """x held within low..high."""
    return float(min(max(x, low), high))


@compiled
def smoothstep(x: float, low: float, high: float) -> float:
    """0 at low, 1 at high, smooth between."""
    y = clip((x - low) / (high - low), 0.0, 1.0)
    return y * y * (3.0 - 2.0 * y)


@compiled
def saturation_pa(temp_c: float) -> float:
    """Vapour pressure of water, Pa (Antoine, domain.md 4.1)."""
    return float(133.322 * 10.0 ** (8.07131 - 1730.63 / (233.426 + temp_c)))


@compiled
def arrhenius(temp_c: float, e_j_mol: float, ref_c: float) -> float:
    """Rate at temp_c relative to the rate at ref_c."""
    return math.exp(-e_j_mol / GAS_J_MOL_K * (1.0 / (temp_c + ZERO_C_K) - 1.0 / (ref_c + ZERO_C_K)))


@compiled
def cook_rate(temp_c: float, p: Record) -> float:
    """Cooking rate, 1/s: two activation energies, break at 100 °C [Cheigh-1978]; 0 above kill_c."""
    e = p.e_cook_low_j_mol if temp_c <= 100.0 else p.e_cook_high_j_mol
    alive = 1.0 - smoothstep(temp_c, p.kill_c, p.kill_c + 6.0)
    return float(p.k100_s * arrhenius(temp_c, e, 100.0) * alive)


@compiled
def heat_capacity_j_k(s: Record, p: Record, is_bottom: bool) -> float:
    """Heat capacity of a food layer with the water in it, J/K."""
    dry_share = p.dry_bottom_share if is_bottom else 1.0 - p.dry_bottom_share
    water_share = p.water_bottom_share if is_bottom else 1.0 - p.water_bottom_share
    x = s.x_bottom if is_bottom else s.x_core
    water_kg = water_share * s.free_kg + dry_share * s.dry_kg * max(x, 0.0)
    dry_j_k = dry_share * s.dry_kg * p.cp_dry_j_kg_k
    return float(max(dry_j_k + water_kg * p.cp_water_j_kg_k, p.node_floor_j_k))


@compiled
def water_level(s: Record, p: Record) -> float:
    """Share (0..1) of the grain bed that stands in free water."""
    x_mean = p.dry_bottom_share * s.x_bottom + (1.0 - p.dry_bottom_share) * s.x_core
    grain_m3 = s.dry_kg * (1.0 / p.grain_kg_m3 + max(x_mean, 0.0) / 1000.0)
    void_m3 = p.void_per_grain * grain_m3
    return float(min(1.0, s.free_kg / 1000.0 / (void_m3 + 1e-9)))


@compiled
def wetness(s: Record, p: Record) -> float:
    """1 where free water wets the pot bottom, falling to 0 as it goes."""
    return float(min(1.0, s.free_kg / (p.wet_film_kg + p.wet_film_per_dry * s.dry_kg)))


@compiled
def heater_power_w(s: Record, p: Record, duty: float, relay: bool) -> float:
    """Electrical power of a resistor; each welded switch leaves the other one to break the line."""
    on = 1.0 if s.heater_welded > 0.5 else duty
    if not (relay or s.relay_welded > 0.5) or s.fuse_blown > 0.5:
        on = 0.0
    return float(on * s.heater_health * p.rated_w * (s.mains_v / p.rated_v) ** 2)


@compiled
def conduct(s: Record, p: Record, dt: float) -> None:
    """Heat between the nodes and to the room over dt; temperatures may end above boiling."""
    wet, level = wetness(s, p), water_level(s, p)
    thin = s.viscosity**-p.viscosity_exponent
    seated = s.pot_present
    g_food = p.g_pot_dry_w_k + (p.g_pot_wet_w_k * thin - p.g_pot_dry_w_k) * wet
    g_layers = p.g_bed_w_k + (p.g_mix_w_k * thin - p.g_bed_w_k) * level
    lid_on = s.lid_closed * seated
    g_lid = p.g_lid_base_w_k + p.g_lid_vapour_w_k * saturation_pa(s.core_c) / 101325.0
    q_plate_pot = seated * p.g_plate_pot_w_k * (s.plate_c - s.pot_c)
    q_food = g_food * (s.pot_c - s.bottom_c)
    q_layers = g_layers * p.mix_scale * (s.bottom_c - s.core_c)
    q_core_lid = lid_on * g_lid * (s.core_c - s.lid_c)
    q_core_air = (1.0 - lid_on) * p.g_open_w_k * (s.core_c - p.ambient_c)
    g_side = p.g_side_w_k if seated > 0.5 else p.g_pot_out_w_k
    loss_plate = p.g_plate_air_w_k * (s.plate_c - p.ambient_c)
    loss_side = g_side * (s.pot_c - p.ambient_c)
    loss_lid = p.g_lid_air_w_k * (s.lid_c - p.ambient_c)
    to_pot = p.induction_share * seated * s.power_w
    s.plate_c += dt * (s.power_w - to_pot - q_plate_pot - loss_plate) / p.plate_j_k
    s.pot_c += dt * (to_pot + q_plate_pot - q_food - loss_side) / p.pot_j_k
    s.bottom_c += dt * (q_food - q_layers) / heat_capacity_j_k(s, p, True)
    s.core_c += dt * (q_layers - q_core_lid - q_core_air) / heat_capacity_j_k(s, p, False)
    s.lid_c += dt * (q_core_lid - loss_lid) / p.lid_j_k
    s.loss_j += dt * (loss_plate + loss_side + loss_lid + q_core_air)


@compiled
def take_water(s: Record, p: Record, want_kg: float, is_bottom: bool) -> float:
    """Take water for steam: free water first, then what the layer has absorbed; the amount got."""
    got = min(want_kg, s.free_kg)
    s.free_kg -= got
    dry_share = p.dry_bottom_share if is_bottom else 1.0 - p.dry_bottom_share
    layer_kg = dry_share * s.dry_kg
    if got < want_kg and layer_kg > 1e-6:
        x = s.x_bottom if is_bottom else s.x_core
        more = min(want_kg - got, max(0.0, layer_kg * (x + 0.8 * p.own_moisture)))
        got += more
        if is_bottom:
            s.x_bottom -= more / layer_kg
        else:
            s.x_core -= more / layer_kg
    return float(got)


@compiled
def boil(s: Record, p: Record, dt: float) -> None:
    """Turn heat above the boiling point into steam; it warms core and lid, the rest leaves."""
    steam = 0.0
    if s.bottom_c > p.boil_c:
        c = heat_capacity_j_k(s, p, True)
        got = take_water(s, p, (s.bottom_c - p.boil_c) * c / p.latent_j_kg, True)
        s.bottom_c -= got * p.latent_j_kg / c
        steam = got
    if steam > 0.0 and s.core_c < p.boil_c:
        q = min(steam * p.latent_j_kg, p.steam_w_k * (p.boil_c - s.core_c) * dt)
        q = min(q, heat_capacity_j_k(s, p, False) * (p.boil_c - s.core_c))
        s.core_c += q / heat_capacity_j_k(s, p, False)
        s.free_kg += q / p.latent_j_kg
        steam -= q / p.latent_j_kg
    if s.core_c > p.boil_c:
        c = heat_capacity_j_k(s, p, False)
        got = take_water(s, p, (s.core_c - p.boil_c) * c / p.latent_j_kg, False)
        s.core_c -= got * p.latent_j_kg / c
        steam += got
    s.steam_kg_s = steam / dt
    if steam > 0.0 and s.lid_closed * s.pot_present > 0.5 and s.lid_c < p.boil_c:
        q = min(steam * p.latent_j_kg, p.g_lid_condense_w_k * (p.boil_c - s.lid_c) * dt)
        s.lid_c += q / p.lid_j_k
        s.free_kg += q / p.latent_j_kg
        steam -= q / p.latent_j_kg
    s.evaporated_kg += steam


@compiled
def evaporate(s: Record, p: Record, dt: float) -> None:
    """Evaporation below boiling: through the lid's leak, or freely when it is open."""
    closed = s.lid_closed * s.pot_present
    share = p.lid_leak_share if closed > 0.5 else 1.0
    drive_pa = max(0.0, saturation_pa(s.core_c) - 0.5 * saturation_pa(p.ambient_c))
    want = dt * share * p.evaporation_kg_m2_s_pa * p.pot_area_m2 * drive_pa
    got = take_water(s, p, want, False)
    s.core_c -= got * p.latent_j_kg / heat_capacity_j_k(s, p, False)
    s.evaporated_kg += got


@compiled
def uptake_rate(temp_c: float, x: float, p: Record) -> float:
    """dX/dt, 1/s: soaking towards x_soak, swelling where starch gelatinizes (domain.md 3.2)."""
    soak = p.k_soak_25_s * arrhenius(temp_c, p.e_soak_j_mol, 25.0) * max(0.0, p.x_soak - x)
    x_hot = p.x_swell_95 * clip(1.0 + p.swell_slope_k * (temp_c - 95.0), 0.0, 1.1)
    k_swell = p.k_swell_100_s * p.swell_rate * arrhenius(temp_c, p.e_swell_j_mol, 100.0)
    swells = smoothstep(temp_c, p.onset_c, p.complete_c)  # the outer layers swell at once
    return float(soak * p.swell_rate + k_swell * swells * max(0.0, x_hot - x))


@compiled
def hydrate(s: Record, p: Record, dt: float) -> None:
    """Move free water into the grains; the bed's top gets it while wetted or stirred by steam."""
    level = water_level(s, p)
    b = p.bottom_share
    stirred = min(1.0, s.steam_kg_s / (p.agitation_kg_s_m2 * p.pot_area_m2))
    film = min(1.0, s.free_kg / (0.1 * s.dry_kg + 1e-9))  # water between the grains, domain.md 3.2
    to_bottom = film
    to_core = film * max(clip((level - b) / (1.0 - b), 0.0, 1.0), stirred)
    bottom_kg = p.dry_bottom_share * s.dry_kg
    core_kg = s.dry_kg - bottom_kg
    dx_bottom = dt * to_bottom * uptake_rate(s.bottom_c, s.x_bottom, p)
    dx_core = dt * to_core * uptake_rate(s.piece_c, s.x_core, p)
    want = bottom_kg * dx_bottom + core_kg * dx_core
    scale = min(1.0, s.free_kg / want) if want > 0.0 else 0.0
    s.x_bottom += scale * dx_bottom
    s.x_core += scale * dx_core
    s.free_kg -= scale * want


@compiled
def cook(s: Record, p: Record, dt: float) -> None:
    """Gelatinization, its ceiling set by temperature (domain.md 3.1), slowed in unsoaked grain."""
    s.piece_c += (s.core_c - s.piece_c) * min(1.0, dt / p.piece_lag_s)
    rate = cook_rate(s.bottom_c, p) * clip((s.x_bottom - 0.05) / 0.20, p.dry_gate, 1.0)
    ceiling = smoothstep(s.bottom_c, p.onset_c, p.complete_c)
    s.alpha_bottom += dt * rate * max(0.0, ceiling - s.alpha_bottom)
    rate = cook_rate(s.piece_c, p) * clip((s.x_core - 0.05) / 0.20, p.dry_gate, 1.0)
    ceiling = smoothstep(s.piece_c, p.onset_c, p.complete_c)
    s.alpha_core += dt * rate * max(0.0, ceiling - s.alpha_core)
    s.cooked_s += dt * rate / p.k100_s


@compiled
def leach(s: Record, p: Record, dt: float) -> None:
    """Starch leaves the gelatinized grains; the liquid thickens (domain.md 3.4)."""
    left = p.leach_max * s.dry_kg - s.leached_kg
    rate = p.k_leach_100_s * arrhenius(s.core_c, p.e_leach_j_mol, 100.0)
    s.leached_kg += dt * rate * s.alpha_core * max(0.0, left)
    share = min(p.leach_cap, s.leached_kg / (s.free_kg + s.leached_kg + 1e-6))
    s.viscosity = 1.0 + p.viscosity_a * share**p.viscosity_power


@compiled
def foam(s: Record, p: Record, dt: float) -> None:
    """Foam height = steam velocity × foaminess (domain.md 5); over the rim it is lost."""
    share = min(p.leach_cap, s.leached_kg / (s.free_kg + s.leached_kg + 1e-6))
    life_s = p.foam_water_s + p.foam_s * share / (share + p.foam_half)
    velocity = s.steam_kg_s / (p.steam_kg_m3 * p.pot_area_m2) * water_level(s, p)
    s.foam_m += min(1.0, dt / life_s) * (velocity * life_s - s.foam_m)
    x_mean = p.dry_bottom_share * s.x_bottom + (1.0 - p.dry_bottom_share) * s.x_core
    food_kg_l = s.free_kg + s.dry_kg * (1000.0 / p.grain_kg_m3 + max(0.0, x_mean))
    excess_m = food_kg_l / 1000.0 / p.pot_area_m2 + s.foam_m - p.pot_depth_m
    if excess_m > 0.0:
        spill = min(s.free_kg, min(excess_m, s.foam_m) * p.pot_area_m2 * p.foam_kg_m3)
        s.leached_kg *= 1.0 - spill / (s.free_kg + 1e-9)
        s.free_kg -= spill
        s.boilover_kg += spill
        s.foam_m -= min(excess_m, s.foam_m)
        s.ntc_lid_c += (p.boil_c - s.ntc_lid_c) * min(1.0, dt)


@compiled
def brown(s: Record, p: Record, dt: float) -> None:
    """Browning at the pot bottom: a crust where it is dry, charring where too hot (z-values)."""
    dry = 1.0 - wetness(s, p)
    s.crust += dt * dry * 10.0 ** ((s.pot_c - p.crust_ref_c) / p.crust_z_k) / p.crust_ref_s
    s.char += dt * p.stick * 10.0 ** ((s.pot_c - p.char_ref_c) / p.char_z_k) / p.char_ref_s


@compiled
def sense(s: Record, p: Record, dt: float) -> None:
    """The sensors' lags and the headspace between food and lid."""
    steaming = min(1.0, s.steam_kg_s / (p.agitation_kg_s_m2 * p.pot_area_m2))
    share = p.head_share + (1.0 - p.head_share) * steaming
    open_lid = 1.0 - s.lid_closed * s.pot_present
    head = s.lid_c + share * (s.core_c - s.lid_c)
    head += open_lid * 0.8 * (p.ambient_c - head)
    s.head_c += (head - s.head_c) * min(1.0, dt / p.head_lag_s)
    lid = s.lid_c + p.ntc_lid_head_share * (s.head_c - s.lid_c)
    s.ntc_lid_c += (lid - s.ntc_lid_c) * min(1.0, dt / p.ntc_lid_lag_s)
    share = p.ntc_pot_share * s.pot_present
    bottom = share * s.pot_c + (1.0 - share) * s.plate_c
    s.ntc_bottom_c += (bottom - s.ntc_bottom_c) * min(1.0, dt / p.ntc_bottom_lag_s)


@compiled
def step(s: Record, p: Record, duty: float, relay: bool, dt: float) -> None:
    """Advance the cooker by dt seconds (stable to 0.5 s) with heater duty 0..1 behind the relay."""
    s.power_w = heater_power_w(s, p, duty, relay)
    conduct(s, p, dt)
    boil(s, p, dt)
    evaporate(s, p, dt)
    cook(s, p, dt)
    hydrate(s, p, dt)
    leach(s, p, dt)
    brown(s, p, dt)
    sense(s, p, dt)
    foam(s, p, dt)
    if s.plate_c >= p.fuse_c:
        s.fuse_blown = 1.0
    s.energy_j += dt * s.power_w
    s.max_bottom_c = max(s.max_bottom_c, s.pot_c)
    s.max_food_c = max(s.max_food_c, s.bottom_c, s.core_c)
    s.t_s += dt
