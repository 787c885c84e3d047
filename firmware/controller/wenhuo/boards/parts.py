"""The parts of a product as data: appliance, controller, power board. Read from boards/*/*.toml."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from wenhuo.boards.empty_chip import EmptyChip, read_empty_chip
from wenhuo.boards.table import Table

PIN_NAMES = (
    "heater",
    "safety_relay",
    "lid_switch",
    "pot_switch",
    "uart_tx",
    "uart_rx",
    "ntc_bottom",
    "ntc_lid",
    "mains_sense",
    "heater_current",
    "led",
)


@dataclass(frozen=True, slots=True)
class Pot:
    """The inner pot. max_fill_ml: what may be put in; foam needs what is above it."""

    capacity_ml: float
    max_fill_ml: float
    mass_g: float
    heat_capacity_j_per_k: float
    diameter_mm: float
    depth_mm: float

    @property
    def headspace_mm(self) -> float:
        """Height between the fill line and the rim."""
        return self.depth_mm * (1 - self.max_fill_ml / self.capacity_ml)


@dataclass(frozen=True, slots=True)
class Heater:
    """A resistive heating plate."""

    rated_w: float
    rated_v: float


@dataclass(frozen=True, slots=True)
class HardLimits:
    """Limits that no schedule may ask to break; the power board keeps its own copy.

    plate_to_bottom_w_per_k: heat that flows from the plate to the pot's bottom for each K between
    them; by it the board keeps the plate, where no sensor sits, below plate_max_c.
    """

    bottom_max_c: float
    lid_max_c: float
    plate_max_c: float
    plate_to_bottom_w_per_k: float
    setpoint_min_c: float
    setpoint_max_c: float
    full_power_max_min: int
    cook_max_min: int
    schedule_max_min: int
    keep_warm_min_c: float
    keep_warm_max_c: float
    keep_warm_max_min: int


@dataclass(frozen=True, slots=True)
class SafetyClass:
    """What food safety asks of a kind of food.

    cook_c, cook_min: the food must be at cook_c or more (or the boiling point less 3 K where that
    is lower) for cook_min minutes. lukewarm_max_min: minutes that it may spend in the range where
    germs grow.
    """

    cook_c: float
    cook_min: int
    lukewarm_max_min: int


@dataclass(frozen=True, slots=True)
class FoodSafety:
    """Rules for food that waits. raw_hold: (ambient up to °C, hours), rising; above: hours."""

    raw_hold: tuple[tuple[float, float], ...]
    raw_hold_above_h: float
    lukewarm_from_c: float
    lukewarm_to_c: float
    classes: dict[str, SafetyClass]

    def raw_hold_hours(self, ambient_c: float | None) -> float:
        """How long raw food may wait in water, h. Unknown ambient counts as the coolest band, as
        the contract says (plan.schema.json, reason)."""
        if ambient_c is None:
            return self.raw_hold[0][1]
        for up_to_c, hours in self.raw_hold:
            if ambient_c <= up_to_c:
                return hours
        return self.raw_hold_above_h


@dataclass(frozen=True, slots=True)
class HeatModel:
    """Coefficients of the forecast (wenhuo.planning.estimate), fitted on the twin.

    efficiency: heat into pot and food over electricity. plate_j_per_k: the heating plate.
    loss_w_per_k: to the room. boiling_loss_w: steam that condenses on the lid and runs back.
    water_w_per_k, bed_w_per_k: pot bottom to boiling water, to a bed without free water.
    boil_delay_s, dry_delay_s: until the power board notices.
    """

    efficiency: float
    plate_j_per_k: float
    loss_w_per_k: float
    boiling_loss_w: float
    water_w_per_k: float
    bed_w_per_k: float
    boil_delay_s: float
    dry_delay_s: float


@dataclass(frozen=True, slots=True)
class Appliance:
    """An appliance: pot, heaters to choose from, limits and rules; its menu is beside it."""

    id: str
    name_zh: str
    name_en: str
    dishes: tuple[str, ...]
    pot: Pot
    heaters: dict[str, Heater]
    limits: HardLimits
    food_safety: FoodSafety
    heat: HeatModel


@dataclass(frozen=True, slots=True)
class Controller:
    """The Linux computer that runs this package.

    model_*: what the model's process may take: CPUs (none named: any), memory, the time to load
    and the time for one line, after which the host goes on without it.
    """

    id: str
    name: str
    cores: int
    threads: int
    model_cpus: tuple[int, ...]
    model_memory_mb: int
    model_load_ms: int
    model_line_ms: int
    arch: str
    ram_mb: int
    serial: str
    baud: int


@dataclass(frozen=True, slots=True)
class Ntc:
    """A thermistor with a pull-up to the ADC's supply; plausible range of its readings."""

    r25_ohm: float
    beta_k: float
    pull_up_ohm: float
    min_c: float
    max_c: float


@dataclass(frozen=True, slots=True)
class PowerBoard:
    """The microcontroller board that switches the heater. pins: name -> number, None = absent.

    empty_chip: how MicroPython gets onto it, None where it needs not.
    """

    id: str
    name: str
    port: str
    pins: dict[str, int | None]
    uart: int
    baud: int
    adc_supply_mv: int
    ntc: dict[str, Ntc]
    heater_window_ms: int
    heater_min_switch_ms: int
    watchdog_ms: int
    lease_ms: int
    empty_chip: EmptyChip | None = None


def read_appliance(appliance_id: str, table: Table) -> Appliance:
    """An appliance from its file's table. Raises BoardDataError."""
    heaters = table.table("heaters")
    appliance = Appliance(
        id=appliance_id,
        name_zh=table.text("name_zh"),
        name_en=table.text("name_en"),
        dishes=table.texts("dishes"),
        pot=_pot(table.table("pot")),
        heaters={name: _heater(heaters.table(name)) for name in heaters},
        limits=_limits(table.table("limits")),
        food_safety=_food_safety(table.table("food_safety")),
        heat=_heat_model(table.table("heat_model")),
    )
    table.finish()
    return appliance


def _pot(table: Table) -> Pot:
    capacity = table.number("capacity_ml", above=100, at_most=20_000)
    pot = Pot(
        capacity_ml=capacity,
        max_fill_ml=table.number("max_fill_ml", above=50, at_most=capacity),
        mass_g=table.number("mass_g", above=50, at_most=5000),
        heat_capacity_j_per_k=table.number("heat_capacity_j_per_k", above=50, at_most=5000),
        diameter_mm=table.number("diameter_mm", above=50, at_most=500),
        depth_mm=table.number("depth_mm", above=30, at_most=500),
    )
    table.finish()
    return pot


def _heater(table: Table) -> Heater:
    heater = Heater(
        rated_w=table.number("rated_w", above=50, at_most=3500),
        rated_v=table.number("rated_v", above=10, at_most=400),
    )
    table.finish()
    return heater


def _limits(table: Table) -> HardLimits:
    limits = HardLimits(
        bottom_max_c=table.number("bottom_max_c", above=100, at_most=165),
        lid_max_c=table.number("lid_max_c", above=90, at_most=130),
        plate_max_c=table.number("plate_max_c", above=100, at_most=172),
        plate_to_bottom_w_per_k=table.number("plate_to_bottom_w_per_k", at_least=5, at_most=100),
        setpoint_min_c=table.number("setpoint_min_c", at_least=20, at_most=60),
        setpoint_max_c=table.number("setpoint_max_c", above=60, at_most=160),
        full_power_max_min=table.integer("full_power_max_min", at_least=10, at_most=240),
        cook_max_min=table.integer("cook_max_min", at_least=30, at_most=1440),
        schedule_max_min=table.integer("schedule_max_min", at_least=60, at_most=2880),
        keep_warm_min_c=table.number("keep_warm_min_c", at_least=57, at_most=75),
        keep_warm_max_c=table.number("keep_warm_max_c", above=60, at_most=90),
        keep_warm_max_min=table.integer("keep_warm_max_min", at_least=30, at_most=1440),
    )
    if limits.setpoint_max_c >= limits.bottom_max_c:
        raise table.fail("setpoint_max_c", "must be below bottom_max_c; lower it")
    if limits.plate_max_c <= limits.bottom_max_c:
        raise table.fail("plate_max_c", "must be above bottom_max_c, since heat flows; raise it")
    table.finish()
    return limits


def _food_safety(table: Table) -> FoodSafety:
    up_to = table.numbers("raw_hold_up_to_c", at_least=0, at_most=50)
    hours = table.numbers("raw_hold_hours", at_least=0, at_most=24)
    if len(up_to) != len(hours) or any(a >= b for a, b in pairwise(up_to)):
        raise table.fail("raw_hold_up_to_c", "must rise and have as many numbers as raw_hold_hours")
    classes = table.table("classes")
    rules = FoodSafety(
        raw_hold=tuple(zip(up_to, hours, strict=True)),
        raw_hold_above_h=table.number("raw_hold_above_h", at_least=0, at_most=24),
        lukewarm_from_c=table.number("lukewarm_from_c", at_least=0, at_most=30),
        lukewarm_to_c=table.number("lukewarm_to_c", above=40, at_most=70),
        classes={name: _safety_class(classes.table(name)) for name in classes},
    )
    table.finish()
    return rules


def _safety_class(table: Table) -> SafetyClass:
    safety = SafetyClass(
        cook_c=table.number("cook_c", at_least=30, at_most=120),
        cook_min=table.integer("cook_min", at_least=1, at_most=720),
        lukewarm_max_min=table.integer("lukewarm_max_min", at_least=0, at_most=1440),
    )
    table.finish()
    return safety


def _heat_model(table: Table) -> HeatModel:
    model = HeatModel(
        efficiency=table.number("efficiency", above=0.3, at_most=1),
        plate_j_per_k=table.number("plate_j_per_k", at_least=0, at_most=3000),
        loss_w_per_k=table.number("loss_w_per_k", at_least=0, at_most=5),
        boiling_loss_w=table.number("boiling_loss_w", at_least=0, at_most=300),
        water_w_per_k=table.number("water_w_per_k", above=1, at_most=500),
        bed_w_per_k=table.number("bed_w_per_k", above=0.1, at_most=100),
        boil_delay_s=table.number("boil_delay_s", at_least=0, at_most=600),
        dry_delay_s=table.number("dry_delay_s", at_least=0, at_most=600),
    )
    table.finish()
    return model


def read_controller(controller_id: str, table: Table) -> Controller:
    """A controller from its file's table. Raises BoardDataError."""
    controller = Controller(
        id=controller_id,
        name=table.text("name"),
        cores=table.integer("cores", at_least=1, at_most=64),
        threads=table.integer("threads", at_least=1, at_most=64),
        model_cpus=_cpus(table),
        model_memory_mb=table.integer("model_memory_mb", at_least=32, at_most=65_536),
        model_load_ms=table.integer("model_load_ms", at_least=100, at_most=120_000),
        model_line_ms=table.integer("model_line_ms", at_least=50, at_most=120_000),
        arch=table.word("arch", "aarch64", "x86_64"),
        ram_mb=table.integer("ram_mb", at_least=256, at_most=1_048_576),
        serial=table.text("serial"),
        baud=table.integer("baud", at_least=9600, at_most=3_000_000),
    )
    if controller.threads > controller.cores:
        raise table.fail("threads", "is more than cores; lower it")
    if any(cpu >= controller.cores for cpu in controller.model_cpus):
        raise table.fail("model_cpus", "names a core that cores does not count; mend one")
    table.finish()
    return controller


def _cpus(table: Table) -> tuple[int, ...]:
    """The CPUs of "1-3", or none for "any"."""
    text = table.text("model_cpus")
    first, _, last = text.partition("-")
    if text == "any":
        return ()
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last) < 64):
        raise table.fail("model_cpus", f'is {text!r}; give "any" or a range, e.g. "1-3"')
    return tuple(range(int(first), int(last) + 1))


def read_power_board(board_id: str, table: Table) -> PowerBoard:
    """A power board from its file's table. Raises BoardDataError."""
    ntc = table.table("ntc")
    board = PowerBoard(
        id=board_id,
        name=table.text("name"),
        port=table.word("port", "rp2", "esp32", "virtual"),
        pins=_pins(table.table("pins")),
        uart=table.integer("uart", at_least=0, at_most=5),
        baud=table.integer("baud", at_least=9600, at_most=3_000_000),
        adc_supply_mv=table.integer("adc_supply_mv", at_least=1000, at_most=5000),
        ntc={name: _ntc(ntc.table(name)) for name in ("bottom", "lid")},
        heater_window_ms=table.integer("heater_window_ms", at_least=100, at_most=60_000),
        heater_min_switch_ms=table.integer("heater_min_switch_ms", at_least=10, at_most=10_000),
        watchdog_ms=table.integer("watchdog_ms", at_least=100, at_most=8388),  # rp2040 allows 8388
        lease_ms=table.integer("lease_ms", at_least=500, at_most=3000),
        empty_chip=read_empty_chip(table.table("empty_chip")) if table.has("empty_chip") else None,
    )
    ntc.finish()
    if board.heater_min_switch_ms * 2 > board.heater_window_ms:
        raise table.fail("heater_min_switch_ms", "is more than half of heater_window_ms; lower it")
    table.finish()
    return board


def _pins(table: Table) -> dict[str, int | None]:
    """Every pin by name; -1 says that the board has none. Two names may not share one."""
    numbers = {name: table.integer(name, at_least=-1, at_most=48) for name in PIN_NAMES}
    used = [number for number in numbers.values() if number >= 0]
    for name, number in numbers.items():
        if number >= 0 and used.count(number) > 1:
            raise table.fail(name, f"is {number}, which another pin has too; give its own")
    table.finish()
    return {name: number if number >= 0 else None for name, number in numbers.items()}


def _ntc(table: Table) -> Ntc:
    ntc = Ntc(
        r25_ohm=table.number("r25_ohm", above=100, at_most=1_000_000),
        beta_k=table.number("beta_k", above=2000, at_most=6000),
        pull_up_ohm=table.number("pull_up_ohm", above=100, at_most=1_000_000),
        min_c=table.number("min_c", at_least=-40, at_most=20),
        max_c=table.number("max_c", above=100, at_most=250),
    )
    table.finish()
    return ntc
