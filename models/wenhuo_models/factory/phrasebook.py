"""The phrase files read in: families of templates and named fragments, by author and language.

A file is one author's way of talking. `[rules]` holds fragments, every other table is a list of
families under the name of what they are for (KINDS). `held_out = true` keeps a whole file, and a
hash of its name a family, out of training.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable

from wenhuo.intent import Action
from wenhuo_models.factory.template import Node, TemplateError, parse

LANGUAGES = ("zh", "en", "mixed")
SHARED = "shared"  # the file of a language that all authors draw on
HELD_OUT_PCT = 12

# what a family is for -> its action and the slots that it always has
KINDS: dict[str, tuple[Action, dict[str, str]]] = {
    **{a.value: (a, {}) for a in Action if a not in (Action.ASK, Action.REFUSE)},
    "ask": (Action.ASK, {"reason": "missing_dish"}),
    "unsafe": (Action.REFUSE, {"reason": "unsafe"}),
    "off_topic": (Action.REFUSE, {"reason": "out_of_scope"}),
}


@dataclass(frozen=True, slots=True)
class Family:
    """Templates that say one kind of thing in one way.

    slots: what they mean whatever the words. dishes: the dishes they may speak of, empty = all.
    modes: the modes of the cooker they are said in, empty = those usual for the action. weight: how
    often it is said, 1 as often as most.
    """

    name: str
    author: str
    lang: str
    kind: str
    templates: tuple[Node, ...]
    slots: dict[str, str]
    dishes: tuple[str, ...]
    modes: tuple[str, ...]
    held_out: bool
    weight: int = 1

    @property
    def action(self) -> Action:
        """The action that the words ask for."""
        return KINDS[self.kind][0]


@dataclass(slots=True)
class Phrasebook:
    """All families, and the fragments: language -> author -> rule -> alternatives."""

    families: list[Family] = field(default_factory=list)
    rules: dict[str, dict[str, dict[str, tuple[Node, ...]]]] = field(default_factory=dict)
    pooled: dict[str, dict[str, tuple[Node, ...]]] = field(default_factory=dict)
    held_out_authors: set[str] = field(default_factory=set)

    def alternatives(self, lang: str, author: str, rule: str) -> tuple[tuple[Node, ...], ...]:
        """What an author has for a rule and what all training authors have together."""
        own = self.rules[lang].get(author, {}).get(rule, ())
        pool = self.pooled[lang].get(rule, ())
        return tuple(options for options in (own, pool) if options)


def held_out_family(name: str) -> bool:
    """Whether a family is kept out of training: fixed by its name alone."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 100 < HELD_OUT_PCT


def load() -> Phrasebook:
    """Read all phrase files. Raises TemplateError, which names file, table and template."""
    book = Phrasebook()
    for lang in LANGUAGES:
        book.rules[lang] = {}
        folder = files(__package__).joinpath("phrases", lang)
        for path in sorted(folder.iterdir(), key=lambda p: p.name):
            if path.name.endswith(".toml"):
                _read(book, lang, path)
        book.pooled[lang] = _pool(book, lang)
    return book


def _pool(book: Phrasebook, lang: str) -> dict[str, tuple[Node, ...]]:
    pooled: dict[str, list[Node]] = {}
    for author, rules in book.rules[lang].items():
        if author not in book.held_out_authors:
            for name, options in rules.items():
                pooled.setdefault(name, []).extend(options)
    return {name: tuple(options) for name, options in pooled.items()}


def _read(book: Phrasebook, lang: str, path: Traversable) -> None:
    stem = path.name.removesuffix(".toml")
    author = f"{lang}/{stem}"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        held_out = bool(data.pop("held_out", False))
        if held_out:
            book.held_out_authors.add(author)
        rules: dict[str, list[str]] = data.pop("rules", {})
        book.rules[lang][author] = {
            name: tuple(parse(text) for text in texts) for name, texts in rules.items()
        }
        data.pop("about", None)
        for kind, entries in data.items():
            if kind not in KINDS:
                raise TemplateError(f"table {kind!r} is unknown; known are {', '.join(KINDS)}")
            for place, entry in enumerate(entries):
                book.families.append(_family(author, kind, place, entry, held_out=held_out))
    except (tomllib.TOMLDecodeError, TemplateError, KeyError) as error:
        raise TemplateError(f"{author}.toml: {error}") from error


def _family(
    author: str, kind: str, place: int, entry: dict[str, object], *, held_out: bool
) -> Family:
    texts = entry["text"]
    unknown = set(entry) - {"text", "name", "set", "dishes", "modes", "weight"}
    if unknown or not isinstance(texts, list):
        raise TemplateError(f"{kind} {place + 1}: unknown keys {sorted(unknown)} or no text list")
    name = f"{author}/{kind}/{entry.get('name', place + 1)}"
    said = entry.get("set", {})
    assert isinstance(said, dict)
    return Family(
        name=name,
        author=author,
        lang=author.partition("/")[0],
        kind=kind,
        templates=tuple(parse(text) for text in texts),
        slots={**KINDS[kind][1], **{key: str(value) for key, value in said.items()}},
        dishes=_names(entry, "dishes"),
        modes=_names(entry, "modes"),
        held_out=held_out or held_out_family(name),
        weight=_weight(entry),
    )


def _weight(entry: dict[str, object]) -> int:
    weight = entry.get("weight", 1)
    if not isinstance(weight, int) or weight < 1:
        raise TemplateError(f"weight {weight!r}; give a whole number from 1")
    return weight


def _names(entry: dict[str, object], key: str) -> tuple[str, ...]:
    names = entry.get(key, [])
    assert isinstance(names, list)
    return tuple(str(name) for name in names)
