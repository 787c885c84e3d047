"""A dish as data: names, water, textures and the temperature programme (dishes/*.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from wenhuo.boards.table import Table
from wenhuo.intent import Texture
from wenhuo.schedule import PhaseKind, Until

MAX_PHASES = 8
_TEXTURES = {texture.value: texture for texture in Texture}
_KINDS = {kind.value: kind for kind in PhaseKind}
_ENDS = {end.value: end for end in Until}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of a programme: piecewise linear over the load, flat outside, shifted by texture.

    points: (dry_g, value), rising in dry_g. shifts: (texture, what it adds).
    """

    points: tuple[tuple[float, float], ...]
    shifts: tuple[tuple[Texture, float], ...] = ()

    def at(self, dry_g: float, texture: Texture) -> float:
        """The number for a load and a texture."""
        return self._over_load(dry_g) + dict(self.shifts).get(texture, 0.0)

    def _over_load(self, dry_g: float) -> float:
        if dry_g <= self.points[0][0]:
            return self.points[0][1]
        for (x0, y0), (x1, y1) in pairwise(self.points):
            if dry_g <= x1:
                return y0 + (y1 - y0) * (dry_g - x0) / (x1 - x0)
        return self.points[-1][1]

    @classmethod
    def read(cls, table: Table, key: str, at_least: float, at_most: float) -> Amount:
        """A number, or { dry_g = [...], is = [...] } or { is = number }, with textures' shifts."""
        if not table.is_table(key):
            return cls(((0.0, table.number(key, at_least=at_least, at_most=at_most)),))
        inner = table.table(key)
        if inner.has("dry_g"):
            loads = inner.numbers("dry_g", at_least=0, at_most=5000)
            values = inner.numbers("is", at_least=at_least, at_most=at_most)
            if len(loads) != len(values) or any(a >= b for a, b in pairwise(loads)):
                raise inner.fail("dry_g", "must rise and have as many numbers as `is`")
            points = tuple(zip(loads, values, strict=True))
        else:
            points = ((0.0, inner.number("is", at_least=at_least, at_most=at_most)),)
        span = at_most - at_least
        shifts = tuple(
            (texture, inner.number(name, at_least=-span, at_most=span))
            for name, texture in _TEXTURES.items()
            if inner.has(name)
        )
        inner.finish()
        return cls(points, shifts)


@dataclass(frozen=True, slots=True)
class PhaseRule:
    """One phase of a programme before load, texture, mains and boiling point are known.

    target: pot-bottom set-point in °C, above the boiling point where from_boil, None = heater off.
    follows_mains: power grows as (rated/actual voltage)². slower_below_100: the share (0..1) of the
    minutes that grows as cooking slows down at a lower boiling point. gentler_below_100: power
    falls as cooking slows down, so that no more water boils away in the longer time. textures:
    cooks of these textures have the phase.
    """

    kind: PhaseKind
    until: Until
    target: Amount | None
    from_boil: bool
    power_pct: Amount
    minutes: Amount
    follows_mains: bool
    slower_below_100: float
    gentler_below_100: bool
    textures: tuple[Texture, ...]

    @classmethod
    def read(cls, table: Table, allowed: tuple[Texture, ...]) -> PhaseRule:
        """One [[phases]] entry.

        The set-point is given by one of target_c, above_boil_c, off = true.
        """
        given = [key for key in ("target_c", "above_boil_c", "off") if table.has(key)]
        if len(given) != 1:
            raise table.fail("target_c", "or above_boil_c or off = true: give exactly one of them")
        target = None
        if given[0] == "target_c":
            target = Amount.read(table, "target_c", 30, 150)
        elif given[0] == "above_boil_c":
            target = Amount.read(table, "above_boil_c", -30, 50)
        elif not table.flag("off"):
            raise table.fail("off", "is false; leave it out and give target_c or above_boil_c")
        rule = cls(
            kind=table.choice("kind", _KINDS),
            until=table.choice("until", _ENDS),
            target=target,
            from_boil=given[0] == "above_boil_c",
            power_pct=Amount.read(table, "power_pct", 0, 100),
            minutes=Amount.read(table, "minutes", 1, 720),
            follows_mains=table.flag("follows_mains", default=target is not None),
            slower_below_100=table.number("slower_below_100", at_least=0, at_most=1, default=0.0),
            gentler_below_100=table.flag("gentler_below_100", default=False),
            textures=_textures(table, "textures") if table.has("textures") else allowed,
        )
        if rule.kind in (PhaseKind.WAIT, PhaseKind.KEEP_WARM):
            raise table.fail(
                "kind", "wait and keep_warm are added by the planner; remove the phase"
            )
        table.finish()
        return rule


@dataclass(frozen=True, slots=True)
class TextureSpec:
    """What a texture means for a dish."""

    water_g_per_g: float
    meaning_zh: str
    meaning_en: str


@dataclass(frozen=True, slots=True)
class KeepWarm:
    """How a dish may be kept warm: default_min 0 = only when asked, max_min 0 = never."""

    default_min: int
    max_min: int
    target_c: float


@dataclass(frozen=True, slots=True)
class Food:
    """What the forecast needs to know of a food, fitted on the twin.

    heat_j_per_g_k: of the dry food. absorbs_g_per_g, absorbs_per_min: water that it takes up at
    most, and the rate at 100 °C; soaks_g_per_g: at most below gelatinization. boil_lead_s: how
    long before the whole pot boils the board sees steam (the bottom of a thick food boils first).
    """

    heat_j_per_g_k: float
    absorbs_g_per_g: float
    soaks_g_per_g: float
    absorbs_per_min: float
    boil_lead_s: float


@dataclass(frozen=True, slots=True)
class Dish:
    """One dish of an appliance's menu. dry_g is grain, or food where there is no grain."""

    id: str
    names_zh: tuple[str, ...]
    names_en: tuple[str, ...]
    serving_dry_g: int
    min_dry_g: int
    max_dry_g: int
    water_base_g: float
    default_texture: Texture
    textures: dict[Texture, TextureSpec]
    texture_as: dict[Texture, Texture]
    min_time_min: int
    safety_class: str
    food: Food
    keep_warm: KeepWarm
    how_to_zh: str
    how_to_en: str
    time_zh: str
    time_en: str
    phases: tuple[PhaseRule, ...]

    @property
    def name_zh(self) -> str:
        """The display name in Chinese."""
        return self.names_zh[0]

    @property
    def name_en(self) -> str:
        """The display name in English."""
        return self.names_en[0]

    @property
    def on_rack(self) -> bool:
        """Whether the food stands on a rack over water that is brought to the boil for it."""
        kinds = {rule.kind for rule in self.phases}
        return {PhaseKind.HEAT, PhaseKind.STEAM} <= kinds

    def meant(self, texture: Texture | None) -> Texture:
        """The texture of this dish that a word means: the default for none, the nearest for one
        that this dish does not have."""
        if texture is None:
            return self.default_texture
        return texture if texture in self.textures else self.texture_as[texture]

    def water_g(self, dry_g: float, texture: Texture | None = None) -> float:
        """Water to put in, g."""
        return self.water_base_g + dry_g * self.textures[self.meant(texture)].water_g_per_g


def read_dish(dish_id: str, table: Table) -> Dish:
    """A dish from its file's table. Raises BoardDataError."""
    textures = _texture_specs(table.table("textures"))
    allowed = tuple(textures)
    dish = Dish(
        id=dish_id,
        names_zh=table.texts("names_zh"),
        names_en=table.texts("names_en"),
        serving_dry_g=table.integer("serving_dry_g", at_least=10, at_most=500),
        min_dry_g=table.integer("min_dry_g", at_least=10, at_most=1000),
        max_dry_g=table.integer("max_dry_g", at_least=50, at_most=3000),
        water_base_g=table.number("water_base_g", at_least=0, at_most=2000, default=0.0),
        default_texture=table.choice("default_texture", {t.value: t for t in allowed}),
        textures=textures,
        texture_as=_texture_as(table, allowed),
        min_time_min=table.integer("min_time_min", at_least=5, at_most=720),
        safety_class=table.text("safety_class"),
        food=_food(table.table("food")),
        keep_warm=_keep_warm(table.table("keep_warm")),
        how_to_zh=table.text("how_to_zh"),
        how_to_en=table.text("how_to_en"),
        time_zh=table.text("time_zh"),
        time_en=table.text("time_en"),
        phases=tuple(PhaseRule.read(phase, allowed) for phase in table.tables("phases")),
    )
    if not dish.min_dry_g <= dish.serving_dry_g <= dish.max_dry_g:
        raise table.fail("serving_dry_g", "must lie between min_dry_g and max_dry_g")
    if len(dish.phases) > MAX_PHASES - 2:  # a wait and a keep_warm may come on top
        raise table.fail("phases", f"holds more than {MAX_PHASES - 2}; join some")
    table.finish()
    return dish


def _texture_specs(table: Table) -> dict[Texture, TextureSpec]:
    specs = {}
    for name in table:
        if name not in _TEXTURES:
            raise table.fail(name, f"is no texture; give one of {', '.join(_TEXTURES)}")
        inner = table.table(name)
        specs[_TEXTURES[name]] = TextureSpec(
            water_g_per_g=inner.number("water_g_per_g", at_least=0, at_most=20),
            meaning_zh=inner.text("meaning_zh"),
            meaning_en=inner.text("meaning_en"),
        )
        inner.finish()
    if not specs:
        raise table.fail("textures", "is empty; give at least one texture")
    return specs


def _texture_as(table: Table, allowed: tuple[Texture, ...]) -> dict[Texture, Texture]:
    """What each texture that the dish does not have stands for; all must be given."""
    inner = table.table("texture_as")
    choices = {t.value: t for t in allowed}
    found = {t: inner.choice(t.value, choices) for t in Texture if t not in allowed}
    inner.finish()
    return found


def _food(table: Table) -> Food:
    food = Food(
        heat_j_per_g_k=table.number("heat_j_per_g_k", above=0.5, at_most=4.2),
        absorbs_g_per_g=table.number("absorbs_g_per_g", at_least=0, at_most=20),
        soaks_g_per_g=table.number("soaks_g_per_g", at_least=0, at_most=2),
        absorbs_per_min=table.number("absorbs_per_min", at_least=0, at_most=2),
        boil_lead_s=table.number("boil_lead_s", at_least=0, at_most=600),
    )
    table.finish()
    return food


def _keep_warm(table: Table) -> KeepWarm:
    keep = KeepWarm(
        default_min=table.integer("default_min", at_least=0, at_most=720),
        max_min=table.integer("max_min", at_least=0, at_most=720),
        target_c=table.number("target_c", at_least=60, at_most=85),
    )
    if keep.default_min > keep.max_min:
        raise table.fail("default_min", "is more than max_min; lower it")
    table.finish()
    return keep


def _textures(table: Table, key: str) -> tuple[Texture, ...]:
    names = table.texts(key)
    for name in names:
        if name not in _TEXTURES:
            raise table.fail(key, f"holds {name!r}; give some of {', '.join(_TEXTURES)}")
    return tuple(_TEXTURES[name] for name in names)
