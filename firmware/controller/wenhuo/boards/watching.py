"""What watching a cook needs to know of an appliance (appliances/*/watch.toml)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from wenhuo.boards.product import Product, data_root
from wenhuo.boards.table import Table

_MOST = 100_000.0


@dataclass(frozen=True, slots=True)
class HeatPath:
    """The way of the heat: plate, pot, food in two layers, lid, and what the bottom sensor sees.

    *_j_per_k: heat capacities; *_w_per_k: conductances. bottom_share: of the food, the layer at the
    bottom. void_ml_per_g: water between the grains, per g dry. sensor_pot_share: what the bottom
    sensor sees of the pot, the rest is the plate. plateau_k_per_w: its reading above boiling water.
    """

    plate_j_per_k: float
    plate_pot_w_per_k: float
    pot_food_w_per_k: float
    layers_w_per_k: float
    bed_w_per_k: float
    bottom_share: float
    plate_air_w_per_k: float
    pot_air_w_per_k: float
    lid_j_per_k: float
    lid_air_w_per_k: float
    open_w_per_k: float
    rest_loss_w_per_k: float
    pot_out_w_per_k: float
    void_ml_per_g: float
    sensor_pot_share: float
    sensor_lag_s: float
    plateau_k_per_w: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on plan and pot count as parted. water, load, power: shares; slip_share: of the
    time still to come; persists_s: so long a parting must last."""

    water: float
    load: float
    boiling_point_k: float
    power: float
    slip_s: float
    slip_share: float
    cold_k: float
    persists_s: float


@dataclass(frozen=True, slots=True)
class Replanning:
    """most: new schedules a cook; gap_s: between two.

    reserve_*: how much earlier a cook with a time to be ready starts: where dryness ends it, where
    the clock does, where nothing boils or it is steamed. rest_least: share to which a rest may be
    cut. soften_least: share of its cooking that a late dish must have had; soften_most: that food
    may have which waits for its time. heat_missed: times as long as lid or pot were away, what
    never boils is heated longer. drying_least: share of the rated power that a fire keeps until it
    is dry. hopeless_s: no hurry where it would still be later than that.
    """

    most: float
    gap_s: float
    reserve_drying_s: float
    reserve_timed_s: float
    reserve_unboiled_s: float
    rest_least: float
    soften_least: float
    soften_most: float
    heat_missed: float
    drying_least: float
    hopeless_s: float


@dataclass(frozen=True, slots=True)
class Watching:
    """All of watch.toml."""

    path: HeatPath
    thresholds: Thresholds
    replanning: Replanning


T = TypeVar("T", HeatPath, Thresholds, Replanning)


def load_watching(product: Product) -> Watching:
    """The file of a product's appliance. Raises BoardDataError (file, key, remedy)."""
    return _load(data_root(), product.appliance.id)


@lru_cache(maxsize=8)
def _load(root: Path, appliance_id: str) -> Watching:
    table = Table.read(root / "appliances" / appliance_id / "watch.toml", root)
    found = Watching(
        path=_numbers(HeatPath, table.table("heat_path")),
        thresholds=_numbers(Thresholds, table.table("partings")),
        replanning=_numbers(Replanning, table.table("replanning")),
    )
    table.finish()
    return found


def _numbers(kind: type[T], table: Table) -> T:
    """A dataclass of positive numbers."""
    values = {f.name: table.number(f.name, above=0, at_most=_MOST) for f in fields(kind)}
    table.finish()
    return kind(**values)
