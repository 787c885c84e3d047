"""What a teacher thinks of every answer, kept on disk: the most probable tokens at each position.

A teacher is a MiniCPM over the student's own vocabulary: logits of another vocabulary say nothing
about ours. An official checkpoint becomes one by new embedding rows (adopt) and training on the
corpus; its blocks, which hold what it knows of language, are its own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer as Backend
from torch import Tensor

from wenhuo.errors import ModelError
from wenhuo.llm.artifact import TOKENIZER
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.distill.precision import mixed_precision
from wenhuo_models.distill.rows import Encoded, as_tensors, batches
from wenhuo_models.minicpm.checkpoint import load_checkpoint
from wenhuo_models.minicpm.model import MiniCPM

log = logging.getLogger(__name__)

TOP = 8  # tokens kept of a position
_BATCH_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class TopLogits:
    """The teacher's TOP most probable tokens at each word that the student writes itself.

    starts [rows + 1]: where a row's positions begin; ids [positions, TOP] token ids; logs the
    logarithms of their probabilities among all that can be written.
    """

    starts: NDArray[np.int64]
    ids: NDArray[np.int16]
    logs: NDArray[np.float16]

    def of(self, chosen: NDArray[np.int64], device: torch.device) -> tuple[Tensor, Tensor]:
        """ids and logs [P, TOP] of the positions of these rows, one row after the other."""
        at = np.concatenate([np.arange(self.starts[r], self.starts[r + 1]) for r in chosen])
        ids = torch.from_numpy(self.ids[at].astype(np.int64))
        return ids.to(device), torch.from_numpy(self.logs[at]).float().to(device)

    def save(self, path: Path) -> None:
        """Write to a file; a process killed meanwhile leaves none."""
        part = path.with_suffix(".part.npz")
        np.savez(part, starts=self.starts, ids=self.ids, logs=self.logs)
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> TopLogits:
        """Raises OSError or KeyError for a file that save() did not write."""
        with np.load(path) as file:
            return cls(file["starts"], file["ids"], file["logs"])


def divergence(logits: Tensor, ids: Tensor, logs: Tensor) -> Tensor:
    """Per position, sum of p (log p - log q) over the teacher's tokens; q is the student's share.

    logits [P, V]; ids, logs [P, TOP]. What the teacher gives to all other tokens is left out.
    """
    student = torch.log_softmax(logits, dim=-1).gather(1, ids)
    return (logs.exp() * (logs - student)).sum(1)


@torch.no_grad()
def ask(teacher: MiniCPM, rows: Encoded, functional: int) -> TopLogits:
    """Let the teacher read all rows. functional: ids below can be written, no others."""
    device = next(teacher.parameters()).device
    counts = (rows.half[:, 1:] > 0).sum(1)
    starts = np.concatenate([[0], np.cumsum(counts)])
    ids = np.zeros((starts[-1], TOP), np.int16)
    logs = np.zeros((starts[-1], TOP), np.float16)
    done = 0
    for chosen in batches(rows, _BATCH_TOKENS, np.random.default_rng(0)):
        inputs, _, half = (t.to(device) for t in as_tensors(rows, chosen))
        with mixed_precision(device):
            logits = teacher.logits(teacher.hidden(inputs)[half > 0], functional)
        best, tokens = torch.log_softmax(logits.float(), dim=-1).topk(TOP)
        at = np.concatenate([np.arange(starts[r], starts[r + 1]) for r in chosen])
        ids[at], logs[at] = tokens.cpu().numpy(), best.cpu().numpy()
        if done // 20_000 != (done := done + len(chosen)) // 20_000:
            log.info("teacher: %d of %d rows read", done, len(rows))
    return TopLogits(starts, ids, logs)


def load_teacher(folder: Path, ours: Tokenizer) -> MiniCPM:
    """An official checkpoint over our vocabulary, to be trained on.

    Raises ModelError for a folder that is no whole checkpoint, its tokenizer.json included.
    """
    model = load_checkpoint(folder)
    path = folder / TOKENIZER
    try:
        theirs = Backend.from_str(path.read_text("utf-8"))
    except Exception as error:  # the library raises bare Exception
        reason = f"not a tokenizer file ({error})" if path.exists() else "no such file"
        raise ModelError(f"{path}: {reason}; copy the whole checkpoint folder") from error
    return adopt(model, theirs, ours)


def adopt(model: MiniCPM, theirs: Backend, ours: Tokenizer) -> MiniCPM:
    """The model over our vocabulary: its blocks, and embedding rows made anew.

    A token's row is the mean of the rows of the pieces that the model's own tokenizer `theirs`
    makes of its text; a functional token's text is the words of its name. A byte gets the mean of
    all rows.
    """
    table = model.model.embed_tokens.weight.detach()
    rows = table.mean(0).repeat(ours.size, 1)
    names = set(ours.names)
    for text, number in ours.pieces.items():
        words = text.strip("<|>").replace(":", " ").replace("_", " ") if text in names else text
        pieces = theirs.encode(words, add_special_tokens=False).ids
        if pieces and not text.startswith("<0x"):
            rows[number] = table[pieces].mean(0)
    adopted = MiniCPM(model.config.with_vocab(ours.size))
    state = model.state_dict() | {"model.embed_tokens.weight": rows}
    adopted.load_state_dict(state)
    return adopted
