"""The corpus written out: rows drawn by seed and place, filtered, split, saved as JSON lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar

from wenhuo.boards import Product, load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import WenhuoError
from wenhuo.intent import Action, Intent, Reason
from wenhuo.language.answer import PLAN, PLANNED_ACTIONS, intent_tokens
from wenhuo.language.prompt import Heard, hear, prompt
from wenhuo.language.vocabulary import END
from wenhuo_models.factory import noise, phrasebook, plans
from wenhuo_models.factory.execution import cooks_well
from wenhuo_models.factory.filters import fault_of_form, fault_of_sense
from wenhuo_models.factory.phrasebook import Family, Phrasebook
from wenhuo_models.factory.speaker import Speaker

TRAIN, VALID, HELD_OUT, PLANS = "train", "valid", "heldout", "plans"
_TEST_SHARE = 0.02
_WORDLESS_SHARE = 0.15  # plans without words, of the training rows
_FEWEST_TEST, _MOST_TEST = 200, 4000
_CHUNK = 2000
_LANGUAGES = {"zh": 46, "en": 46, "mixed": 8}
_KINDS = {
    **{"cook": 38, "adjust": 13, "keep_warm": 5, "cancel": 3, "pause": 3, "resume": 2},
    **{"status": 5, "remember": 5, "answer": 8, "ask": 4, "unsafe": 5, "off_topic": 9},
}
_MODES = {
    "cook": "idle idle idle idle idle idle idle cooking keep_warm waiting paused",
    "adjust": "cooking cooking cooking cooking cooking waiting paused keep_warm",
    "keep_warm": "idle idle cooking cooking keep_warm paused",
    "cancel": "cooking cooking cooking waiting waiting paused keep_warm fault",
    "pause": "cooking cooking cooking cooking waiting keep_warm",
    "ask": "idle",
    "resume": "paused paused paused paused cooking fault",
    "status": "cooking cooking cooking cooking waiting paused keep_warm idle idle fault",
}
_OTHER_MODES = "idle idle idle cooking keep_warm waiting"
_NEEDS_A_COOK = frozenset({Action.ADJUST, Action.CANCEL, Action.PAUSE, Action.RESUME})
_IDLE_SHARE = 0.12  # of these, said while nothing is running
_REDRAWS = 5  # of conditions whose schedule does not turn out in the twin
_WITHOUT_DISH = frozenset({"idle", "fault"})
Drawn = TypeVar("Drawn")


@dataclass(frozen=True, slots=True)
class Row:
    """One example. answer: token names from the action to <|end|>. noisy: the words were spoiled
    (noise.spoken) beyond case and punctuation."""

    id: str
    prompt: str
    text: str
    answer: tuple[str, ...]
    lang: str
    action: str
    family: str
    author: str
    split: str
    noisy: bool


class Drawer:
    """Draws rows. Row number i of a seed is the same whoever draws it, and in whatever order."""

    def __init__(self, seed: int, product: Product | None = None) -> None:
        self.seed = seed
        self.product = product or load_product()
        self.book: Phrasebook = _book()
        self._shelves: dict[tuple[bool, str, str], list[Family]] = {}
        for family in self.book.families:
            key = (family.held_out, family.lang, family.kind)
            self._shelves.setdefault(key, []).extend([family] * family.weight)

    def draw(self, split: str, number: int) -> Row:
        """The row with this number, drawn again until the filters let it pass."""
        rng = Random(f"{self.seed}:{split}:{number}")
        for _ in range(50):
            row = self._try(rng, split, number)
            if row is not None:
                return row
        raise WenhuoError(
            f"row {number} of {split}: no sentence passes the filters; mend the phrases"
        )

    def _try(self, rng: Random, split: str, number: int) -> Row | None:
        family = self._family(rng, split == HELD_OUT)
        if family is None:
            return None
        mode = _mode(rng, family)
        running = None if mode in _WITHOUT_DISH else rng.choice(tuple(self.product.menu))
        if family.dishes and running and family.action is Action.ADJUST:
            running = rng.choice(family.dishes)
        speaker = Speaker(rng, self.book, family, self.product.menu, running)
        text = noise.tidy(speaker.say(), family.lang)
        intent = speaker.intent()
        if fault_of_sense(intent, text, self.product.menu):
            return None
        said, text = text, noise.spoken(rng, text, family.lang)
        if mode == "idle" and intent.action in _NEEDS_A_COOK:
            intent = Intent(Action.REFUSE, Reason.NOTHING_RUNNING)
        heard = hear(text)
        answer = self._answer(rng, intent, mode, running, heard)
        if fault_of_form(intent, heard, answer):
            return None
        return Row(
            id=f"{split}-{number}",
            prompt=prompt(text, mode, running),
            text=text,
            answer=answer,
            lang=family.lang,
            action=intent.action.value,
            family=family.name,
            author=family.author,
            split=split,
            noisy=_words(said) != _words(text),
        )

    def _family(self, rng: Random, held_out: bool) -> Family | None:
        lang = rng.choices(tuple(_LANGUAGES), tuple(_LANGUAGES.values()))[0]
        kind = rng.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
        shelf = self._shelves.get((held_out, lang, kind))
        return rng.choice(shelf) if shelf else None

    def _answer(
        self, rng: Random, intent: Intent, mode: str, running: str | None, heard: Heard
    ) -> tuple[str, ...]:
        tokens = intent_tokens(intent, heard.measures)
        if intent.action not in PLANNED_ACTIONS:
            return (*tokens, END)
        conditions = _turning_out(
            self.product,
            lambda: plans.sample_conditions(rng, self.product, intent, mode, running),
        )
        return (*tokens, PLAN, *plans.planned(self.product.id, conditions), END)


def _mode(rng: Random, family: Family) -> str:
    if family.modes:
        return rng.choice(family.modes)
    if family.action in _NEEDS_A_COOK and rng.random() < _IDLE_SHARE:
        return "idle"
    return rng.choice(_MODES.get(family.kind, _OTHER_MODES).split())


@cache
def _book() -> Phrasebook:
    return phrasebook.load()


def _draw_chunk(work: tuple[int, str, int, int]) -> list[Row]:
    seed, split, first, last = work
    drawer = Drawer(seed)
    return [drawer.draw(split, number) for number in range(first, last)]


def _plan_chunk(work: tuple[int, str, int, int]) -> list[tuple[str, ...]]:
    """Schedules without words, from <|plan|> to <|end|>."""
    seed, split, first, last = work
    product = load_product()
    return [_plan(Random(f"{seed}:{split}:{n}"), product) for n in range(first, last)]


def _plan(rng: Random, product: Product) -> tuple[str, ...]:
    conditions = _turning_out(product, lambda: plans.sample_wordless(rng, product))
    return (PLAN, *plans.planned(product.id, conditions), END)


def _turning_out(product: Product, draw: Callable[[], Conditions]) -> Conditions:
    """Conditions whose schedule turns out in the twin, as far as a few draws find them."""
    for _ in range(_REDRAWS):
        conditions = draw()
        if cooks_well(product, conditions):
            break
    return conditions


def build(out_dir: Path, rows: int, seed: int, workers: int = 1) -> dict[str, object]:
    """Write train.jsonl (rows of them), valid.jsonl and heldout.jsonl, plans.jsonl (schedules that
    no words asked for, to train on) and stats.json beside them.

    valid: the training families, but no prompt of train. heldout: families and authors that train
    has none of, and none of its sentences. Equal seeds give equal files, whatever the workers.
    Returns the statistics. Raises WenhuoError where phrase files are wrong.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    test_rows = min(max(round(rows * _TEST_SHARE), _FEWEST_TEST), _MOST_TEST, rows)
    seen: set[str] = set()
    stats: dict[str, object] = {"seed": seed}
    for split, count in ((TRAIN, rows), (VALID, test_rows), (HELD_OUT, test_rows)):
        drawn = _all(seed, split, count, workers, _draw_chunk)
        if split == TRAIN:
            kept = _noting(drawn, seen)
        else:
            kept = (row for row in drawn if _words(row.text) not in seen)
        stats[split] = _write(out_dir / f"{split}.jsonl", kept)
    wordless = list(_all(seed, PLANS, round(rows * _WORDLESS_SHARE), workers, _plan_chunk))
    with (out_dir / f"{PLANS}.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"answer": answer}) + "\n" for answer in wordless)
    stats[PLANS] = {"rows": len(wordless)}
    (out_dir / "stats.json").write_text(json.dumps(stats, ensure_ascii=False, indent=1))
    return stats


def _words(text: str) -> str:
    """A sentence without what does not tell sentences apart: case, blanks, punctuation."""
    return "".join(char for char in text.lower() if char.isalnum())


def _noting(rows: Iterable[Row], seen: set[str]) -> Iterator[Row]:
    for row in rows:
        seen.add(_words(row.text))
        yield row


def _all(
    seed: int,
    split: str,
    count: int,
    workers: int,
    draw: Callable[[tuple[int, str, int, int]], list[Drawn]],
) -> Iterator[Drawn]:
    work = [(seed, split, at, min(at + _CHUNK, count)) for at in range(0, count, _CHUNK)]
    if workers <= 1:
        for chunk in work:
            yield from draw(chunk)
        return
    with ProcessPoolExecutor(workers) as pool:
        for rows in pool.map(draw, work):
            yield from rows


def _write(path: Path, rows: Iterable[Row]) -> dict[str, object]:
    counts: Counter[str] = Counter()
    families: set[str] = set()
    texts: set[str] = set()
    total = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            counts[f"{row.lang} {row.action}"] += 1
            families.add(row.family)
            texts.add(_words(row.text))
            total += 1
    return {
        "rows": total,
        "different_sentences": len(texts),
        "families": len(families),
        "by_language_and_action": dict(sorted(counts.items())),
    }
