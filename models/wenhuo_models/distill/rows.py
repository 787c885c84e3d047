"""The corpus as tensors: read, tokenized, batched by length; only the model's own words count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wenhuo.language.answer import PHASES, PLAN
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
    """Rows as ids. ids [n, T] padded with 0; lengths [n]; half [n, T]: which half of the model's
    own words a token belongs to, INTENT or SCHEDULE, 0 for prompt and conditions."""

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
    seed: int = 0,
) -> Encoded:
    """Tokenize; rows longer than `longest` are dropped.

    planned_share: of the rows with a schedule, how many keep it; the others end at <|plan|>. The
    phases follow from few conditions, the words do not: so more words are read in the same time.
    """
    keeps = np.random.default_rng(seed).random(len(rows)) < planned_share
    prompts = tokenizer.backend.encode_batch([r["prompt"] for r in rows], add_special_tokens=False)
    lines: list[tuple[list[int], list[int]]] = []
    for row, prompt, kept in zip(rows, prompts, keeps, strict=True):
        names = list(row["answer"])
        if names[-1] != END:
            names.append(END)
        if not kept and PLAN in names:
            names = names[: names.index(PLAN) + 1]
        ids = [*prompt.ids, *tokenizer.ids(names)]
        if len(ids) <= longest:
            lines.append((ids, [0] * len(prompt.ids) + halves(names)))
    lengths = np.array([len(ids) for ids, _ in lines], dtype=np.int64)
    shape = (len(lines), int(lengths.max()))
    table, half = np.zeros(shape, np.int16), np.zeros(shape, np.int8)
    for i, (ids, marks) in enumerate(lines):
        table[i, : len(ids)] = ids
        half[i, : len(ids)] = marks
    return Encoded(table, lengths, half)


def halves(names: Sequence[str]) -> list[int]:
    """Per token of an answer: INTENT to <|plan|> or the end, 0 for the conditions, SCHEDULE."""
    if PLAN not in names or PHASES not in names:
        return [INTENT] * len(names)
    first, last = names.index(PLAN), names.index(PHASES)
    return [INTENT if i <= first else 0 if i <= last else SCHEDULE for i in range(len(names))]


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
