"""What somebody meant, in the words' own terms: hours, cups and 斤 are kept as said.

Arithmetic (clock times to dates, cups to grams) is done afterwards, by code and not by the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What is to be done (plan.schema.json)."""

    COOK = "cook"
    ADJUST = "adjust"
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    KEEP_WARM = "keep_warm"
    STATUS = "status"
    REMEMBER = "remember"
    ANSWER = "answer"
    ASK = "ask"
    REFUSE = "refuse"


class Texture(StrEnum):
    """How the food should turn out."""

    THIN = "thin"
    THICK = "thick"
    SOFT = "soft"
    NORMAL = "normal"
    FIRM = "firm"
    CRISPY = "crispy"


class TextureChange(StrEnum):
    """How a running cook should change."""

    THICKER = "thicker"
    THINNER = "thinner"
    SOFTER = "softer"
    FIRMER = "firmer"


class PowerChange(StrEnum):
    """A wish for less or more fire in a running cook."""

    LOWER = "lower"
    HIGHER = "higher"


class Topic(StrEnum):
    """What a cooking question is about."""

    WATER_AMOUNT = "water_amount"
    COOK_TIME = "cook_time"
    MENU = "menu"
    HOW_TO = "how_to"


class Reason(StrEnum):
    """Why we ask back or refuse."""

    MISSING_DISH = "missing_dish"
    UNSAFE = "unsafe"
    OUT_OF_SCOPE = "out_of_scope"
    NOTHING_RUNNING = "nothing_running"


class Unit(StrEnum):
    """Units of dry grain; grams are in UNIT_G."""

    GRAM = "gram"
    CUP = "cup"
    JIN = "jin"
    LIANG = "liang"
    POUND = "pound"
    KILO = "kilo"


# plan.schema.json: a cup is 150 g, 斤 500 g, 两 50 g, a pound 454 g.
UNIT_G: dict[Unit, int] = {
    Unit.GRAM: 1,
    Unit.CUP: 150,
    Unit.JIN: 500,
    Unit.LIANG: 50,
    Unit.POUND: 454,
    Unit.KILO: 1000,
}


class Day(StrEnum):
    """A day named beside a clock time."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    DAY_AFTER = "day_after"
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Period(StrEnum):
    """The part of the day said beside a clock time: am 早上/凌晨/morning, noon 中午, pm 下午/pm,
    night 晚上/今晚/半夜/tonight/midnight (12 at night is midnight, 12 pm is noon)."""

    AM = "am"
    NOON = "noon"
    PM = "pm"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of dry grain as said: `whole` (+ a half) times `unit`."""

    whole: int
    half: bool
    unit: Unit

    @property
    def grams(self) -> float:
        """Dry grams."""
        return (self.whole + (0.5 if self.half else 0.0)) * UNIT_G[self.unit]


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as said ("一个半小时" is 1 h 30 min, "90 minutes" is 0 h 90 min)."""

    hours: int
    minutes: int

    @property
    def total_min(self) -> int:
        """Minutes in all."""
        return self.hours * 60 + self.minutes


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as said, with the day and the part of day where they were said."""

    hour: int
    minute: int
    period: Period | None = None
    day: Day | None = None


@dataclass(frozen=True, slots=True)
class Degrees:
    """A temperature as said."""

    value: int
    fahrenheit: bool = False

    @property
    def celsius(self) -> float:
        """°C, to a tenth."""
        return round((self.value - 32) / 1.8, 1) if self.fahrenheit else float(self.value)


When = Clock | Span  # a Span counts from now


@dataclass(frozen=True, slots=True)
class Intent:
    """Action and slots. None where nothing was said."""

    action: Action
    reason: Reason | None = None
    topic: Topic | None = None
    dish: str | None = None
    servings: int | None = None
    dry: tuple[Quantity, ...] = ()
    texture: Texture | None = None
    change: TextureChange | None = None
    power: PowerChange | None = None
    more: Span | None = None
    less: Span | None = None
    target: Degrees | None = None
    keep_warm: Span | None = None
    ready: When | None = None
    start: When | None = None
