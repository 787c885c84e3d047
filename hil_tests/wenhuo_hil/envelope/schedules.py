"""Schedules to try the board with: at random from the grammar, and made to do harm."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from wenhuo.boards import Product
from wenhuo.conditions import Conditions
from wenhuo.intent import Texture
from wenhuo.language.answer import PLAN, condition_tokens, word
from wenhuo.language.parse import parse_schedule
from wenhuo.language.vocabulary import END
from wenhuo.llm.artifact import default_folder
from wenhuo.llm.masks import Grammar
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_hil.rows import Row, row_of
from wenhuo_link import messages
from wenhuo_link import protocol as p

_UNTIL = range(len(messages.UNTIL))
# A board refuses a wait that heats, and a keep-warm that cooks.
_KINDS = [k for k in range(len(messages.PHASE_KINDS)) if k not in (p.KIND_WAIT, p.KIND_KEEP_WARM)]
_BAD_TARGETS_CC = (-32768, -1, 0, 14501, 15000, 32766)
_LONG_S = (0, 1, 59, 86_400, 2**31, 2**32 - 1)
_MOST_ENDLESS = 40  # tokens after which a random line is told to come to its end


class GrammarSchedules:
    """Random walks through the schedule language, every allowed token equally likely."""

    def __init__(self, product: Product, rng: random.Random) -> None:
        """Raises ModelError where the shipped model's tokenizer is absent."""
        dishes = list(product.menu)
        self._tokenizer = Tokenizer.load(default_folder() / "tokenizer.json", dishes)
        self._grammar = Grammar(self._tokenizer, dishes)
        self._rng = rng
        conditions = Conditions(dishes[0], Texture.NORMAL, 200)
        self._head = [word("cook"), PLAN, *condition_tokens(conditions)]

    def next(self) -> list[Row]:
        """One schedule, as the link's rows."""
        line = self._grammar.begin()
        for token in self._tokenizer.ids(self._head):
            line.take(token)
        names = list(self._head)
        while not line.complete:
            allowed = line.allowed()
            stop = len(names) > _MOST_ENDLESS and self._tokenizer.end in allowed
            token = self._tokenizer.end if stop else int(self._rng.choice(allowed))
            line.take(token)
            names.append(self._tokenizer.names[token])
        names = [name for name in names if name != END]
        return [row_of(phase) for phase in parse_schedule(names)]


def hostile(rng: random.Random, hottest_cc: int) -> list[Row]:
    """What no honest planner writes: the hottest allowed, cycles, nonsense numbers, noise."""
    return rng.choice(_HOSTILE)(rng, hottest_cc)


def _hottest(rng: random.Random, hottest_cc: int) -> list[Row]:
    until = rng.choice((p.UNTIL_TIME, p.UNTIL_BOIL, p.UNTIL_DRY))
    return [(rng.choice(_KINDS), until, hottest_cc, 1000, 3600) for _ in range(rng.randint(1, 24))]


def _cycles(rng: random.Random, hottest_cc: int) -> list[Row]:
    """Full fire in bursts, so that every phase begins its accounts afresh."""
    burst_s, rest_s = rng.randint(1, 120), rng.randint(1, 20)
    heat: Row = (p.KIND_HEAT, p.UNTIL_TIME, hottest_cc, 1000, burst_s)
    rest: Row = (p.KIND_REST, p.UNTIL_TIME, p.OFF_CC, 0, rest_s)
    return [heat, rest] * 12


def _warm_forever(rng: random.Random, hottest_cc: int) -> list[Row]:
    target_cc, s = rng.choice((8000, hottest_cc)), rng.choice((3600, 43_200))
    return [(p.KIND_KEEP_WARM, p.UNTIL_TIME, target_cc, 890, s)] * rng.randint(1, 3)


def _nonsense(rng: random.Random, hottest_cc: int) -> list[Row]:
    """One number of one phase is out of this world."""
    rows = [[rng.choice(_KINDS), rng.choice(_UNTIL), hottest_cc, 1000, 600] for _ in range(4)]
    column, values = rng.choice(
        ((0, (9, 255)), (1, (4, 255)), (2, _BAD_TARGETS_CC), (3, (1001, 65_535)), (4, _LONG_S))
    )
    rows[rng.randrange(4)][column] = rng.choice(values)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def _noise(rng: random.Random, hottest_cc: int) -> list[Row]:
    return [
        (
            rng.randrange(256),
            rng.randrange(256),
            rng.randint(-32_768, 32_767),
            rng.randrange(65_536),
            rng.randrange(2**32),
        )
        for _ in range(rng.randint(1, 24))
    ]


_HOSTILE = (_hottest, _hottest, _cycles, _cycles, _warm_forever, _nonsense, _noise)


def mixed(
    product: Product, rng: random.Random, hostile_share: float
) -> Iterator[tuple[str, Sequence[Row]]]:
    """Endless pairs (origin, rows)."""
    grammar = GrammarSchedules(product, rng)
    hottest_cc = round(product.limits.setpoint_max_c * 100)
    while True:
        if rng.random() < hostile_share:
            yield "hostile", hostile(rng, hottest_cc)
        else:
            yield "grammar", grammar.next()
