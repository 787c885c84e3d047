"""What a format of the weights costs: all judged on the same rows; the smallest to pass ships."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wenhuo.agent import Planner
from wenhuo.boards import load_product
from wenhuo.llm.engine import Engine
from wenhuo_models.distill.rows import read_rows
from wenhuo_models.eval import independent
from wenhuo_models.eval.score import judge, report, write_misses

log = logging.getLogger(__name__)

FLOAT = "float"
CLEAN, HEARD, HELD_OUT = "clean", "heard", "heldout"
DECIDING = (HELD_OUT, CLEAN)  # where a format must not lose more than:
MOST_LOST_POINTS = 0.7


@dataclass(frozen=True, slots=True)
class Loss:
    """Sentences that float gets right and the format does not (lost), the reverse (won), and the
    difference in points with its 95 % interval (paired, normal approximation)."""

    n: int
    lost: int
    won: int
    points: float
    low: float
    high: float


def evaluate(engine: Engine, splits: Mapping[str, Path], most: int, misses: Path) -> dict[str, Any]:
    """Shares by split: the corpus rows' (files of `splits`), and the hand-written sentences', clean
    and heard. `flags` has 1 for a sentence all right and 0 for another, in order.

    most: rows judged of each. misses: folder for the corpus rows missed, misses-SPLIT.jsonl.
    """
    found: dict[str, Any] = {}
    for split, path in splits.items():
        outcomes = list(judge(engine, read_rows(path)[:most]))
        write_misses(outcomes, misses / f"misses-{split}.jsonl")
        found[split] = report(outcomes) | {"flags": _flags(o.wrong for o in outcomes)}
    planner = Planner(load_product(), engine)
    by_hand = {CLEAN: independent.read_utterances(), HEARD: independent.read_heard()}
    for split, sentences in by_hand.items():
        plans = independent.score(planner.plan, sentences[:most])
        own = independent.report(plans)
        flags = _flags(o.wrong for o in plans)
        found[split] = {"intent": own["plans"], "slots": own["slots"], "flags": flags}
    return found


def loss(reference: str, flags: str) -> Loss:
    """What a format loses against a reference on the same sentences."""
    n = len(flags)
    lost = sum(r > f for r, f in zip(reference, flags, strict=True))
    won = sum(r < f for r, f in zip(reference, flags, strict=True))
    points = 100 * (lost - won) / n
    # variance of a mean of n values that are 1 (lost), -1 (won) or 0
    spread = 196 / n * math.sqrt(lost + won - (lost - won) ** 2 / n)
    return Loss(n, lost, won, points, points - spread, points + spread)


def losses(found: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """By format but float, by split: its Loss."""
    return {
        name: {
            split: asdict(loss(found[FLOAT][split]["flags"], figures["flags"]))
            for split, figures in splits.items()
        }
        for name, splits in found.items()
        if name != FLOAT
    }


def choose(lost: Mapping[str, Mapping[str, Mapping[str, Any]]], sizes: Mapping[str, int]) -> str:
    """The smallest of the formats in `sizes` that loses at most MOST_LOST_POINTS; where none does,
    the one that loses least, with a warning."""
    worst = {name: max(lost[name][split]["points"] for split in DECIDING) for name in sizes}
    passing = [name for name, points in worst.items() if points <= MOST_LOST_POINTS]
    if passing:
        return min(passing, key=lambda name: sizes[name])
    least = min(worst, key=lambda name: worst[name])
    log.warning("no format passes; %s loses least, %.2f points", least, worst[least])
    return least


def without_flags(found: Mapping[str, Any]) -> dict[str, Any]:
    """The figures alone, for the folder that ships."""
    return {
        name: {
            split: {key: value for key, value in figures.items() if key != "flags"}
            for split, figures in splits.items()
        }
        for name, splits in found.items()
    }


def _flags(wrong: Iterable[object]) -> str:
    return "".join("0" if each else "1" for each in wrong)
