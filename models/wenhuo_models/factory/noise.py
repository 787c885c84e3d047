"""What happens to words between mouth and model: hesitation, recognizers, keyboards."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from importlib.resources import files
from random import Random

_AT_DAY = re.compile(  # "at tomorrow at 7"
    r"\b(?:at|around) (?=(?:the day after|day after|on |this |in the |"
    r"tomorrow|tmrw|today|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday))"
)
_TWO_ARTICLES = re.compile(r"\b(the|a|an|some|my|your) (?:the|a|an|that|some|my) ")
_WORD = re.compile(r"[\u4e00-\u9fff]|[a-z']+")
_ZH = re.compile(r"[\u4e00-\u9fff]")


@cache
def tables() -> dict[str, dict[str, list[str]]]:
    """noise.toml: hesitations, homophones, sound-alikes, words that typing does not spoil."""
    data = files(__package__).joinpath("noise.toml").read_text(encoding="utf-8")
    return tomllib.loads(data)


@cache
def sounds() -> dict[str, dict[str, list[str]]]:
    """sounds.json: by language, words and what a recognizer may take each for (factory.sounds)."""
    data = files(__package__).joinpath("sounds.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, list[str]]] = json.loads(data)
    return table


@cache
def _any_language() -> dict[str, list[str]]:
    return {word: others for table in sounds().values() for word, others in table.items()}


def tidy(text: str, lang: str) -> str:
    """Blanks and commas as a careful writer sets them: templates leave doubles where an optional
    part was not said."""
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*([,，、;；])(\s*[,，、;；])*\s*", r"\1", text)
    text = re.sub(r"[,，、\s]+([.。?？!！])", r"\1", text)
    text = text.strip(" ,，、;；")
    if lang == "zh":
        return text.replace(",", "，")
    text = re.sub(r"\s+([,.?!;])", r"\1", text)
    text = _TWO_ARTICLES.sub(r"\1 ", _AT_DAY.sub("", text))
    return re.sub(r",(?=\S)", ", ", text)


def spoken(rng: Random, text: str, lang: str) -> str:
    """Tidy text made as it comes in life. About a third stays as it is."""
    if rng.random() < 0.08:
        text = _hesitate(rng, text, lang)
    if rng.random() < 0.12:
        text = _misheard(rng, text, lang)
    if rng.random() < 0.14:
        text = _sounds_like(rng, text)
    if rng.random() < 0.03:
        text = _stutter(rng, text)
    if lang != "zh" and rng.random() < 0.04:
        text = _typo(rng, text)
    if lang != "zh" and rng.random() < 0.06:
        text = _by_ear(rng, text)
    text = _punctuate(rng, text, lang)
    return _case(rng, text)


def _hesitate(rng: Random, text: str, lang: str) -> str:
    """An "er" at the beginning or between clauses."""
    words = tables()["hesitation"]["zh" if _ZH.search(text) else "en"]
    places = [m.end() for m in re.finditer("[,，]" if lang == "zh" else r"[, ] ?", text)]
    place = rng.choice([0, *places])
    gap = "" if lang == "zh" else " "
    mark = rng.choice(("，" if lang == "zh" else ",", "", ""))
    return text[:place] + rng.choice(words) + mark + gap + text[place:]


def _misheard(rng: Random, text: str, lang: str) -> str:
    """One or two words as a recognizer may hear them."""
    table = tables()["sounds_like"]
    heard = [w for w in table if (w in text if _ZH.match(w) else re.search(rf"\b{w}\b", text))]
    for word in rng.sample(heard, min(len(heard), rng.choice((1, 1, 2)))):
        other = rng.choice(table[word])
        if _ZH.match(word):
            text = text.replace(word, other, 1)
        else:
            text = re.sub(rf"\b{word}\b", other, text, count=1)
    return text


def _stutter(rng: Random, text: str) -> str:
    """One word said twice; no numeral, which would become another."""
    places = [m for m in _WORD.finditer(text) if m.group() in _any_language()]
    if not places:
        return text
    m = rng.choice(places)
    gap = "" if _ZH.match(m.group()) else " "
    return text[: m.end()] + gap + m.group() + text[m.end() :]


def _sounds_like(rng: Random, text: str) -> str:
    """One to three words or characters, whichever they are, taken for others of like sound."""
    alike = _any_language()
    places = [m for m in _WORD.finditer(text) if m.group() in alike]
    chosen = rng.sample(places, min(len(places), rng.choice((1, 1, 1, 2, 2, 3))))
    for m in sorted(chosen, key=lambda m: -m.start()):
        text = text[: m.start()] + rng.choice(alike[m.group()]) + text[m.end() :]
    return text


def _typo(rng: Random, text: str) -> str:
    """Two letters swapped, one dropped or doubled, in one of the longer words."""
    words = [
        m for m in re.finditer(r"[a-z]{5,}", text) if m.group() not in tables()["keep"]["words"]
    ]
    if not words:
        return text
    at = rng.choice(words).start() + rng.randint(1, 3)
    kind = rng.random()
    if kind < 0.4:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + (text[at] if kind < 0.6 else "") + text[at + (kind >= 0.6) :]


def _by_ear(rng: Random, text: str) -> str:
    """One or two of the longer words spelt as they sound; none that would become another word."""
    letters, keep = tables()["by_ear"], tables()["keep"]["words"]
    words = [m for m in re.finditer(r"[a-z]{4,}", text) if m.group() not in keep]
    chosen = rng.sample(words, min(len(words), rng.choice((1, 1, 2))))
    for m in sorted(chosen, key=lambda m: -m.start()):
        found = [(k, at) for k in letters if (at := m.group().find(k)) >= 0]
        if not found:
            continue
        sound, at = rng.choice(found)
        spelt = m.group()[:at] + rng.choice(letters[sound]) + m.group()[at + len(sound) :]
        if spelt not in _any_language() and spelt not in keep:
            text = text[: m.start()] + spelt + text[m.end() :]
    return text


def _punctuate(rng: Random, text: str, lang: str) -> str:
    kind = rng.random()
    if kind < 0.38:  # a recognizer without punctuation
        text = re.sub(r"[,，、;；]", " " if lang != "zh" or rng.random() < 0.4 else "", text)
        return re.sub(r"\s+", " ", re.sub(r"[.。?？!！]+$", "", text)).strip()
    if kind < 0.55 and text[-1] not in "?？!！.。":
        return text + ("。" if lang == "zh" else ".")
    return text


def _case(rng: Random, text: str) -> str:
    kind = rng.random()
    if kind < 0.35:
        return text[:1].upper() + text[1:]
    return text.upper() if kind < 0.37 else text
