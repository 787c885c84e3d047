"""One sentence in the making: templates ask it for words, and it keeps what they mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from random import Random

from wenhuo.boards.menu import Dish
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
)
from wenhuo_models.factory import surface_en, surface_zh, values
from wenhuo_models.factory.phrasebook import Family, Phrasebook
from wenhuo_models.factory.template import Node, TemplateError

_SURFACE = {"zh": surface_zh, "en": surface_en}
_OWN_WORDS = 0.55  # how often an author uses words of their own where there are others too
_SPAN_MOST_MIN = {"warm": 720, "more": 90, "less": 60}
_ENUMS = {
    "reason": Reason,
    "topic": Topic,
    "texture": Texture,
    "change": TextureChange,
    "power": PowerChange,
}


class Speaker:
    """Speaks for one family. slots: what was meant so far, by the field names of Intent."""

    def __init__(
        self,
        rng: Random,
        book: Phrasebook,
        family: Family,
        menu: dict[str, Dish],
        running: str | None,
    ) -> None:
        self.rng = rng
        self.book = book
        self.family = family
        self.menu = menu
        self.lang = family.lang
        self.running = running
        self.dish = rng.choice(family.dishes) if family.dishes else pick_dish(rng, menu)
        self.slots: dict[str, object] = {}
        self.corrections = 1 if rng.random() < 0.07 else 0
        self._clause_gap = rng.random()
        self._pair: tuple[str, str] | None = None
        self._apart: tuple[Day | None, Period | None] | None = None
        self._depth = 0
        for key, value in family.slots.items():
            self._note(key, value)

    def say(self) -> str:
        """The family's words for one meaning."""
        text = self.rng.choice(self.family.templates).expand(self)
        if self.corrections and self.family.action is Action.COOK and self.rng.random() < 0.6:
            text += self._late_correction()
        return text

    def intent(self) -> Intent:
        """What the words said so far mean. What is not for a cooker has no slots."""
        if self.slots.get("reason") is Reason.OUT_OF_SCOPE:
            return Intent(self.family.action, Reason.OUT_OF_SCOPE)
        if self.family.action is Action.REFUSE:
            self.slots.pop("target", None)  # the language has a temperature to keep warm at only
        return Intent(action=self.family.action, **self.slots)  # type: ignore[arg-type]  # by key

    def joiner(self) -> str:
        """What stands between two clauses: the same kind of gap all through a sentence."""
        if self.lang == "en":
            return ", " if self._clause_gap < 0.6 else " "
        return "，" if self._clause_gap < 0.7 else (" " if self._clause_gap < 0.8 else "")

    def rule(self, name: str) -> str:
        """Words of a fragment: the author's own, or anybody's. `lang:name` speaks that language."""
        lang, _, bare = name.rpartition(":")
        if lang:
            before, self.lang = self.lang, lang
            try:
                return self.rule(bare)
            finally:
                self.lang = before
        options = self._options(name)
        if not options:
            raise TemplateError(f"{self.family.name}: no rule {name!r} in {self.lang}")
        self._depth += 1
        if self._depth > 12:
            raise TemplateError(f"{self.family.name}: rule {name!r} never ends")
        text = self.rng.choice(options).expand(self)
        self._depth -= 1
        return text

    def slot(self, name: str, argument: str) -> str:
        """Words for a slot; the value goes into the meaning."""
        if name.startswith("="):
            self._note(name[1:], argument)
            return ""
        if argument in _SURFACE:
            return self._in(argument, name, "")
        if self.lang == "mixed":
            return self._in(self.rng.choice(tuple(_SURFACE)), name, argument)
        words: Callable[[str], str] | None = getattr(self, f"_say_{name}", None)
        if words is None:
            raise TemplateError(f"{self.family.name}: no slot {name!r}")
        if self.corrections and name in _CORRECTED and self.rng.random() < 0.4:
            self.corrections = 0
            wrong = words(argument)
            if name in ("dish", "obj"):
                self._new_dish()
            return f"{wrong}{self.rule('correct')}{words(argument)}"
        return words(argument)

    def _in(self, lang: str, name: str, argument: str) -> str:
        """A slot said in another language."""
        before, self.lang = self.lang, lang
        try:
            return self.slot(name, argument)
        finally:
            self.lang = before

    def _options(self, name: str) -> tuple[Node, ...]:
        found = self.book.alternatives(self.lang, self.family.author, name)
        if len(found) == 2 and self.rng.random() >= _OWN_WORDS:
            return found[1]
        return found[0] if found else ()

    def _note(self, key: str, value: str) -> None:
        if key in _ENUMS:
            self.slots[key] = _ENUMS[key](value)
        elif key == "servings":
            self.slots[key] = int(value)
        elif key in ("warm", "more", "less", "ready", "start"):
            hours, _, minutes = value.rpartition(":")
            self.slots["keep_warm" if key == "warm" else key] = Span(int(hours or 0), int(minutes))
        elif key == "clock":
            hours, _, minutes = value.rpartition(":")
            self.slots["ready"] = Clock(int(hours), int(minutes))
        elif key == "dish":
            self.slots["dish"] = value
            self.dish = value
        elif key == "target":
            self.slots["target"] = Degrees(int(value))
        else:
            raise TemplateError(f"{self.family.name}: no meaning {key!r}")

    def _new_dish(self) -> None:
        kind = self._kind()
        for _ in range(8):
            self.dish = (
                self.rng.choice(self.family.dishes)
                if self.family.dishes
                else pick_dish(self.rng, self.menu)
            )
            if self._kind() == kind:
                break
        self._pair = None

    def _kind(self) -> str:
        return str(talk()[self.dish]["talk"])

    def _late_correction(self) -> str:
        """At the end of the sentence: "... — no, six people"."""
        self.corrections = 0
        keys = [k for k in ("servings", "ready", "texture", "dish") if k in self.slots]
        if not keys:
            return ""
        key = self.rng.choice(keys)
        before = dict(self.slots)
        if key == "dish":
            self._new_dish()
            if (
                self.slots.get("texture")
                and self.slots["texture"] not in self.menu[self.dish].textures
            ):
                self.slots = before
                return ""
        self.slots.pop(key, None)
        if key == "ready" and isinstance(before["ready"], Clock) and self.lang != "mixed":
            return self.rule("correct") + self.slot("ready", "clock")
        return self.rule("correct") + self.rule(f"again.{key}")

    # Words for each slot. The argument narrows the value or the form.

    def _say_dish(self, argument: str) -> str:
        self.slots["dish"] = self.dish
        return self.rule(f"dish.{self.dish}")

    def _say_adish(self, argument: str) -> str:
        """A dish with a measure: "一锅粥", "some congee"."""
        self.slots["dish"] = self.dish
        return (
            self.rule(f"adish.{self.dish}")
            if self._options(f"adish.{self.dish}")
            else self.rule("adish")
        )

    def _say_verb(self, argument: str) -> str:
        return self._verb_object()[0]

    def _say_obj(self, argument: str) -> str:
        self.slots["dish"] = self.dish
        return self._verb_object()[1]

    def _verb_object(self) -> tuple[str, str]:
        if self._pair is None:
            verb, _, thing = self.rule(f"pair.{self.dish}").partition("/")
            self._pair = verb, thing
        return self._pair

    def _say_run(self, argument: str) -> str:
        """The running dish by its name, which is no slot."""
        return self.rule(f"dish.{self.running or self.dish}")

    def _say_n(self, argument: str) -> str:
        low, _, high = argument.partition("-")
        value = values.servings(self.rng, int(low or 1), int(high or low or 12))
        self.slots["servings"] = value
        return str(_SURFACE[self.lang].count(self.rng, value))

    def _say_dry(self, argument: str) -> str:
        value: tuple[Quantity, ...] = values.quantity(self.rng)
        self.slots["dry"] = value
        return str(_SURFACE[self.lang].quantity(self.rng, value))

    def _texture(self) -> Texture:
        said = self.slots.get("texture")
        if isinstance(said, Texture):
            return said
        if self.rng.random() < 0.02:
            texture = self.rng.choice((Texture.SOFT, Texture.FIRM, Texture.THIN, Texture.THICK))
            if not self._options(f"tex.{texture}.{self._kind()}"):
                texture = self.menu[self.dish].default_texture
        else:
            legal = tuple(self.menu[self.dish].textures)
            texture = self.rng.choice(
                [t for t in legal if t is not Texture.NORMAL] * 4 + list(legal)
            )
        self.slots["texture"] = texture
        return texture

    def _say_tex(self, argument: str) -> str:
        texture = self._texture()
        if self._options(f"tex.{texture}.{self._kind()}"):
            return self.rule(f"tex.{texture}.{self._kind()}")
        return self.rule(f"tex.{texture}")

    def _say_adj(self, argument: str) -> str:
        texture = self._texture()
        if self._options(f"adj.{texture}.{self._kind()}"):
            return self.rule(f"adj.{texture}.{self._kind()}")
        return self.rule(f"adj.{texture}")

    def _say_chg(self, argument: str) -> str:
        porridge = Texture.THICK in self.menu[self.running or self.dish].textures
        options = (
            (TextureChange.THICKER, TextureChange.THINNER)
            if porridge
            else (TextureChange.SOFTER, TextureChange.FIRMER)
        )
        change = self.rng.choice(options)
        self.slots["change"] = change
        return self.rule(f"chg.{change}")

    def _say_pow(self, argument: str) -> str:
        power = self.rng.choice(tuple(PowerChange))
        self.slots["power"] = power
        return self.rule(f"pow.{power}")

    def _say_ready(self, argument: str) -> str:
        return self._when("ready", argument)

    def _say_start(self, argument: str) -> str:
        return self._when("start", argument)

    def _say_part(self, argument: str) -> str:
        """A day or a part of day apart from the hour, which a {ready} or {start} gives later."""
        self._apart = values.day_part(self.rng)
        day, part = self._apart
        return str(_SURFACE[self.lang].day_part(self.rng, Clock(6, 0, part, day)))

    def _when(self, key: str, argument: str) -> str:
        surface = _SURFACE[self.lang]
        if self._apart:
            value = values.clock_within(self.rng, *self._apart)
            self.slots[key] = value
            words = surface.clock(self.rng, Clock(value.hour, value.minute))
            return words if argument == "clock" else self._carried(f"at_{key}", words)
        as_span = argument == "span" or (not argument and self.rng.random() < 0.2)
        if as_span:
            length = values.span(self.rng, 720)
            self.slots[key] = length
            words = surface.span(self.rng, length)
            return words if argument == "span" else self._carried("in_span", words)
        value = values.clock(self.rng)
        if self.lang == "en" and value.period is Period.NOON and value.hour != 12:
            value = replace(value, period=None)
        self.slots[key] = value
        words = surface.clock(self.rng, value)
        return words if argument == "clock" else self._carried(f"at_{key}", words)

    def _carried(self, rule: str, words: str) -> str:
        """A time with its preposition; "for four" would be four people."""
        for _ in range(8):
            carrier = self.rule(rule)
            if not (_FOR.match(carrier) and _BARE.fullmatch(words)):
                return carrier.replace("@", words)
        return f"at {words}"

    def _span(self, key: str) -> str:
        value = values.span(self.rng, _SPAN_MOST_MIN[key])
        self.slots["keep_warm" if key == "warm" else key] = value
        return str(_SURFACE[self.lang].span(self.rng, value))

    def _say_warm(self, argument: str) -> str:
        return self._span("warm")

    def _say_more(self, argument: str) -> str:
        return self._span("more")

    def _say_less(self, argument: str) -> str:
        return self._span("less")

    def _say_minutes(self, argument: str) -> str:
        """A length of time that is no slot ("stewed for two hours")."""
        return str(_SURFACE[self.lang].span(self.rng, values.span(self.rng, 240)))

    def _say_num(self, argument: str) -> str:
        """A number that is no slot, in the range of the argument."""
        low, _, high = argument.partition("-")
        return str(_SURFACE[self.lang].count(self.rng, self.rng.randint(int(low), int(high))))

    def _say_target(self, argument: str) -> str:
        low, _, high = (argument or "60-85").partition("-")
        value = values.degrees(self.rng, int(low), int(high))
        self.slots["target"] = value
        return str(_SURFACE[self.lang].degrees(self.rng, value))


_FOR = re.compile(r"(?:.*\s)?for @")
_BARE = re.compile(r"\d+|[a-z]+")
_CORRECTED = frozenset({"dish", "n", "ready", "dry"})


@cache
def talk() -> dict[str, dict[str, object]]:
    """dishes.toml: how people speak of each dish, and how often."""
    data = files(__package__).joinpath("phrases", "dishes.toml").read_text(encoding="utf-8")
    return tomllib.loads(data)


def pick_dish(rng: Random, menu: dict[str, Dish]) -> str:
    """A dish of the menu, the everyday ones more often."""
    known = [dish for dish in menu if dish in talk()]
    return rng.choices(known, [float(str(talk()[dish]["weight"])) for dish in known])[0]
