"""The corpus as tensors: read, tokenized, batched by length; only the model's own words count."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer as Backend
from torch import Tensor

from wenhuo.language.answer import PHASES, PLAN, schedule_prompt
from wenhuo.language.vocabulary import END
from wenhuo.llm.tokenizer import Tokenizer

INTENT, SCHEDULE = 1, 2
_BUCKET = 8  # rows of one batch differ in length by no more than this


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file: prompt, answer (token names), lang, action, family, ..."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Lines as ids. ids [n, T] padded with 0; lengths [n]; half [n, T]: which half of an answer a
    token of the model's own belongs to, INTENT or SCHEDULE, 0 for what it reads."""

    ids: NDArray[np.int16]
    lengths: NDArray[np.int64]
    half: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.lengths)


def encode_rows(
    rows: Sequence[dict[str, Any]],
    tokenizer: Tokenizer,
    longest: int,
    *,
    planned_share: float = 1.0,
    plans: Sequence[dict[str, Any]] = (),
    seed: int = 0,
) -> Encoded:
    """Tokenize; lines longer than `longest` are dropped.

    A row with a schedule gives two lines, as the engine feeds them: the prompt up to <|plan|>, and
    the phases after their conditions. planned_share: of the schedules, how many are kept, so that
    dishes that are asked for less often are not learned less. plans: rows of a schedule alone,
    all of which are kept.
    """
    keeps = _kept(rows, planned_share, seed)
    # all at once and on all cores, which the device's own tokenizer cannot
    prompts = Backend.from_str(tokenizer.text).encode_batch(
        [r["prompt"] for r in rows], add_special_tokens=False
    )
    lines: list[tuple[list[int], list[int], int]] = []  # what is read, what is written, which half
    for row, prompt, kept in zip(rows, prompts, keeps, strict=True):
        intent, conditions, phases = parts(row["answer"])
        lines.append((prompt.ids, tokenizer.ids(intent), INTENT))
        if phases and kept:
            read = tokenizer.ids(schedule_prompt(conditions))
            lines.append((read, tokenizer.ids(phases), SCHEDULE))
    for row in plans:
        _, conditions, phases = parts(row["answer"])
        lines.append((tokenizer.ids(schedule_prompt(conditions)), tokenizer.ids(phases), SCHEDULE))
    return _table([line for line in lines if len(line[0]) + len(line[1]) <= longest])


def _kept(rows: Sequence[dict[str, Any]], share: float, seed: int) -> NDArray[np.bool_]:
    """Which rows' schedules are kept: of each dish as many, or all that it has."""
    dishes = ["".join(parts(row["answer"])[1][:1]) for row in rows]
    counts = Counter(dish for dish in dishes if dish)
    each = _each(sorted(counts.values()), share * counts.total())
    shares = [min(1.0, each / counts[dish]) if dish else 0.0 for dish in dishes]
    return np.random.default_rng(seed).random(len(rows)) < np.array(shares)


def _each(counts: Sequence[int], wanted: float) -> float:
    """How many to take of each, given how many there are (rising), to have `wanted` in all."""
    for left, count in zip(range(len(counts), 0, -1), counts, strict=True):
        if count * left >= wanted:
            return wanted / left
        wanted -= count
    return max(counts, default=0)


def _table(lines: Sequence[tuple[list[int], list[int], int]]) -> Encoded:
    lengths = np.array([len(read) + len(written) for read, written, _ in lines], dtype=np.int64)
    shape = (len(lines), int(lengths.max()))
    table, half = np.zeros(shape, np.int16), np.zeros(shape, np.int8)
    for i, (read, written, which) in enumerate(lines):
        table[i, : lengths[i]] = [*read, *written]
        half[i, len(read) : lengths[i]] = which
    return Encoded(table, lengths, half)


def parts(answer: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """An answer's intent, to <|plan|> or the end; its conditions, to <|phases|>; its phases."""
    names = [*answer, *([] if answer[-1] == END else [END])]
    if PLAN not in names or PHASES not in names:
        return names, [], []
    first, last = names.index(PLAN) + 1, names.index(PHASES) + 1
    return names[:first], names[first:last], names[last:]


def batches(rows: Encoded, tokens: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """One epoch: row numbers of batches of about `tokens` tokens, rows of like length together."""
    order = rng.permutation(len(rows))
    order = order[np.argsort(rows.lengths[order] // _BUCKET, kind="stable")]
    groups, start = [], 0
    while start < len(order):
        longest = (rows.lengths[order[start]] // _BUCKET + 1) * _BUCKET
        size = max(1, tokens // int(longest))
        groups.append(order[start : start + size])
        start += size
    for i in rng.permutation(len(groups)):
        yield groups[i]


def as_tensors(rows: Encoded, chosen: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
    """inputs, targets and the targets' halves, each [B, T], of these rows."""
    longest = int(rows.lengths[chosen].max())
    ids = torch.from_numpy(rows.ids[chosen, :longest].astype(np.int64))
    half = torch.from_numpy(rows.half[chosen, 1:longest])
    return ids[:, :-1], ids[:, 1:], half
