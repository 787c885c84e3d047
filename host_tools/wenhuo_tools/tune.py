"""How the menu's programmes turn out on the twin: `python -m wenhuo_tools.tune [dish ...]`.

Cooks every dish, texture, load, altitude and mains voltage of a grid and prints what became of it,
or (`--worst`) one line for each dish and texture. Exit code 1 where a cook misses the bars.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from wenhuo.boards import Dish, Product, load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import WenhuoError
from wenhuo.intent import Texture
from wenhuo.planning.estimate import time_to_ready_s
from wenhuo.planning.programme import boiling_point_c, programme
from wenhuo_tools.twin.batch import run_schedule
from wenhuo_tools.twin.params import Load, Site
from wenhuo_tools.twin.plant import cooker_of

LOAD_SHARES = (0.25, 0.5, 1.0)  # of the most that the pot takes, beside one serving
ALTITUDES_M = (0.0, 1500.0, 3000.0)
MAINS_V = (185.0, 220.0, 245.0)
START_C = 20.0
# The bars (issue: done, no boil-over, little scorch, the texture asked for).
DONENESS_MIN = 0.95
BOILOVER_MAX_G = 0.5
SCORCH_MAX = 0.1
TEXTURE_ERROR_MAX = 0.5


@dataclass(frozen=True, slots=True)
class Cell:
    """One cook of the grid and its outcome. estimate_min: what the controller would have said."""

    dish: str
    texture: Texture
    dry_g: float
    altitude_m: float
    mains_v: float
    doneness: float
    texture_error: float
    texture_value: float
    boilover_g: float
    scorch: float
    minutes: float
    estimate_min: float
    energy_wh: float
    free_water_g: float
    timed_out: str

    @property
    def good(self) -> bool:
        """Whether the food meets all bars."""
        return (
            self.doneness >= DONENESS_MIN
            and self.boilover_g <= BOILOVER_MAX_G
            and self.scorch <= SCORCH_MAX
            and self.texture_error <= TEXTURE_ERROR_MAX
        )


def loads_g(product: Product, dish: Dish, texture: Texture) -> list[float]:
    """One serving and shares of the most that fits, g, rising."""
    most = product.most_dry_g(dish, texture)
    shares = {max(dish.min_dry_g, round(share * most / 50) * 50) for share in LOAD_SHARES}
    return sorted({float(dish.serving_dry_g), *(float(min(g, most)) for g in shares)})


def cook_cell(product: Product, dish: Dish, texture: Texture, dry_g: float, site: Site) -> Cell:
    """Cook one dish by the menu's programme with the menu's water. Raises BoardDataError."""
    conditions = Conditions.of(
        dish,
        dry_g,
        texture=texture,
        tb_c=boiling_point_c(site.altitude_m),
        mains_pct=100 * site.mains_v / product.heater.rated_v,
        start_c=START_C,
    )
    schedule = programme(product, conditions)
    load = Load(dry_g, dish.water_g(dry_g, texture), START_C)
    result = run_schedule(cooker_of(product.id), dish.id, load, site, schedule)
    food = result.served
    late = [
        phase.kind.value
        for phase, ended in zip(schedule, result.by_condition, strict=True)
        if phase.until != "time" and not ended
    ]
    return Cell(
        dish=dish.id,
        texture=texture,
        dry_g=dry_g,
        altitude_m=site.altitude_m,
        mains_v=site.mains_v,
        doneness=food.doneness,
        texture_error=food.texture_error[texture],
        texture_value=food.texture_value,
        boilover_g=food.boilover_g,
        scorch=food.scorch,
        minutes=result.served_s / 60,
        estimate_min=time_to_ready_s(schedule, product, conditions) / 60,
        energy_wh=food.energy_wh,
        free_water_g=food.free_water_g,
        timed_out=",".join(late),
    )


def cook_grid(
    product: Product,
    dish_ids: list[str],
    altitudes_m: tuple[float, ...] = ALTITUDES_M,
    mains_v: tuple[float, ...] = MAINS_V,
) -> Iterator[Cell]:
    """All cells of the grid for these dishes. Raises BoardDataError for an unknown dish."""
    for dish_id in dish_ids:
        dish = product.dish(dish_id)
        for texture in dish.textures:
            for dry_g in loads_g(product, dish, texture):
                for altitude_m in altitudes_m:
                    for volts in mains_v:
                        site = Site(START_C, altitude_m, volts)
                        yield cook_cell(product, dish, texture, dry_g, site)


HEADER = (
    f"{'dish':<22}{'texture':<8}{'dry g':>6}{'alt m':>6}{'V':>5}{'done':>7}{'texture':>9}"
    f"{'err':>6}{'over g':>7}{'scorch':>7}{'min':>7}{'est':>6}{'Wh':>6}{'free g':>7}"
)


def row(cell: Cell) -> str:
    """A cell as a line of the table; a cell that misses a bar ends in `<<`."""
    return (
        f"{cell.dish:<22}{cell.texture.value:<8}{cell.dry_g:>6.0f}{cell.altitude_m:>6.0f}"
        f"{cell.mains_v:>5.0f}{cell.doneness:>7.3f}{cell.texture_value:>+9.2f}"
        f"{cell.texture_error:>6.2f}{cell.boilover_g:>7.1f}{cell.scorch:>7.2f}{cell.minutes:>7.1f}"
        f"{cell.estimate_min - cell.minutes:>+6.1f}{cell.energy_wh:>6.0f}{cell.free_water_g:>7.0f}"
        f"{' ' + cell.timed_out if cell.timed_out else ''}{'' if cell.good else ' <<'}"
    )


WORST_HEADER = (
    f"{'dish':<22}{'texture':<8}{'good':>8}{'done':>7}{'err':>6}{'over g':>7}{'scorch':>7}"
    f"{'minutes':>10}{'est off':>12}"
)


def worst_row(cells: list[Cell]) -> str:
    """The worst of each bar over the cells of one dish and texture."""
    off = [cell.estimate_min - cell.minutes for cell in cells]
    times = f"{min(c.minutes for c in cells):.0f}-{max(c.minutes for c in cells):.0f}"
    return (
        f"{cells[0].dish:<22}{cells[0].texture.value:<8}"
        f"{sum(c.good for c in cells):>5}/{len(cells):<2}{min(c.doneness for c in cells):>7.3f}"
        f"{max(c.texture_error for c in cells):>6.2f}{max(c.boilover_g for c in cells):>7.1f}"
        f"{max(c.scorch for c in cells):>7.2f}{times:>10}{min(off):>+6.1f}{max(off):>+6.1f}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 0 where every cook is good, 1 where one is not or the data are wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("dishes", nargs="*", help="dish ids; none = the whole menu")
    parser.add_argument("--board", help="product id; none = the default")
    parser.add_argument("--worst", action="store_true", help="one line per dish and texture")
    parser.add_argument("--bad", action="store_true", help="only cooks that miss a bar")
    options = parser.parse_args(arguments)
    try:
        product = load_product(options.board)
        cells = list(cook_grid(product, options.dishes or list(product.menu)))
    except WenhuoError as error:
        print(f"tune: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    if options.worst:
        groups = groupby(cells, key=lambda c: (c.dish, c.texture))
        lines = [WORST_HEADER, *(worst_row(list(group)) for _, group in groups)]
    else:
        lines = [HEADER, *(row(c) for c in cells if not (options.bad and c.good))]
    good = sum(cell.good for cell in cells)
    print("\n".join([*lines, f"{good} of {len(cells)} cooks are good"]))  # noqa: T201
    return 0 if good == len(cells) else 1


if __name__ == "__main__":
    sys.exit(main())
