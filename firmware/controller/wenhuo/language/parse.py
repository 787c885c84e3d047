"""Reading a line of the schedule language back: token names to intents and schedules."""

from __future__ import annotations

from typing import TypeVar

from wenhuo.errors import LanguageError
from wenhuo.intent import (
    Action,
    Clock,
    Day,
    Degrees,
    Intent,
    Period,
    PowerChange,
    Quantity,
    Reason,
    Span,
    Texture,
    TextureChange,
    Topic,
    Unit,
    When,
)
from wenhuo.language.answer import PHASES, PLAN
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

_WORD_SLOTS: dict[str, tuple[str, Reason | Topic | Texture | TextureChange | PowerChange]] = {
    **{r.value: ("reason", r) for r in Reason},
    **{t.value: ("topic", t) for t in Topic},
    **{t.value: ("texture", t) for t in Texture},
    **{c.value: ("change", c) for c in TextureChange},
    **{p.value: ("power", p) for p in PowerChange},
}
_SPAN_SLOTS = {"more": "more", "less": "less", "warm": "keep_warm"}

_Name = TypeVar("_Name", Action, Unit, PhaseKind, Until)


class _Reader:
    """A cursor over bare token names (the <| |> taken off)."""

    def __init__(self, tokens: list[str]) -> None:
        self.names = [t.removeprefix("<|").removesuffix("|>") for t in tokens]
        self.at = 0

    def peek(self) -> str:
        return self.names[self.at] if self.at < len(self.names) else ""

    def take(self) -> str:
        if self.at >= len(self.names):
            raise LanguageError(f"line ends after {' '.join(self.names)}: more words expected")
        self.at += 1
        return self.names[self.at - 1]

    def took(self, *names: str) -> bool:
        """Step over the next word if it is one of these."""
        if self.peek() in names:
            self.at += 1
            return True
        return False

    def number(self) -> int:
        name = self.take()
        if not name.isdigit():
            raise LanguageError(f"{name!r} where the language has a number, word {self.at}")
        return int(name)

    def span(self) -> Span:
        return Span(self.number(), self.number())


def parse_intent(tokens: list[str]) -> Intent:
    """Action and slots from a line; whatever follows <|plan|> or <|end|> is left alone.

    Raises LanguageError where the tokens are not in the language.
    """
    reader = _Reader(tokens)
    slots: dict[str, object] = {"action": _enum(Action, reader.take())}
    while reader.peek() not in ("", "plan", "end"):
        _slot(reader, slots)
    return Intent(**slots)  # type: ignore[arg-type]  # _slot puts each slot's own type


def parse_schedule(tokens: list[str]) -> Schedule:
    """The phases of a whole line (what stands after <|phases|>), empty where there are none.

    A wait has duration 0: the controller fills it in. Raises LanguageError.
    """
    if PLAN not in tokens:
        return ()
    if PHASES not in tokens:
        raise LanguageError("the line stops before its phases")
    reader = _Reader(tokens[tokens.index(PHASES) + 1 :])
    phases: list[Phase] = []
    while reader.peek() not in ("", "end"):
        phases.append(_phase(reader))
    return tuple(phases)


def _slot(reader: _Reader, slots: dict[str, object]) -> None:
    name = reader.take()
    if name in _WORD_SLOTS:
        key, value = _WORD_SLOTS[name]
        slots[key] = value
    elif name.startswith("dish:"):
        slots["dish"] = name.removeprefix("dish:")
    elif name in _SPAN_SLOTS:
        slots[_SPAN_SLOTS[name]] = reader.span()
    elif name == "servings":
        slots["servings"] = reader.number()
    elif name == "dry":
        slots["dry"] = _quantities(reader)
    elif name == "target":
        slots["target"] = Degrees(reader.number(), reader.took("fahrenheit"))
    elif name in ("ready", "start"):
        slots[name] = _when(reader)
    else:
        raise LanguageError(f"{name!r} is no slot of the language")


def _quantities(reader: _Reader) -> tuple[Quantity, ...]:
    said: list[Quantity] = []
    while reader.peek().isdigit():
        whole = reader.number()
        if reader.took("hundred"):
            whole = whole * 100 + reader.number()
        half = reader.took("half")
        said.append(Quantity(whole, half, _enum(Unit, reader.take())))
    return tuple(said)


def _when(reader: _Reader) -> When:
    if reader.took("in"):
        return reader.span()
    if not reader.took("at"):
        raise LanguageError(f"{reader.peek()!r} where a time was expected")
    day = Day(reader.take()) if reader.peek() in set(Day) else None
    period = Period(reader.take()) if reader.peek() in set(Period) else None
    return Clock(reader.number(), reader.number(), period, day)


def _phase(reader: _Reader) -> Phase:
    kind = _enum(PhaseKind, reader.take().removeprefix("p:"))
    target = None if reader.took("off") else float(reader.number())
    power = reader.number()
    if reader.took("auto"):
        duration_s = 0
    elif reader.took("hours"):
        duration_s = reader.number() * 3600
    elif kind is PhaseKind.KEEP_WARM:
        duration_s = reader.span().total_min * 60
    else:
        duration_s = reader.number() * 60
    return Phase(
        kind, target, power, duration_s, _enum(Until, reader.take().removeprefix("until:"))
    )


def _enum(kind: type[_Name], name: str) -> _Name:
    try:
        return kind(name)
    except ValueError as error:
        raise LanguageError(f"{name!r} is no {kind.__name__.lower()} of the language") from error
