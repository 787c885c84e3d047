"""The sentence to say back: from templates, never from the model."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from wenhuo.boards import Dish
from wenhuo.intent import PowerChange, Texture, TextureChange

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_NAME = re.compile(r"\{(\w+)\}")


@cache
def _templates() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("replies.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def say(key: str, lang: str, **values: object) -> str:
    """The reply of a situation, with its optional parts left out where a value is None."""

    def optional(match: re.Match[str]) -> str:
        unknown = any(values.get(name) is None for name in _NAME.findall(match[1]))
        return "" if unknown else match[1]

    text = _OPTIONAL.sub(optional, _templates()[key][lang]).format(**values)
    return text[:1].upper() + text[1:]


def texture_words(texture: Texture | None, lang: str) -> str:
    """The texture as it stands before a dish's name."""
    return _templates()[f"textures_{lang}"][texture] if texture else ""


def dish_name(dish: Dish, lang: str) -> str:
    """The dish's display name."""
    return dish.name_zh if lang == "zh" else dish.name_en


def people_words(servings: int | None, lang: str) -> str:
    """For how many."""
    if servings is None:
        return ""
    return f"{servings}人份" if lang == "zh" else f" for {servings}"


def moment_words(moment: datetime, now: datetime, lang: str) -> str:
    """A time of day with its day where that is not today; "right away" within a minute."""
    days = (moment.date() - now.date()).days
    clock = f"{moment:%H:%M}"
    if lang == "zh":
        day = {0: "", 1: "明天", 2: "后天"}.get(days, f"{moment.month}月{moment.day}日")
        return f"{day}{clock}"
    day = {0: "", 1: "tomorrow ", 2: "the day after tomorrow "}.get(days, f"on {moment:%d %B} ")
    return f"{day}at {clock}"


def length_words(length: timedelta, lang: str) -> str:
    """A length of time in hours and minutes."""
    hours, minutes = divmod(max(1, round(length.total_seconds() / 60)), 60)
    if lang == "zh":
        return (f"{hours}小时" if hours else "") + (f"{minutes}分钟" if minutes else "")
    return " ".join(
        p for p in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if p
    )


def replan_words(
    why: Sequence[tuple[str, Mapping[str, object]]],
    what: Sequence[tuple[str, Mapping[str, object]]],
    lang: str,
    ready: str | None,
) -> str:
    """What was changed in a running cook and why: keys of the tables, each with its values."""
    joint = _templates()["replan_joins"][lang]

    def joined(table: str, parts: Sequence[tuple[str, Mapping[str, object]]]) -> str:
        words = _templates()[f"{table}_{lang}"]
        return joint.join(words[key].format(**values) for key, values in parts)

    said_why, said_what = joined("replan_why", why), joined("replan_what", what)
    return say("replanned", lang, why=said_why, what=said_what, ready=ready)


def menu_words(dishes: list[Dish], lang: str) -> str:
    """All dishes in one list."""
    return ("、" if lang == "zh" else ", ").join(dish_name(d, lang) for d in dishes)


def change_words(change: TextureChange | PowerChange, lang: str) -> str:
    """A change of texture or fire, as it is said back."""
    return _templates()[f"changes_{lang}"][change]


def normal_words(lang: str) -> str:
    """The texture that needs no word before a dish's name."""
    return _templates()["like_normal"][lang]


def like_words(key: str, value: str | int, lang: str) -> str:
    """One thing liked, as it is listed."""
    if key == "texture":
        texture = Texture(str(value))
        value = texture_words(texture, lang).strip() or normal_words(lang)
    return say(f"like_{key}", lang, value=value)


def water_values(
    dish: Dish, dry_g: float, texture: Texture | None, lang: str, share_pct: float = 100
) -> dict[str, Any]:
    """What the water sentences mention. share_pct: of the menu's water, as the household likes."""
    return {
        "dry": round(dry_g),
        "food": dish_name(dish, lang),
        "water": 10 * round(dish.water_g(dry_g, texture) * share_pct / 1000) or None,
    }
